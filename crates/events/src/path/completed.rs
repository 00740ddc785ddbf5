//! `org.openedx.learning.path.completed.v1`.

use lp_domain::{ContextKey, Ratio, RunKey, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::wire::{self, PathWire, UserWire};
use crate::fields::Fields;
use crate::instant::iso;
use crate::lms::Profile;
use crate::poison::{Poison, reason};

/// A learner completed a path run.
#[derive(Debug, Clone, PartialEq)]
pub struct PathCompleted {
    /// Identity of the completion; the same however often the event is delivered.
    pub completion_id: Uuid,
    /// The learner; what is not known of them is empty.
    pub user: Profile,
    /// The path run.
    pub run: RunKey,
    /// Title of the path at that time.
    pub display_name: String,
    /// The definition under which it was completed, from 1.
    pub revision: u32,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The date of the fact that completed the path, not of its processing.
    pub completed_at: Timestamp,
    /// The grade, if it is known.
    pub grade: Option<Ratio>,
    /// The progress.
    pub progress: Ratio,
    /// The contexts that counted.
    pub contexts: Vec<ContextKey>,
}

/// Fields in the order of the schema.
#[derive(Serialize)]
struct Wire<'e> {
    completion_id: String,
    user: UserWire<'e>,
    path: PathWire<'e>,
    revision: i64,
    attempt: i64,
    completed_at: String,
    grade: String,
    progress: f64,
    context_keys: Vec<&'e str>,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_completion: Wire<'e>,
}

impl PathCompleted {
    pub(super) fn encode(&self) -> Vec<u8> {
        wire::encode(
            &wire::COMPLETED,
            &Datum {
                learning_path_completion: Wire {
                    completion_id: self.completion_id.to_string(),
                    user: UserWire::of(&self.user),
                    path: PathWire { key: self.run.as_str(), display_name: &self.display_name },
                    revision: self.revision.into(),
                    attempt: self.attempt.into(),
                    completed_at: iso(self.completed_at),
                    grade: self.grade.map(|grade| grade.get().to_string()).unwrap_or_default(),
                    progress: self.progress.get(),
                    context_keys: self.contexts.iter().map(ContextKey::as_str).collect(),
                },
            },
        )
    }

    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Self, Poison> {
        let mut event = datum.record("learning_path_completion")?;
        let mut path = event.record("path")?;
        Ok(Self {
            completion_id: event.uuid("completion_id")?,
            user: Profile::parse(&mut event, "user")?,
            run: path.run("key")?,
            display_name: path.string("display_name")?,
            revision: event.count("revision")?,
            attempt: event.count("attempt")?,
            completed_at: event.date("completed_at")?,
            grade: parse_grade(event.text("grade")?)?,
            progress: event.ratio("progress")?,
            contexts: event.contexts("context_keys")?,
        })
    }
}

/// Empty is unknown: a nullable number would lose a grade of 0 in Open edX's deserialiser.
fn parse_grade(text: &str) -> Result<Option<Ratio>, Poison> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().ok().and_then(|grade: f64| Ratio::try_from(grade).ok()).map(Some).ok_or_else(|| {
        Poison::new(reason::RATIO_INVALID, "learning_path_completion.grade is not within 0 to 1")
    })
}
