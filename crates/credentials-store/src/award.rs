//! What the store is told, and what it keeps.

use chrono::{DateTime, Utc};
use lp_domain::AwardState;
use serde::{Deserialize, Serialize};
use uuid::{Uuid, uuid};

/// UUID v5 of `urn:learning-paths:award` as a URL; ids of awards are made under it.
const AWARD_NAMESPACE: Uuid = uuid!("c06dedcb-b750-5c94-9752-d84f4682941d");

/// The id of the award for a completion: UUID v5, so that whoever records it gives it the same id.
#[must_use]
pub fn award_id(completion_id: Uuid) -> Uuid {
    Uuid::new_v5(&AWARD_NAMESPACE, completion_id.as_bytes())
}

/// When and by which event something was told. A total order, so that "the first" and "the newest" telling do not
/// depend on the order of arrival. One event id names one content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// `ce_time`.
    pub at: DateTime<Utc>,
    /// `ce_id`.
    pub event_id: Uuid,
}

/// A context that counted, with what was told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct CountedContext {
    /// Its key.
    pub key: String,
    /// Its title, if it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The learner's grade in it, 0 to 1, if it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<f64>,
    /// The date of the fact by which it counted, if it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
}

/// A context as a row holds it: of awards from before more was told, the key alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Key(String),
    Counted { key: String, title: Option<String>, grade: Option<f64>, completed_at: Option<DateTime<Utc>> },
}

impl From<Stored> for CountedContext {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Key(key) => Self::of_key(key),
            Stored::Counted { key, title, grade, completed_at } => Self { key, title, grade, completed_at },
        }
    }
}

impl CountedContext {
    /// One of which nothing else is known.
    #[must_use]
    pub fn of_key(key: impl Into<String>) -> Self {
        Self { key: key.into(), title: None, grade: None, completed_at: None }
    }

    /// What people read of it: its title, or else its key.
    #[must_use]
    pub fn name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.key)
    }
}

/// A learner completed a path run.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// Names the completion: the same run, learner, attempt and sequence have the same id.
    pub completion_id: Uuid,
    /// LMS user id.
    pub learner_id: i64,
    /// `path-v1:…`.
    pub run_key: String,
    /// Shown to people.
    pub path_name: String,
    /// The revision that was completed.
    pub revision: i32,
    /// The attempt, from 1.
    pub attempt: i32,
    /// The date of the fact that completed the path.
    pub completed_at: DateTime<Utc>,
    /// 0 to 1, if known.
    pub grade: Option<f64>,
    /// 0 to 1.
    pub progress: f64,
    /// The contexts that counted.
    pub contexts: Vec<CountedContext>,
    /// By which event.
    pub told: Told,
}

/// A completion was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Which completion; it may not have been told of yet.
    pub completion_id: Uuid,
    /// LMS user id.
    pub learner_id: i64,
    /// As of when.
    pub revoked_at: DateTime<Utc>,
    /// Why, in the producer's words.
    pub reason: Option<String>,
    /// By which event.
    pub told: Told,
}

/// How an award stands, and when it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Of which completion; it may not have been told of yet.
    pub completion_id: Uuid,
    /// LMS user id.
    pub learner_id: i64,
    /// 1 for the first telling of a completion, raised by each: the greatest holds.
    pub change: i32,
    /// 1 for the first award of an attempt, raised by each that renews it.
    pub period: i32,
    /// How it stands, never revoked: that is told by itself.
    pub state: AwardState,
    /// The first instant at which it is valid.
    pub valid_from: DateTime<Utc>,
    /// The first instant at which it no longer is, if it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// The completion that this one renews.
    pub renews: Option<Uuid>,
}

/// A learner's account was retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retirement {
    /// LMS user id.
    pub learner_id: i64,
    /// When.
    pub retired_at: DateTime<Utc>,
}

/// Who a learner is: personal data, kept in one table alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// LMS user id.
    pub learner_id: i64,
    /// LMS username; empty when the event knew no names.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Name as on a certificate.
    pub name: String,
    /// By which event.
    pub told: Told,
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holder").field("learner_id", &self.learner_id).finish_non_exhaustive()
    }
}

/// One award.
#[derive(Debug, Clone, PartialEq)]
pub struct Award {
    /// Its id, from [`award_id`].
    pub award_id: Uuid,
    /// The completion that it is for.
    pub completion_id: Uuid,
    /// LMS user id.
    pub learner_id: i64,
    /// `path-v1:…`.
    pub run_key: String,
    /// Shown to people.
    pub path_name: String,
    /// The revision that was completed.
    pub revision: i32,
    /// The attempt, from 1.
    pub attempt: i32,
    /// The date of the fact that completed the path.
    pub completed_at: DateTime<Utc>,
    /// 0 to 1, if known.
    pub grade: Option<f64>,
    /// 0 to 1.
    pub progress: f64,
    /// The contexts that counted.
    pub contexts: Vec<CountedContext>,
    /// How it stands, at the moment of reading.
    pub status: AwardState,
    /// 1 for the first award of the attempt, raised by each that renews it.
    pub period: i32,
    /// The first instant at which it is valid.
    pub valid_from: DateTime<Utc>,
    /// The first instant at which it no longer is, if it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// The award of the same attempt that it renews.
    pub renews: Option<Uuid>,
    /// As of when it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why it was taken back.
    pub revocation_reason: Option<String>,
    /// The revoked award of the same learner and run that it stands in for.
    pub supersedes: Option<Uuid>,
    /// Whether staff gave it, and no event told of a completion.
    pub by_hand: bool,
    /// When it was recorded here.
    pub recorded_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_award_id_is_made_from_the_completion_id_alone() {
        assert_eq!(AWARD_NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:learning-paths:award"));
        let completion_id = uuid!("6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e");
        assert_eq!(award_id(completion_id), uuid!("1996b47e-767b-5ded-bbc1-fb8540192553"));
    }

    #[test]
    fn a_holder_prints_no_names() {
        let told = Told { at: DateTime::UNIX_EPOCH, event_id: Uuid::nil() };
        let holder = Holder {
            learner_id: 42,
            username: "canary".into(),
            email: "canary@example.com".into(),
            name: "Canary".into(),
            told,
        };
        let printed = format!("{holder:?}");
        assert!(printed.contains("42") && !printed.to_lowercase().contains("canary"), "{printed}");
    }
}
