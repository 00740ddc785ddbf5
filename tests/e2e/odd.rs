//! Messages as nobody should write them, made of what Open edX's own producer wrote and not by our encoder.

use serde_json::Value;

const PASSING: &str = "org.openedx.learning.course.passing.status.updated.v1";
const GRADE: &str = "org.openedx.learning.course.persistent_grade_summary.changed.v1";
const CERTIFICATE: &str = "org.openedx.learning.certificate.created.v1";
const ID: &str = "3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0aa";
const TIME: &str = "2026-05-01T12:34:56+00:00";
const COURSE: &str = "course-v1:edX+777+2023FW";
const PASSED_AT: &str = "2026-04-30T10:00:00.000001+00:00";
/// The most that a payload may take.
const LIMIT: usize = 1 << 20;

/// The ids under which the registry knows the schemas.
pub(crate) struct Schemas {
    pub(crate) passing: u32,
    pub(crate) grade: u32,
    pub(crate) certificate: u32,
    /// Of a passing status that is an array of nulls.
    pub(crate) nulls: u32,
    /// Of the messages' keys.
    pub(crate) key: u32,
}

/// A message, what it is, and the reason with which it must be put aside; without one it must be taken in.
#[derive(Clone)]
pub(crate) struct Odd {
    pub(crate) what: &'static str,
    pub(crate) reason: Option<&'static str>,
    pub(crate) key: &'static [u8],
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
}

impl Odd {
    fn new(what: &'static str, reason: &'static str, event_type: &str, payload: Vec<u8>) -> Self {
        let headers = [("ce_type", event_type), ("ce_id", ID), ("ce_time", TIME)];
        let headers = headers.map(|(name, value)| (name, value.as_bytes().to_vec())).into();
        Self { what, reason: Some(reason), key: b"poison", payload: Some(payload), headers }
    }

    /// With other values of a header, or none.
    fn but(mut self, name: &'static str, values: &[&[u8]]) -> Self {
        self.headers.retain(|(header, _)| *header != name);
        self.headers.extend(values.iter().map(|value| (name, value.to_vec())));
        self
    }

    /// One that must be taken in, under an id of its own.
    fn taken_in(mut self, id: &str) -> Self {
        self.reason = None;
        self.but("ce_id", &[id.as_bytes()])
    }
}

/// A payload of one byte.
pub(crate) fn short() -> Odd {
    Odd::new("31 short", "frame_short", PASSING, vec![0])
}

/// Rows 26 and 30 to 46: what must be put aside.
pub(crate) fn poison(schemas: &Schemas) -> Vec<Odd> {
    let (whole, grade) = (captured("passing"), captured("grade"));
    let passing = |what, reason, body: &[u8]| Odd::new(what, reason, PASSING, framed(schemas.passing, body));
    let graded = |what, reason, body: &[u8]| Odd::new(what, reason, GRADE, framed(schemas.grade, body));
    let sound = |what, reason| passing(what, reason, &whole);
    let under = |what, reason, schema, body: &[u8]| Odd::new(what, reason, PASSING, framed(schema, body));
    let name = |bytes: &[u8]| replaced(&whole, b"alice", bytes);
    // Before the learner's id come two nulls, behind it `is_active`.
    let learner =
        |id: &[u8]| replaced(&whole, &[&[0, 0], &*long(42), &[1]].concat(), &[&[0, 0], id, &[1]].concat());
    let course = |key: &str| replaced(&whole, &text(COURSE), &text(key));
    let percent = |value: f64| replaced(&grade, &0.83_f64.to_le_bytes(), &value.to_le_bytes());
    let date = |date: &str| replaced(&grade, &text(PASSED_AT), &text(date));
    let mut magic = framed(schemas.passing, &whole);
    magic[0] = 1;
    let mut all = vec![
        Odd { payload: None, ..sound("26 tombstone", "payload_missing") },
        Odd { payload: Some(vec![]), ..sound("26 empty", "frame_short") },
        Odd { payload: Some(magic), ..sound("30 magic byte", "frame_magic") },
        Odd { payload: Some(vec![0, 0, 0]), ..sound("31 short", "frame_short") },
        under("32 unknown schema", "schema_unknown", 987_654, &whole),
        passing("34 trailing bytes", "trailing_bytes", &[&*whole, b"x"].concat()),
        passing("35 huge length", "avro_invalid", &[&[1], &*long(i64::MAX)].concat()),
        passing("35 negative length", "avro_invalid", &[&[1], &*long(-1), b"course"].concat()),
        passing("35 endless number", "avro_invalid", &[0xff; 64]),
        under("35 2^40 nulls", "avro_invalid", schemas.nulls, &[&*long(1 << 40), &[0]].concat()),
        under("36 schema of another type", "schema_mismatch", schemas.grade, &whole),
        under("36 schema of a key", "schema_invalid", schemas.key, &whole),
        sound("37 no type", "header_missing").but("ce_type", &[]),
        sound("37 two types", "header_duplicate").but("ce_type", &[PASSING.as_bytes(), PASSING.as_bytes()]),
        sound("38 no id", "header_missing").but("ce_id", &[]),
        sound("38 id is no UUID", "header_invalid").but("ce_id", &[b"forty-two"]),
        sound("38 two ids", "header_duplicate").but("ce_id", &[ID.as_bytes(), ID.as_bytes()]),
        sound("39 no time", "header_missing").but("ce_time", &[]),
        sound("39 time without zone", "header_invalid").but("ce_time", &[b"2026-05-01T12:34:56"]),
        sound("39 no time at all", "header_invalid").but("ce_time", &[b"yesterday"]),
        sound("40 header is no UTF-8", "header_invalid").but("ce_type", &[b"\xff\xfe"]),
        passing("40 string is no UTF-8", "avro_invalid", &name(b"al\xffce")),
        passing("41 U+0000", "string_nul", &name(b"al\0ce")),
        sound("41 U+0000 in a header", "header_invalid").but("ce_source", &[b"a\0b"]),
        graded("42 NaN", "ratio_invalid", &percent(f64::NAN)),
        graded("42 infinity", "ratio_invalid", &percent(f64::INFINITY)),
        graded("42 negative infinity", "ratio_invalid", &percent(f64::NEG_INFINITY)),
        graded("42 below 0", "ratio_invalid", &percent(-0.01)),
        graded("42 above 1", "ratio_invalid", &percent(1.01)),
        graded("43 year 1", "date_invalid", &date("0001-01-01T00:00:00+00:00")),
        graded("43 year 10000", "date_invalid", &date("10000-01-01T00:00:00+00:00")),
        graded("43 beyond 9999 by its offset", "date_invalid", &date("9999-12-31T23:59:59.999999-00:01")),
        sound("43 time in year 1", "header_invalid").but("ce_time", &[b"0001-01-01T00:00:00+00:00"]),
        passing("44 learner 0", "learner_invalid", &learner(&long(0))),
        passing("44 negative learner", "learner_invalid", &learner(&long(-1))),
        passing("44 learner -2^63", "learner_invalid", &learner(&long(i64::MIN))),
        passing("44 learner 2^63", "avro_invalid", &learner(&[&[0x80; 9][..], &[2]].concat())),
        passing("45 malformed course key", "key_invalid", &course("course-v1 edX+777+2023FW")),
        passing("45 library key", "key_invalid", &course("library-v1:edX+777")),
        passing("45 malformed CCX key", "key_invalid", &course("ccx-v1:edX+777+2023FW")),
        passing("45 overlong key", "key_invalid", &course(&format!("course-v1:{}+b+c", "a".repeat(255)))),
        graded("46 above the limit", "payload_too_large", &filled(&grade, LIMIT - 4)),
    ];
    all.extend((0..whole.len()).map(|end| passing("33 truncated", "avro_invalid", &whole[..end])));
    all
}

