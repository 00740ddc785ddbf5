use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lp_domain::FactValue;
use lp_progress_store::gaps::{GapCheck, GapCount, GapFinding, GapProgress, GapState};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The facts of a run's learners, held against what the LMS has of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapCheck)]
pub(crate) struct GapCheckBody {
    /// Its id.
    check_id: Uuid,
    /// Of the learners of this run.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: String,
    /// Where it stands.
    state: State,
    /// Of so many of them, taken at random; null for all.
    sample: Option<u32>,
    /// After how many seconds what differs is looked at again.
    settle_seconds: u32,
    /// Who had gaps recorded as facts, as the audit log has it; null as long as nobody asked for that.
    healer: Option<String>,
    /// Who asked for it, as the audit log has it.
    actor: String,
    /// Why.
    reason: Option<String>,
    /// When it was asked for.
    created_at: DateTime<Utc>,
    /// When it was done or cancelled.
    ended_at: Option<DateTime<Utc>>,
}

/// Where a check stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GapCheckState)]
enum State {
    /// Its learners are not chosen yet.
    Waiting,
    /// The LMS is asked, or gaps are recorded.
    Running,
    /// There is nothing more to do.
    Done,
    /// Somebody ended it; what it found by then stays.
    Cancelled,
}

impl From<GapCheck> for GapCheckBody {
    fn from(check: GapCheck) -> Self {
        Self {
            check_id: check.check_id,
            run_key: check.run_key,
            state: match check.state {
                GapState::Waiting => State::Waiting,
                GapState::Running => State::Running,
                GapState::Done => State::Done,
                GapState::Cancelled => State::Cancelled,
            },
            sample: check.sample,
            settle_seconds: check.settle_seconds,
            healer: check.healer,
            actor: check.actor,
            reason: check.reason,
            created_at: check.created_at,
            ended_at: check.ended_at,
        }
    }
}

/// A check, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GapCheckDetail {
    #[serde(flatten)]
    check: GapCheckBody,
    /// Pairs of account and course run; none until its learners are chosen.
    total: i64,
    /// Those of which nothing more is asked.
    done: i64,
    /// Of these, how many ended how: `same`, `different`; `moving` where the LMS said something else the second time; or why it was
    /// not found out: `unknown_learner`, `unknown_course`, `failed`, `cancelled`.
    outcomes: BTreeMap<String, i64>,
    /// What was found, by kind of fact.
    gaps: BTreeMap<String, GapCountBody>,
    /// How often the LMS is called.
    calls_per_minute: u32,
    /// How long the others may take, at two calls each and if nothing else waits, without looking at anything again.
    seconds_left: i64,
}

/// Gaps of one kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapCount)]
pub(crate) struct GapCountBody {
    /// How many were found.
    found: i64,
    /// How many of them are facts now.
    healed: i64,
}

impl GapCheckDetail {
    pub(super) fn new(check: GapCheck, progress: GapProgress, calls_per_minute: u32) -> Self {
        let GapProgress { total, done, outcomes, gaps } = progress;
        let count = |GapCount { kind, found, healed }| (kind, GapCountBody { found, healed });
        Self {
            check: check.into(),
            total,
            done,
            outcomes: outcomes.into_iter().collect(),
            gaps: gaps.into_iter().map(count).collect(),
            calls_per_minute,
            seconds_left: (total - done) * 2 * 60 / i64::from(calls_per_minute.max(1)),
        }
    }
}

/// What the LMS said and the facts did not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GapFinding)]
pub(crate) struct GapFindingBody {
    /// LMS user id.
    user_id: i64,
    /// The course run.
    #[schema(example = "course-v1:OpenedX+SQL101+2026")]
    context_key: String,
    /// The kind of fact.
    #[schema(example = "grade")]
    kind: String,
    /// The latest fact of this kind by then; null when nothing was known.
    held: Option<FactValue>,
    /// Its date.
    held_at: Option<DateTime<Utc>>,
    /// What the LMS said.
    told: FactValue,
    /// When it was asked, which is the date of the fact that is made of it.
    seen_at: DateTime<Utc>,
    /// What became of it: `healed`; `overtaken` where a fact has meanwhile said the same, or something newer; or why it was not
    /// recorded. Null as long as nobody has asked for that.
    outcome: Option<String>,
    /// The fact that was recorded, by its id in the journal.
    fact_id: Option<Uuid>,
}

impl From<GapFinding> for GapFindingBody {
    fn from(one: GapFinding) -> Self {
        Self {
            user_id: one.learner_id,
            context_key: one.context_key,
            kind: one.kind,
            held: one.held.map(|held| held.0),
            held_at: one.held_at,
            told: one.told.0,
            seen_at: one.seen_at,
            outcome: one.outcome,
            fact_id: one.fact_id,
        }
    }
}
