//! Our own events: out, in again, and as Open edX's code reads them.

use std::fs;
use std::path::Path;

use lp_domain::{AwardState, EnrolmentState, RunKey, TimeStatus};
use lp_events::path::{as_of_now, without_names};
use lp_events::{
    CountedContext, Decoded, Envelope, LearnerRetired, Origin, PathCompleted, PathCompletionChanged,
    PathCompletionRevoked, PathCredentialAwarded, PathCredentialRevoked, PathEnrolment, PathEvent,
    PathTimeStatus, Profile, WriterSchema, decode, encode_key, event_type, frame, headers, key_schema_text,
    reason,
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{at, context, learner, ratio};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0198_b2c4_0000_5000_8000_0000_0000_0000 + number)
}

fn zoe() -> Profile {
    Profile {
        learner: learner(42),
        username: "zoë".into(),
        email: "Zoë@example.com".into(),
        name: "Zoë 🍞".into(),
        is_active: true,
    }
}

fn completed() -> PathCompleted {
    PathCompleted {
        completion_id: id(1),
        user: zoe(),
        run: RunKey::parse("path-v1:edX+Bread+2026+Bakers").unwrap(),
        display_name: "Über Bread".into(),
        revision: 3,
        attempt: 1,
        completed_at: at("2026-05-01T12:34:56.789012Z"),
        grade: Some(ratio(0.8333)),
        progress: ratio(1.0),
        contexts: vec![
            CountedContext {
                key: context("course-v1:edX+777+2023FW"),
                title: Some("Bread, basically".into()),
                grade: Some(ratio(0.0)),
                completed_at: Some(at("2026-04-30T00:00:00Z")),
            },
            CountedContext {
                key: context("block-v1:edX+777+2023FW+type@sequential+block@final"),
                title: None,
                grade: None,
                completed_at: None,
            },
        ],
    }
}

fn nobody() -> Profile {
    Profile { is_active: false, ..Profile::unknown(learner(i64::MAX)) }
}

/// Each value that a careless shape would lose: no grade, a grade of 0, nothing known of the learner, empty lists.
pub(crate) fn events() -> Vec<(&'static str, PathEvent)> {
    let nobody = nobody();
    let revoked = PathCompletionRevoked {
        completion_id: id(1),
        user: zoe(),
        run: completed().run,
        display_name: "Über Bread".into(),
        revision: 3,
        attempt: 1,
        completed_at: at("2026-05-01T12:34:56.789012Z"),
        revoked_at: at("2026-06-01T00:00:00Z"),
        reason: "requirement_no_longer_met".into(),
    };
    let early = PathCompletionChanged {
        completion_id: id(1),
        user: zoe(),
        run: completed().run,
        display_name: "Über Bread".into(),
        attempt: 1,
        period: 2,
        change: 1,
        state: AwardState::NotYetValid,
        requirement_met: true,
        valid_from: completed().completed_at,
        expires_at: Some(at("2027-05-02T00:00:00Z")),
        grace_until: None,
        renews: Some(id(1)),
        changed_at: completed().completed_at,
    };
    let grace = PathCompletionChanged {
        user: nobody.clone(),
        period: 1,
        change: 3,
        state: AwardState::Grace,
        requirement_met: false,
        expires_at: None,
        grace_until: Some(at("2026-05-31T00:00:00Z")),
        renews: None,
        ..early.clone()
    };
    vec![
        ("not_yet_valid", PathEvent::Changed(early)),
        ("grace_learner_unknown", PathEvent::Changed(grace)),
        ("completed", PathEvent::Completed(completed())),
        ("completed_grade_unknown", PathEvent::Completed(PathCompleted { grade: None, ..completed() })),
        (
            "completed_grade_zero",
            PathEvent::Completed(PathCompleted {
                grade: Some(ratio(0.0)),
                progress: ratio(0.0),
                display_name: String::new(),
                contexts: Vec::new(),
                completed_at: at("2026-05-01T00:00:00Z"),
                user: nobody.clone(),
                ..completed()
            }),
        ),
        ("revoked", PathEvent::Revoked(revoked.clone())),
        ("revoked_learner_unknown", PathEvent::Revoked(PathCompletionRevoked { user: nobody, ..revoked })),
        (
            "retired",
            PathEvent::Retired(LearnerRetired { learner: learner(42), retired_at: completed().completed_at }),
        ),
    ]
    .into_iter()
    .chain(of_credentials())
    .collect()
}

