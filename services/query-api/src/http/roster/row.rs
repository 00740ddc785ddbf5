//! A learner of a run, on the wire: an object in lists and lines, a row in tables.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use lp_domain::{AwardState, TimeStatus};
use lp_http::csv::plain;
use lp_progress_store::read::{Names, RosterRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::learner_run::{Achievement, CompletionState, EnrolmentState};

/// A learner of a run. Achievement (the rule), progress and grade are three things; what is not known is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = LearnerOfRun)]
pub(crate) struct RosterBody {
    /// LMS user id.
    #[schema(minimum = 1)]
    learner_id: i64,
    /// The run.
    #[schema(value_type = String, example = "path-v1:OpenedX+DemoPath+2026+all")]
    run_key: Arc<str>,
    /// What people call the learner: only for those who may see it, where the service may.
    #[serde(flatten)]
    names: Option<NamesBody>,
    /// Where the enrolment stands.
    enrolment: EnrolmentState,
    /// The attempt, from 1.
    #[schema(minimum = 1)]
    attempt: i32,
    /// When the learner was first enrolled.
    enrolled_at: DateTime<Utc>,
    /// The revision that the learner is judged by.
    #[schema(minimum = 1)]
    revision: i32,
    /// By the rule of the run.
    achievement: Achievement,
    /// Weighted, 0 to 1; 1 exactly when completed.
    #[schema(minimum = 0, maximum = 1)]
    progress: f64,
    /// Weighted mean of the known grades, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    grade: Option<f64>,
    /// The date of the fact that met the rule.
    completed_at: Option<DateTime<Utc>>,
    /// Whether the completion that the world was told of holds; null when it was told of none.
    completion: Option<CompletionState>,
    /// How its award stands now.
    award: Option<AwardState>,
    /// The first instant at which the award is no longer valid; null when it does not expire.
    award_expires_at: Option<DateTime<Utc>>,
    /// How the learner stands to the run's dates now.
    time: TimeStatus,
    /// The first instant at which they are late.
    due_at: Option<DateTime<Utc>>,
    /// When the judgement or the enrolment last changed.
    updated_at: DateTime<Utc>,
}

/// What people call a learner; null where it is not known, or not any more.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = NamesOfLearner)]
pub(crate) struct NamesBody {
    /// Of the account.
    username: Option<String>,
    /// Of the person.
    full_name: Option<String>,
    /// Of the account.
    email: Option<String>,
}

impl From<Option<Names>> for NamesBody {
    fn from(names: Option<Names>) -> Self {
        let (username, full_name, email) = match names {
            Some(names) => (Some(names.username), Some(names.full_name), Some(names.email)),
            None => (None, None, None),
        };
        Self { username, full_name, email }
    }
}

/// The columns of a table: the properties of [`RosterBody`].
pub(super) const COLUMNS: [&str; 16] = [
    "learner_id",
    "run_key",
    "enrolment",
    "attempt",
    "enrolled_at",
    "revision",
    "achievement",
    "progress",
    "grade",
    "completed_at",
    "completion",
    "award",
    "award_expires_at",
    "time",
    "due_at",
    "updated_at",
];

/// Those that follow where names are shown.
pub(super) const NAME_COLUMNS: [&str; 3] = ["username", "full_name", "email"];

impl RosterBody {
    /// A row with its run; with names, known or not, where they are `named`.
    pub(super) fn new(run_key: Arc<str>, row: RosterRow, named: bool) -> Self {
        Self {
            learner_id: row.learner_id,
            run_key,
            names: named.then(|| row.names.into()),
            enrolment: row.enrolment_state.into(),
            attempt: row.attempt,
            enrolled_at: row.enrolled_at,
            revision: row.revision,
            achievement: row.achievement.into(),
            progress: row.progress,
            grade: row.grade,
            completed_at: row.completed_at,
            completion: row.completion.map(completion),
            award: row.award,
            award_expires_at: row.award_expires_at,
            time: row.time,
            due_at: row.due_at,
            updated_at: row.updated_at,
        }
    }
}

fn completion(state: lp_domain::CompletionState) -> CompletionState {
    match state {
        lp_domain::CompletionState::Valid => CompletionState::Valid,
        lp_domain::CompletionState::Grace { .. } => CompletionState::Grace,
        lp_domain::CompletionState::UnderReview { .. } => CompletionState::UnderReview,
        lp_domain::CompletionState::Revoked { .. } => CompletionState::Revoked,
    }
}

/// Writes a row of a table. `run_key` is a cell already.
pub(super) fn write_csv(
    table: &mut csv::Writer<Vec<u8>>,
    run_key: &str,
    row: &RosterRow,
    named: bool,
) -> csv::Result<()> {
    table.write_field(row.learner_id.to_string())?;
    table.write_field(run_key)?;
    table.write_field(row.enrolment_state.word())?;
    table.write_field(row.attempt.to_string())?;
    table.write_field(instant(row.enrolled_at))?;
    table.write_field(row.revision.to_string())?;
    table.write_field(match row.achievement {
        lp_domain::Achievement::NotStarted => "not_started",
        lp_domain::Achievement::InProgress => "in_progress",
        lp_domain::Achievement::Completed => "completed",
    })?;
    table.write_field(row.progress.to_string())?;
    table.write_field(row.grade.map(|grade| grade.to_string()).unwrap_or_default())?;
    table.write_field(row.completed_at.map(instant).unwrap_or_default())?;
    table.write_field(row.completion.map_or("", |state| AwardState::from(state).word()))?;
    table.write_field(row.award.map_or("", AwardState::word))?;
    table.write_field(row.award_expires_at.map(instant).unwrap_or_default())?;
    table.write_field(row.time.word())?;
    table.write_field(row.due_at.map(instant).unwrap_or_default())?;
    table.write_field(instant(row.updated_at))?;
    if named {
        let cell =
            |of: fn(&Names) -> &str| row.names.as_ref().map(|names| plain(of(names))).unwrap_or_default();
        table.write_field(cell(|names| &names.username))?;
        table.write_field(cell(|names| &names.full_name))?;
        table.write_field(cell(|names| &names.email))?;
    }
    table.write_record(None::<&[u8]>)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
