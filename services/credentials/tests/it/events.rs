//! Path events for tests, as Kafka holds them.

use lp_domain::{AwardState, ContextKey, LearnerId, Ratio, RunKey, Timestamp};
use lp_events::path::TOPIC;
use lp_events::{
    CountedContext, Origin, PathCompleted, PathCompletionChanged, PathCompletionRevoked,
    PathCredentialAwarded, PathCredentialRevoked, PathEvent, Profile,
};
use lp_inbox::Message;
use uuid::Uuid;

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::try_from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap()).unwrap()
}

fn profile(learner: i64) -> Profile {
    Profile {
        learner: LearnerId::try_from(learner).unwrap(),
        username: "canary".into(),
        email: "canary@example.com".into(),
        name: "Canary".into(),
        is_active: true,
    }
}

fn completion_id(learner: i64, n: u8) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{learner} {n}").as_bytes())
}

pub(crate) fn completed(learner: i64, n: u8) -> PathEvent {
    PathEvent::Completed(PathCompleted {
        completion_id: completion_id(learner, n),
        user: profile(learner),
        run: RunKey::parse("path-v1:Org+N+R+G").unwrap(),
        display_name: "Data Engineering".into(),
        revision: 3,
        attempt: 1,
        completed_at: at("2026-05-01T12:34:56Z"),
        grade: Some(Ratio::ZERO),
        progress: Ratio::ONE,
        contexts: vec![CountedContext {
            key: ContextKey::parse("course-v1:edX+777+2026").unwrap(),
            title: Some("Kafka, basically".into()),
            grade: Some(Ratio::ONE),
            completed_at: Some(at("2026-05-01T00:00:00Z")),
        }],
    })
}

pub(crate) fn revoked(learner: i64, n: u8) -> PathEvent {
    PathEvent::Revoked(PathCompletionRevoked {
        completion_id: completion_id(learner, n),
        user: profile(learner),
        run: RunKey::parse("path-v1:Org+N+R+G").unwrap(),
        display_name: "Data Engineering".into(),
        revision: 3,
        attempt: 1,
        completed_at: at("2026-05-01T12:34:56Z"),
        revoked_at: at("2026-06-01T00:00:00Z"),
        reason: "requirement_no_longer_met".into(),
    })
}

/// The award is in a grace that ends.
pub(crate) fn changed(learner: i64, n: u8) -> PathEvent {
    PathEvent::Changed(PathCompletionChanged {
        completion_id: completion_id(learner, n),
        user: profile(learner),
        run: RunKey::parse("path-v1:Org+N+R+G").unwrap(),
        display_name: "Data Engineering".into(),
        attempt: 1,
        period: 1,
        change: 1,
        state: AwardState::Grace,
        requirement_met: false,
        valid_from: at("2026-05-01T12:34:56Z"),
        expires_at: Some(at("2126-05-01T12:34:56Z")),
        grace_until: Some(at("2026-06-01T00:00:00Z")),
        renews: None,
        changed_at: at("2026-05-02T00:00:00Z"),
    })
}

/// What the service itself tells of a credential: that it was awarded, and that it was revoked.
pub(crate) fn of_credential(learner: i64) -> [PathEvent; 2] {
    let awarded = PathCredentialAwarded {
        credential_id: Uuid::from_u128(1),
        completion_id: completion_id(learner, 1),
        user: profile(learner),
        run: RunKey::parse("path-v1:Org+N+R+G").unwrap(),
        display_name: "Data Engineering".into(),
        revision: 3,
        change: 1,
        reason: "issued".into(),
        awarded_at: at("2026-05-01T12:34:56Z"),
        valid_from: at("2026-05-01T12:34:56Z"),
        valid_until: None,
        url: "https://credentials.example.org/credentials/1".into(),
        supersedes: None,
    };
    let revoked = PathCredentialRevoked {
        credential_id: awarded.credential_id,
        completion_id: awarded.completion_id,
        user: profile(learner),
        run: awarded.run.clone(),
        display_name: "Data Engineering".into(),
        change: 2,
        status: "revoked".into(),
        reason: String::new(),
        revoked_at: at("2026-06-01T00:00:00Z"),
    };
    [PathEvent::CredentialAwarded(awarded), PathEvent::CredentialRevoked(revoked)]
}

/// The event as Kafka holds it, under the schema's id in the registry.
pub(crate) fn message(event: &PathEvent) -> Message {
    let (schema_id, time) = match event {
        PathEvent::Completed(_) => (1_u32, "2026-05-01T12:40:00Z"),
        PathEvent::Revoked(_) => (2, "2026-06-01T00:00:01Z"),
        PathEvent::Changed(_) => (4, "2026-05-01T12:40:00Z"),
        PathEvent::CredentialAwarded(_) => (5, "2026-05-01T12:41:00Z"),
        PathEvent::CredentialRevoked(_) => (6, "2026-06-01T00:00:02Z"),
        PathEvent::Retired(_) => (3, "2026-07-01T00:00:00Z"),
    };
    let origin = Origin { source: "openedx/learning-paths/web".into(), sourcehost: "host".into() };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{event:?}").as_bytes());
    let headers = lp_events::headers(event.event_type(), id, at(time), &origin, None);
    let mut payload = vec![0];
    payload.extend(schema_id.to_be_bytes());
    payload.extend(event.encode_body());
    Message {
        topic: TOPIC.into(),
        partition: 0,
        offset: 0,
        key: None,
        payload: Some(payload),
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).collect(),
    }
}
