//! How far a learner is in a run, on the wire.

use chrono::{DateTime, Utc};
use lp_domain::{AwardState, TimeStatus, Timestamp};
use lp_progress_store::read;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far something is achieved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Achievement {
    /// No fact yet.
    NotStarted,
    /// Some fact, not enough.
    InProgress,
    /// The rule is met.
    Completed,
}

impl From<lp_domain::Achievement> for Achievement {
    fn from(achievement: lp_domain::Achievement) -> Self {
        match achievement {
            lp_domain::Achievement::NotStarted => Self::NotStarted,
            lp_domain::Achievement::InProgress => Self::InProgress,
            lp_domain::Achievement::Completed => Self::Completed,
        }
    }
}

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EnrolmentState {
    /// Invited; no account yet.
    Pending,
    /// Learning.
    Active,
    /// Kept out for a while.
    Suspended,
    /// Left, or was removed.
    Withdrawn,
    /// The run closed.
    Ended,
}

impl From<lp_domain::EnrolmentState> for EnrolmentState {
    fn from(state: lp_domain::EnrolmentState) -> Self {
        match state {
            lp_domain::EnrolmentState::Pending => Self::Pending,
            lp_domain::EnrolmentState::Active => Self::Active,
            lp_domain::EnrolmentState::Suspended => Self::Suspended,
            lp_domain::EnrolmentState::Withdrawn => Self::Withdrawn,
            lp_domain::EnrolmentState::Ended => Self::Ended,
        }
    }
}

/// A learner's enrolment in the run.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Enrolment {
    /// Where it stands.
    state: EnrolmentState,
    /// The attempt, from 1; a fresh attempt raises it.
    #[schema(minimum = 1)]
    attempt: i32,
    /// When the learner was first enrolled.
    enrolled_at: DateTime<Utc>,
}

impl Enrolment {
    pub(super) fn new(state: lp_domain::EnrolmentState, attempt: i32, enrolled_at: DateTime<Utc>) -> Self {
        Self { state: state.into(), attempt, enrolled_at }
    }
}

/// Whether the completion that the world was told of holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CompletionState {
    /// It holds.
    Valid,
    /// What satisfied it fell away; revoked at `until` unless regained.
    Grace,
    /// What satisfied it fell away; people decide.
    UnderReview,
    /// Taken back.
    Revoked,
}

/// What the world was last told of this attempt.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Completion)]
pub(super) struct CompletionBody {
    /// Names the completion in events and awards.
    completion_id: Uuid,
    /// Whether it holds.
    state: CompletionState,
    /// The date of the fact that completed the path.
    completed_at: DateTime<Utc>,
    /// Since when it is under review, until when it may be regained, or as of when it was taken back.
    state_at: Option<DateTime<Utc>>,
    /// Its award.
    award: AwardBody,
}

/// How long the award of a completion is valid: a thing of its own beside achievement and time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Award)]
pub(super) struct AwardBody {
    /// How it stands now.
    state: AwardState,
    /// 1 for the first award of the attempt, raised by each that renews it.
    #[schema(minimum = 1)]
    period: u32,
    /// The first instant at which it is valid.
    valid_from: DateTime<Utc>,
    /// The first instant at which it no longer is; null when it does not expire.
    expires_at: Option<DateTime<Utc>>,
}

impl CompletionBody {
    fn of(completion: &lp_domain::Completion, now: Timestamp) -> Self {
        let (state, state_at) = match completion.state {
            lp_domain::CompletionState::Valid => (CompletionState::Valid, None),
            lp_domain::CompletionState::Grace { until } => (CompletionState::Grace, Some(until)),
            lp_domain::CompletionState::UnderReview { since } => (CompletionState::UnderReview, Some(since)),
            lp_domain::CompletionState::Revoked { at } => (CompletionState::Revoked, Some(at)),
        };
        Self {
            completion_id: completion.completion_id,
            state,
            completed_at: completion.completed_at.get(),
            state_at: state_at.map(Timestamp::get),
            award: AwardBody {
                state: completion.award(now),
                period: completion.period,
                valid_from: completion.term.valid_from.get(),
                expires_at: completion.term.expires_at.map(Timestamp::get),
            },
        }
    }
}

/// How the learner stands to the run's dates; a completion is judged by its own date, whatever comes later.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Time {
    /// Where they stand.
    status: TimeStatus,
    /// The first instant at which they are late.
    due_at: Option<DateTime<Utc>>,
    /// The first instant at which nothing counts any more.
    closes_at: Option<DateTime<Utc>>,
}

impl From<read::Time> for Time {
    fn from(time: read::Time) -> Self {
        Self {
            status: time.status,
            due_at: time.due_at.map(Timestamp::get),
            closes_at: time.closes_at.map(Timestamp::get),
        }
    }
}

/// An item to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct NextItem {
    /// Its name within the definition.
    #[schema(example = "sql")]
    id: String,
    /// Its title on the path.
    title: String,
    /// Where to take it: its own context, or an equivalent if that is gone.
    #[schema(example = "course-v1:OpenedX+DemoX+2026")]
    context_key: String,
}

impl From<read::NextItem> for NextItem {
    fn from(next: read::NextItem) -> Self {
        Self { id: next.id, title: next.title, context_key: next.context_key.to_string() }
    }
}

/// How far a learner is in one run. Achievement (the rule), progress and grade are three things; what is not known is
/// null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct LearnerRun {
    /// The run.
    #[schema(example = "path-v1:OpenedX+DemoPath+2026+all")]
    run_key: String,
    /// The path's title.
    title: String,
    /// The learner's enrolment in it.
    enrolment: Enrolment,
    /// The revision of the run's definition that the learner is judged by.
    #[schema(minimum = 1)]
    revision: i32,
    /// The run's latest published revision.
    #[schema(minimum = 1)]
    latest_revision: i32,
    /// There is a later revision that the learner could be moved to. In a run that follows its latest revision they are judged by
    /// it without that.
    update_available: bool,
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
    /// What the world was last told of this attempt.
    completion: Option<CompletionBody>,
    /// How the learner stands to the run's dates.
    time: Time,
    /// What to take next: the first item, in the order shown, of the cheapest way to completion whose turn has come and that is
    /// not gone. Null when it is completed, nothing can be taken, the run has closed, or the learner is not active in it.
    next_item: Option<NextItem>,
    /// When it was last judged otherwise than before; null as of an earlier moment, as that is not kept.
    updated_at: Option<DateTime<Utc>>,
}

impl From<read::LearnerRun> for LearnerRun {
    fn from(run: read::LearnerRun) -> Self {
        Self {
            run_key: run.run_key,
            title: run.title,
            enrolment: Enrolment::new(run.enrolment_state, run.attempt, run.enrolled_at),
            revision: run.revision,
            latest_revision: run.latest_revision,
            update_available: run.update_available,
            achievement: run.achievement.into(),
            progress: run.progress,
            grade: run.grade,
            completed_at: run.completed_at,
            completion: run.completion.as_ref().map(|completion| CompletionBody::of(completion, run.as_of)),
            time: run.time.into(),
            next_item: run.next_item.map(NextItem::from),
            updated_at: run.updated_at,
        }
    }
}