/// What is told of credentials.
fn of_credentials() -> [(&'static str, PathEvent); 4] {
    let awarded = PathCredentialAwarded {
        credential_id: id(2),
        completion_id: id(1),
        user: zoe(),
        run: completed().run,
        display_name: "Über Bread".into(),
        revision: 3,
        change: 1,
        reason: "issued".into(),
        awarded_at: completed().completed_at,
        valid_from: at("2026-05-02T00:00:00Z"),
        valid_until: Some(at("2027-05-02T00:00:00Z")),
        url: "https://credentials.example.org/credentials/0198b2c4-0000-5000-8000-000000000002".into(),
        supersedes: Some(id(3)),
    };
    let reinstated = PathCredentialAwarded {
        user: nobody(),
        display_name: String::new(),
        change: 4,
        reason: "reinstated".into(),
        valid_until: None,
        url: String::new(),
        supersedes: None,
        ..awarded.clone()
    };
    let suspended = PathCredentialRevoked {
        credential_id: id(2),
        completion_id: id(1),
        user: zoe(),
        run: completed().run,
        display_name: "Über Bread".into(),
        change: 2,
        status: "suspended".into(),
        reason: "Until the exam is marked again.".into(),
        revoked_at: at("2026-06-01T00:00:00Z"),
    };
    let withdrawn = PathCredentialRevoked {
        user: nobody(),
        display_name: String::new(),
        change: 5,
        status: "withdrawn".into(),
        reason: String::new(),
        ..suspended.clone()
    };
    [
        ("credential_awarded", PathEvent::CredentialAwarded(awarded)),
        ("credential_reinstated_learner_unknown", PathEvent::CredentialAwarded(reinstated)),
        ("credential_suspended", PathEvent::CredentialRevoked(suspended)),
        ("credential_withdrawn_learner_unknown", PathEvent::CredentialRevoked(withdrawn)),
    ]
}

/// Written only; Open edX's code reads them.
fn enrolments() -> [(&'static str, PathEnrolment); 2] {
    let PathCompleted { run, display_name, revision, attempt, completed_at, user, .. } = completed();
    let enrolled = PathEnrolment {
        is_new: true,
        user,
        run,
        display_name,
        state: EnrolmentState::Active,
        revision,
        attempt,
        changed_at: completed_at,
    };
    let withdrawn = PathEnrolment {
        is_new: false,
        user: nobody(),
        state: EnrolmentState::Withdrawn,
        attempt: 2,
        ..enrolled.clone()
    };
    [("enrolled", enrolled), ("withdrawn_learner_unknown", withdrawn)]
}

/// Written only, too.
fn time_statuses() -> [(&'static str, PathTimeStatus); 2] {
    let PathCompleted { run, display_name, attempt, completed_at, user, .. } = completed();
    let due_soon = PathTimeStatus {
        user,
        run,
        display_name,
        attempt,
        status: TimeStatus::DueSoon,
        due_at: Some(at("2026-06-01T00:00:00Z")),
        changed_at: completed_at,
    };
    let closed =
        PathTimeStatus { user: nobody(), status: TimeStatus::Closed, due_at: None, ..due_soon.clone() };
    [("due_soon", due_soon), ("closed_learner_unknown", closed)]
}

fn origin() -> Origin {
    Origin { source: "openedx/learning-paths/web".into(), sourcehost: "paths-1".into() }
}

fn envelope(event: &PathEvent) -> Envelope {
    let raw: Vec<(String, Option<Vec<u8>>)> =
        headers(event.event_type(), id(9), at("2026-05-01T12:35:00Z"), &origin(), None)
            .into_iter()
            .map(|(name, value)| (name.into(), Some(value)))
            .collect();
    Envelope::parse(&raw).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn what_is_written_is_read_again() {
    for (name, event) in events() {
        let schema = WriterSchema::parse(event.schema_text()).unwrap();
        let decoded = decode(&envelope(&event), &schema, &event.encode_body()).unwrap();
        assert_eq!(decoded, Decoded::Path(event), "{name}");
    }
}

/// The schema of completions before the contexts were told of, and a datum of it.
fn earlier_completion(event: &PathEvent) -> (WriterSchema, Vec<u8>) {
    let text = event.schema_text();
    let added = text.find(r#", {"default": null"#).unwrap()
        ..text.rfind(r#"], "name": "LearningPathCompletionData""#).unwrap();
    let schema = WriterSchema::parse(&[&text[..added.start], &text[added.end..]].concat()).unwrap();
    let body = event.encode_body();
    // Three times null.
    let body = body.strip_suffix(&[0, 0, 0]).unwrap();
    (schema, body.to_vec())
}

#[test]
fn a_completion_of_an_earlier_release_is_read_and_sent_as_one_of_now() {
    let event = PathEvent::Completed(PathCompleted { contexts: Vec::new(), ..completed() });
    let (schema, body) = earlier_completion(&event);
    assert_eq!(decode(&envelope(&event), &schema, &body), Ok(Decoded::Path(event.clone())));
    // It waits in the outbox while the release is changed.
    let now = WriterSchema::parse(event.schema_text()).unwrap();
    assert!(decode(&envelope(&event), &now, &body).is_err());
    let sent = as_of_now(event.event_type(), &body);
    assert_eq!(decode(&envelope(&event), &now, &sent), Ok(Decoded::Path(event.clone())));
    assert_eq!(as_of_now(event.event_type(), &sent), sent);
    for (name, event) in events() {
        assert_eq!(as_of_now(event.event_type(), &event.encode_body()), event.encode_body(), "{name}");
    }
}

#[test]
fn every_truncation_of_ours_is_poison_too() {
    for (name, event) in events() {
        let schema = WriterSchema::parse(event.schema_text()).unwrap();
        let body = event.encode_body();
        for length in 0..body.len() {
            let poison = decode(&envelope(&event), &schema, &body[..length]).expect_err(name);
            assert_eq!(poison.reason, reason::AVRO_INVALID);
        }
    }
}

#[test]
fn what_is_still_to_be_sent_can_be_made_to_name_nobody() {
    let user = completed().user;
    for (name, event) in events() {
        let body = without_names(event.event_type(), &event.encode_body()).unwrap();
        let schema = WriterSchema::parse(event.schema_text()).unwrap();
        let Decoded::Path(read) = decode(&envelope(&event), &schema, &body).unwrap() else {
            panic!("{name}")
        };
        let nobody = |user: &Profile| Profile { is_active: user.is_active, ..Profile::unknown(user.learner) };
        let unnamed = match event {
            PathEvent::Completed(event) => {
                PathEvent::Completed(PathCompleted { user: nobody(&event.user), ..event })
            }
            PathEvent::Revoked(event) => {
                PathEvent::Revoked(PathCompletionRevoked { user: nobody(&event.user), ..event })
            }
            PathEvent::Changed(event) => {
                PathEvent::Changed(PathCompletionChanged { user: nobody(&event.user), ..event })
            }
            PathEvent::CredentialAwarded(event) => {
                PathEvent::CredentialAwarded(PathCredentialAwarded { user: nobody(&event.user), ..event })
            }
            PathEvent::CredentialRevoked(event) => {
                PathEvent::CredentialRevoked(PathCredentialRevoked { user: nobody(&event.user), ..event })
            }
            retired @ PathEvent::Retired(_) => retired,
        };
        assert_eq!(read, unnamed, "{name}");
    }
    let mut written = Vec::new();
    written.extend(enrolments().map(|(_, event)| (event.event_type(), event.encode_body())));
    written.extend(
        time_statuses().map(|(_, event)| (event_type::PATH_TIME_STATUS_CHANGED, event.encode_body())),
    );
    for (event_type, body) in written {
        let body = without_names(event_type, &body).unwrap();
        for text in [&user.username, &user.email, &user.name] {
            assert!(!body.windows(text.len()).any(|bytes| bytes == text.as_bytes()), "{event_type}");
        }
        assert!(!body.is_empty());
    }
    assert_eq!(without_names(event_type::PATH_COMPLETED, b"\xff"), None);
    assert_eq!(without_names("org.example", b""), None);
}

#[test]
fn all_ten_headers_are_written_as_open_edx_writes_them() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers: Vec<(&str, String)> =
        headers(event_type::PATH_COMPLETED, id(9), at("2026-05-01T12:35:00.5Z"), &origin(), Some(trace))
            .into_iter()
            .map(|(name, value)| (name, String::from_utf8(value).unwrap()))
            .collect();
    let wanted = [
        ("ce_type", "org.openedx.learning.path.completed.v1"),
        ("ce_id", "0198b2c4-0000-5000-8000-000000000009"),
        ("ce_source", "openedx/learning-paths/web"),
        ("ce_specversion", "1.0"),
        ("ce_time", "2026-05-01T12:35:00.500000+00:00"),
        ("ce_minorversion", "0"),
        ("sourcehost", "paths-1"),
        ("sourcelib", "0.1.0"),
        ("content-type", "application/avro"),
        ("ce_datacontenttype", "application/avro"),
        ("traceparent", trace),
    ];
    assert_eq!(headers, wanted.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn the_source_library_is_numbers_and_dots() {
    assert!(lp_events::path::SOURCELIB.split('.').all(|part| part.parse::<u32>().is_ok()));
}

#[test]
fn keys_are_avro_longs() {
    let cases = [
        (1, "02"),
        (42, "54"),
        (63, "7e"),
        (64, "8001"),
        (1 << 40, "808080808040"),
        (i64::MAX, "feffffffffffffffff01"),
    ];
    for (number, bytes) in cases {
        assert_eq!(hex(&encode_key(learner(number))), bytes, "{number}");
    }
    assert_eq!(key_schema_text(), r#"{"name": "id", "type": "long"}"#);
}

/// The bytes that the pip package's tests read. After a wanted change: `LP_UPDATE_GOLDEN=1 cargo test -p lp-events`.
#[test]
fn emitted_bytes_are_those_that_the_python_package_is_tested_with() {
    let completions = events()
        .into_iter()
        .map(|(name, event)| (name, event.event_type(), event.learner(), event.encode_body()));
    let enrolments = enrolments()
        .into_iter()
        .map(|(name, event)| (name, event.event_type(), event.user.learner, event.encode_body()));
    let time_statuses = time_statuses().into_iter().map(|(name, event)| {
        (name, event_type::PATH_TIME_STATUS_CHANGED, event.user.learner, event.encode_body())
    });
    let emitted: Vec<_> = completions
        .chain(enrolments)
        .chain(time_statuses)
        .map(|(name, event_type, learner, body)| {
            let headers = headers(event_type, id(9), at("2026-05-01T12:35:00Z"), &origin(), None);
            let headers: serde_json::Map<_, _> = headers
                .into_iter()
                .map(|(name, value)| (name.into(), String::from_utf8(value).unwrap().into()))
                .collect();
            json!({
                "name": name,
                "key": hex(&frame::join(1, &encode_key(learner))),
                "value": hex(&frame::join(2, &body)),
                "headers": headers,
            })
        })
        .collect();
    let text = format!("{}\n", serde_json::to_string_pretty(&emitted).unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations/openedx/tests/emitted.json");
    if std::env::var_os("LP_UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}
