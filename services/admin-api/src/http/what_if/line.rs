//! Lines of the answer.

use lp_domain::{Achievement, CompletionState};
use lp_progress_store::{Affected, Counts, Effect, Loss, Standing};
use serde::Serialize;
use utoipa::ToSchema;

/// One line. The last has `digest` or `error`; without either the answer broke off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The first: how many learners will be looked at.
    Total(i64),
    /// Some more learners were looked at.
    Progress(Progress),
    /// The last: all learners were looked at.
    Done(Done),
    /// The last: it could not go on; ask again.
    Error(String),
}

/// What some learners would gain or lose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// How many go which way, of all so far.
    pub(super) counts: CountsBody,
    /// Who would not stay where they are, of those looked at since the line before.
    pub(super) affected: Vec<AffectedBody>,
}

/// All learners were looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// How many go which way.
    pub(super) counts: CountsBody,
    /// SHA-256, in hexadecimal, over all that was compared: another one when run or learners are not the same any more.
    pub(super) digest: String,
}

/// How many learners go which way; each counts once, beside `learners`.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Counts)]
pub(crate) struct CountsBody {
    /// All.
    learners: u64,
    /// A completion that does not hold now would hold.
    gains: u64,
    /// A completion would be taken back.
    revoked: u64,
    /// A completion would be taken back later, unless regained.
    grace: u64,
    /// People would decide on a completion.
    review: u64,
    /// A completion would hold as it does now.
    keeps: u64,
    /// More progress.
    up: u64,
    /// Less progress.
    down: u64,
    /// None of these.
    same: u64,
}

impl From<Counts> for CountsBody {
    fn from(counts: Counts) -> Self {
        let Counts { learners, gains, revoked, grace, review, keeps, up, down, same } = counts;
        Self { learners, gains, revoked, grace, review, keeps, up, down, same }
    }
}

/// A learner who would not stay where they are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Affected)]
pub(crate) struct AffectedBody {
    /// LMS user id.
    learner_id: i64,
    /// `gains`, `revoked`, `grace`, `review`, `keeps`, `up`, `down` or `same`.
    effect: &'static str,
    /// Where they are.
    before: StandingBody,
    /// Where they would be.
    after: StandingBody,
    /// Items that would not be achieved as they are now; 20 at most.
    items: Vec<ItemBody>,
    /// Items that would still be missing, the cheapest way; 20 at most.
    missing: Vec<String>,
    /// So many items are not named.
    more: usize,
}

/// Where a learner is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Standing)]
struct StandingBody {
    /// The revision that they are judged by.
    revision: u32,
    /// `not_started`, `in_progress` or `completed`.
    achievement: &'static str,
    /// 0 to 1.
    progress: f64,
    /// What the world is told of their completion: `valid`, `grace`, `under_review` or `revoked`; null when nothing.
    completion: Option<&'static str>,
}

/// An item that would not be achieved as it is now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AffectedItem)]
struct ItemBody {
    /// Its id.
    item: String,
    /// Now; null when it is no item now.
    before: Option<&'static str>,
    /// Then; null when it would be no item.
    after: Option<&'static str>,
}

impl From<Affected> for AffectedBody {
    fn from(affected: Affected) -> Self {
        let Affected { learner, effect, before, after, why } = affected;
        let items = why.items.into_iter().map(|change| ItemBody {
            item: change.item.to_string(),
            before: change.before.map(achievement),
            after: change.after.map(achievement),
        });
        Self {
            learner_id: learner.get(),
            effect: match effect {
                Effect::Gains => "gains",
                Effect::Loses(Loss::Revoked) => "revoked",
                Effect::Loses(Loss::Grace) => "grace",
                Effect::Loses(Loss::Review) => "review",
                Effect::Keeps => "keeps",
                Effect::Up => "up",
                Effect::Down => "down",
                Effect::Same => "same",
            },
            before: before.into(),
            after: after.into(),
            items: items.collect(),
            missing: why.missing.iter().map(ToString::to_string).collect(),
            more: why.more,
        }
    }
}

impl From<Standing> for StandingBody {
    fn from(standing: Standing) -> Self {
        Self {
            revision: standing.revision,
            achievement: achievement(standing.achievement),
            progress: standing.progress.get(),
            completion: standing.completion.map(|(state, _)| match state {
                CompletionState::Valid => "valid",
                CompletionState::Grace { .. } => "grace",
                CompletionState::UnderReview { .. } => "under_review",
                CompletionState::Revoked { .. } => "revoked",
            }),
        }
    }
}

fn achievement(achievement: Achievement) -> &'static str {
    match achievement {
        Achievement::NotStarted => "not_started",
        Achievement::InProgress => "in_progress",
        Achievement::Completed => "completed",
    }
}
