//! What our events look like on the wire: schemas, key, headers.

use std::sync::LazyLock;

use apache_avro::Schema;
use apache_avro::writer::datum::GenericDatumWriter;
use lp_domain::{LearnerId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::event_type as types;
use crate::instant::iso;
use crate::lms::Profile;

/// The `sourcelib` header: the version of these schemas. Open edX drops a message where it is not numbers and dots.
pub const SOURCELIB: &str = "0.1.0";

/// `schemas/produced` holds the contract; these are its texts.
pub(super) const COMPLETED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.completed.v1.avsc").trim_ascii_end();
pub(super) const REVOKED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.completion.revoked.v1.avsc")
        .trim_ascii_end();
pub(super) const CHANGED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.completion.changed.v1.avsc")
        .trim_ascii_end();
pub(super) const CREDENTIAL_AWARDED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.credential.awarded.v1.avsc")
        .trim_ascii_end();
pub(super) const CREDENTIAL_REVOKED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.credential.revoked.v1.avsc")
        .trim_ascii_end();
pub(super) const ENROLLMENT_CREATED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.enrollment.created.v1.avsc")
        .trim_ascii_end();
pub(super) const ENROLLMENT_CHANGED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.enrollment.changed.v1.avsc")
        .trim_ascii_end();
pub(super) const TIME_STATUS_CHANGED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.time_status.changed.v1.avsc")
        .trim_ascii_end();
pub(super) const LEARNER_RETIRED_SCHEMA: &str =
    include_str!("../../../../schemas/produced/org.openedx.learning.path.learner.retired.v1.avsc")
        .trim_ascii_end();

pub(super) static COMPLETED: LazyLock<Schema> = LazyLock::new(|| parse(COMPLETED_SCHEMA));
pub(super) static REVOKED: LazyLock<Schema> = LazyLock::new(|| parse(REVOKED_SCHEMA));
pub(super) static CHANGED: LazyLock<Schema> = LazyLock::new(|| parse(CHANGED_SCHEMA));
pub(super) static CREDENTIAL_AWARDED: LazyLock<Schema> = LazyLock::new(|| parse(CREDENTIAL_AWARDED_SCHEMA));
pub(super) static CREDENTIAL_REVOKED: LazyLock<Schema> = LazyLock::new(|| parse(CREDENTIAL_REVOKED_SCHEMA));
/// Both enrolment events have the same fields; only the name of their schema differs, which the datum does not hold.
pub(super) static ENROLLMENT: LazyLock<Schema> = LazyLock::new(|| parse(ENROLLMENT_CREATED_SCHEMA));
pub(super) static TIME_STATUS: LazyLock<Schema> = LazyLock::new(|| parse(TIME_STATUS_CHANGED_SCHEMA));
pub(super) static LEARNER_RETIRED: LazyLock<Schema> = LazyLock::new(|| parse(LEARNER_RETIRED_SCHEMA));

#[derive(Serialize)]
pub(super) struct UserWire<'e> {
    id: i64,
    is_active: bool,
    pii: PiiWire<'e>,
}

#[derive(Serialize)]
struct PiiWire<'e> {
    username: &'e str,
    email: &'e str,
    name: &'e str,
}

impl<'e> UserWire<'e> {
    pub(super) fn of(user: &'e Profile) -> Self {
        let pii = PiiWire { username: &user.username, email: &user.email, name: &user.name };
        Self { id: user.learner.get(), is_active: user.is_active, pii }
    }
}

#[derive(Serialize)]
pub(super) struct PathWire<'e> {
    pub(super) key: &'e str,
    pub(super) display_name: &'e str,
}

#[expect(clippy::expect_used, reason = "the texts are part of the program; a test parses them")]
fn parse(text: &str) -> Schema {
    Schema::parse_str(text).expect("our own schema parses")
}

/// Writes one datum of a schema of ours.
#[expect(
    clippy::expect_used,
    reason = "struct and schema agree, whatever the values; a property test says so"
)]
pub(super) fn encode(schema: &Schema, datum: &impl Serialize) -> Vec<u8> {
    GenericDatumWriter::builder(schema)
        .build()
        .and_then(|writer| writer.write_ser_to_vec(datum))
        .expect("the datum fits its schema")
}

/// The schema of one of our event types: the text to register under `{topic}-{event type}.CloudEvent`.
#[must_use]
pub fn schema_text(event_type: &str) -> Option<&'static str> {
    match event_type {
        types::PATH_COMPLETED => Some(COMPLETED_SCHEMA),
        types::PATH_COMPLETION_REVOKED => Some(REVOKED_SCHEMA),
        types::PATH_COMPLETION_CHANGED => Some(CHANGED_SCHEMA),
        types::PATH_CREDENTIAL_AWARDED => Some(CREDENTIAL_AWARDED_SCHEMA),
        types::PATH_CREDENTIAL_REVOKED => Some(CREDENTIAL_REVOKED_SCHEMA),
        types::PATH_ENROLLMENT_CREATED => Some(ENROLLMENT_CREATED_SCHEMA),
        types::PATH_ENROLLMENT_CHANGED => Some(ENROLLMENT_CHANGED_SCHEMA),
        types::PATH_TIME_STATUS_CHANGED => Some(TIME_STATUS_CHANGED_SCHEMA),
        types::PATH_LEARNER_RETIRED => Some(LEARNER_RETIRED_SCHEMA),
        _ => None,
    }
}

/// The schema of the key, to register under `{topic}-long`: the field's definition, as Open edX's producer has it.
#[must_use]
pub fn key_schema_text() -> &'static str {
    r#"{"name": "id", "type": "long"}"#
}

/// The bare Avro datum of a message's key.
#[must_use]
pub fn encode_key(learner: LearnerId) -> Vec<u8> {
    let id = learner.get();
    let mut rest = ((id << 1) ^ (id >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Who sends our events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `ce_source`, such as `openedx/learning-paths/web`.
    pub source: String,
    /// `sourcehost`.
    pub sourcehost: String,
}

/// The ten headers of Open edX's producer, and `traceparent` if there is one.
#[must_use]
pub fn headers(
    event_type: &str,
    id: Uuid,
    time: Timestamp,
    origin: &Origin,
    traceparent: Option<&str>,
) -> Vec<(&'static str, Vec<u8>)> {
    let mut headers = vec![
        ("ce_type", event_type.into()),
        ("ce_id", id.to_string().into()),
        ("ce_source", origin.source.as_str().into()),
        ("ce_specversion", "1.0".into()),
        ("ce_time", iso(time).into()),
        ("ce_minorversion", "0".into()),
        ("sourcehost", origin.sourcehost.as_str().into()),
        ("sourcelib", SOURCELIB.into()),
        ("content-type", "application/avro".into()),
        ("ce_datacontenttype", "application/avro".into()),
    ];
    headers.extend(traceparent.map(|context| ("traceparent", context.into())));
    headers
}