/// Rows 37, 40, 44, 46, 47: what looks odd, and is none of our business or sound. The certificate is `learner`'s, in
/// `course`; the last one is of a type that nobody knows.
pub(crate) fn sound(schemas: &Schemas, learner: i64, course: &str) -> Vec<Odd> {
    let passing = captured("passing");
    let most = replaced(
        &passing,
        &[&[0, 0], &*long(42), &[1]].concat(),
        &[&[0, 0], &*long(i64::MAX), &[1]].concat(),
    );
    let most = Odd::new("44 learner 2^63-1", "", PASSING, framed(schemas.passing, &most));
    let key = Odd::new("40 key is no UTF-8", "", PASSING, framed(schemas.passing, &passing));
    let full = filled(&captured("grade"), LIMIT - 5);
    let full = Odd::new("46 at the limit", "", GRADE, framed(schemas.grade, &full));
    let status =
        replaced(&captured("certificate_created"), &text("downloadable"), &text("honoured_posthumously"));
    let status = replaced(&replaced(&status, &text(COURSE), &text(course)), &long(42), &long(learner));
    let status = Odd::new("47 unknown status", "", CERTIFICATE, framed(schemas.certificate, &status));
    let tea = Odd::new("37 unknown type", "", "org.example.tea.poured.v1", vec![1]);
    vec![
        most.taken_in("3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0ab"),
        Odd { key: b"\xff\xff", ..key.taken_in("3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0ac") },
        full.taken_in("3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0ad"),
        status.taken_in("3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0ae"),
        tea.taken_in("3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0af"),
    ]
}

/// The body of a message of the real producer, without its frame.
fn captured(name: &str) -> Vec<u8> {
    let all: Value =
        serde_json::from_str(include_str!("../../crates/events/tests/golden/captured.json")).unwrap();
    let message = all["messages"].as_array().unwrap().iter().find(|message| message["name"] == name).unwrap();
    let hex = message["value"].as_str().unwrap();
    (10..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn framed(schema: u32, body: &[u8]) -> Vec<u8> {
    [&[0], schema.to_be_bytes().as_slice(), body].concat()
}

/// With the first occurrence of `from` replaced.
fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = body.windows(from.len()).position(|window| window == from).unwrap();
    [&body[..at], to, &body[at + from.len()..]].concat()
}

/// A grade whose course version makes it exactly so long.
fn filled(grade: &[u8], length: usize) -> Vec<u8> {
    let with = |filler: usize| replaced(grade, &text("64f0"), &text(&"v".repeat(filler)));
    // The length itself takes three bytes, here as there.
    let rest = with(length / 2).len() - length / 2;
    let filled = with(length - rest);
    assert_eq!(filled.len(), length);
    filled
}

/// A whole number as Avro writes it.
fn long(value: i64) -> Vec<u8> {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let mut bytes = vec![];
    while rest >= 0x80 {
        bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// A string as Avro writes it.
fn text(text: &str) -> Vec<u8> {
    [long(i64::try_from(text.len()).unwrap()), text.as_bytes().to_vec()].concat()
}
