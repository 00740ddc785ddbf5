//! `org.openedx.learning.path.completed.v1`.

use lp_domain::{ContextKey, Ratio, RunKey, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::wire::{self, PathWire, UserWire};
use crate::fields::Fields;
use crate::instant::iso;
use crate::lms::Profile;
use crate::poison::Poison;

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
    pub contexts: Vec<CountedContext>,
}

/// A context that counted, with what was known of it then. Events from before the contexts were told of have their keys alone.
#[derive(Debug, Clone, PartialEq)]
pub struct CountedContext {
    /// Its key.
    pub key: ContextKey,
    /// Its title, if it is known.
    pub title: Option<String>,
    /// The learner's grade in it, if it is known.
    pub grade: Option<Ratio>,
    /// The date of the fact by which it counted, if it is known.
    pub completed_at: Option<Timestamp>,
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
    context_titles: Option<Vec<String>>,
    context_grades: Option<Vec<String>>,
    context_dates: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Datum<'e> {
    learning_path_completion: Wire<'e>,
}

impl PathCompleted {
    pub(super) fn encode(&self) -> Vec<u8> {
        let contexts = &self.contexts;
        // Open edX, too, takes a list of nothing for none.
        let of_each = |say: fn(&CountedContext) -> String| {
            (!contexts.is_empty()).then(|| contexts.iter().map(say).collect::<Vec<_>>())
        };
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
                    grade: written(self.grade),
                    progress: self.progress.get(),
                    context_keys: contexts.iter().map(|one| one.key.as_str()).collect(),
                    context_titles: of_each(|one| one.title.clone().unwrap_or_default()),
                    context_grades: of_each(|one| written(one.grade)),
                    context_dates: of_each(|one| one.completed_at.map(iso).unwrap_or_default()),
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
            grade: event.ratio_or_empty("grade")?,
            progress: event.ratio("progress")?,
            contexts: contexts(&mut event)?,
        })
    }
}

/// Each list but that of the keys may be shorter, or not there at all: what it does not say is unknown.
fn contexts(event: &mut Fields<'_>) -> Result<Vec<CountedContext>, Poison> {
    let keys = event.contexts("context_keys")?;
    let mut titles = event.optional_strings("context_titles")?.into_iter();
    let mut grades = event.optional_ratios("context_grades")?.into_iter();
    let mut dates = event.optional_dates("context_dates")?.into_iter();
    let counted = keys.into_iter().map(|key| CountedContext {
        key,
        title: titles.next().flatten(),
        grade: grades.next().flatten(),
        completed_at: dates.next().flatten(),
    });
    Ok(counted.collect())
}

/// Empty is unknown: a nullable number would lose a grade of 0 in Open edX's deserialiser.
fn written(grade: Option<Ratio>) -> String {
    grade.map(|grade| grade.get().to_string()).unwrap_or_default()
}
