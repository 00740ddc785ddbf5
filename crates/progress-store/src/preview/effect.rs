//! What a candidate does to one learner, and why.

use std::ops::AddAssign;

use lp_domain::{Achievement, CompletionState, Definition, ItemId, LearnerId, Ratio, Verdict, missing};

use crate::judgement::{Judged, Judgement};

/// No more items are named for one learner than this.
const MAX_ITEMS: usize = 20;

/// A learner who would not stay where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Affected {
    /// Who.
    pub learner: LearnerId,
    /// What would happen.
    pub effect: Effect,
    /// Where they are.
    pub before: Standing,
    /// Where they would be.
    pub after: Standing,
    /// What makes the difference.
    pub why: Why,
}

/// What a candidate does to a learner. A completion is what the world was told: of whoever has left nothing is told, so they
/// gain and lose none, and only their progress moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A completion that does not hold now would hold.
    Gains,
    /// A completion would fall away.
    Loses(Loss),
    /// The completion would hold as it does now.
    Keeps,
    /// More progress.
    Up,
    /// Less progress.
    Down,
    /// None of these.
    Same,
}

/// How a completion falls away, by the run's policy of regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Taken back at once.
    Revoked,
    /// Taken back later, unless regained.
    Grace,
    /// People decide.
    Review,
}

/// Where a learner is in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The revision that they are judged by.
    pub revision: u32,
    /// By its rule.
    pub achievement: Achievement,
    /// By its rule; 1 exactly when completed.
    pub progress: Ratio,
    /// What the world is told of their completion, and the revision under which it was completed.
    pub completion: Option<(CompletionState, u32)>,
}

/// What makes the difference, at most 20 items each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// Items that are not achieved as before, in the candidate's order, then those that it lacks. None when only weights or
    /// the rule over the items differ.
    pub items: Vec<ItemChange>,
    /// The cheapest items that would complete the candidate; none when it is complete.
    pub missing: Vec<ItemId>,
    /// So many items are not named.
    pub more: usize,
}

/// An item that is not achieved as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// Which.
    pub item: ItemId,
    /// Now; `None` when it is no item now.
    pub before: Option<Achievement>,
    /// Then; `None` when it would be no item.
    pub after: Option<Achievement>,
}

/// How many learners a candidate does what to; each counts once, beside `learners`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub learners: u64,
    /// [`Effect::Gains`].
    pub gains: u64,
    /// [`Loss::Revoked`].
    pub revoked: u64,
    /// [`Loss::Grace`].
    pub grace: u64,
    /// [`Loss::Review`].
    pub review: u64,
    /// [`Effect::Keeps`].
    pub keeps: u64,
    /// [`Effect::Up`].
    pub up: u64,
    /// [`Effect::Down`].
    pub down: u64,
    /// [`Effect::Same`].
    pub same: u64,
}

impl Counts {
    pub(crate) fn count(&mut self, effect: Effect) {
        self.learners += 1;
        *match effect {
            Effect::Gains => &mut self.gains,
            Effect::Loses(Loss::Revoked) => &mut self.revoked,
            Effect::Loses(Loss::Grace) => &mut self.grace,
            Effect::Loses(Loss::Review) => &mut self.review,
            Effect::Keeps => &mut self.keeps,
            Effect::Up => &mut self.up,
            Effect::Down => &mut self.down,
            Effect::Same => &mut self.same,
        } += 1;
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.learners += other.learners;
        self.gains += other.gains;
        self.revoked += other.revoked;
        self.grace += other.grace;
        self.review += other.review;
        self.keeps += other.keeps;
        self.up += other.up;
        self.down += other.down;
        self.same += other.same;
    }
}

impl Standing {
    /// Where `judgement` leaves the learner, given what the world was told before.
    pub(crate) fn of(judged: &Judged, judgement: &Judgement) -> Self {
        let told = judged.told.as_ref().map(|told| (told.completion.state, told.revision));
        let next = judgement.next.as_ref().map(|next| (next.completion.state, next.revision));
        Self {
            revision: judgement.revision,
            achievement: judgement.verdict.achievement,
            progress: judgement.verdict.progress,
            completion: next.or(told),
        }
    }
}

impl Effect {
    pub(crate) fn between(before: &Standing, after: &Standing) -> Self {
        use CompletionState::{Grace, Revoked, UnderReview, Valid};
        let state = |standing: &Standing| standing.completion.map(|(state, _)| state);
        match (state(before), state(after)) {
            (Some(Valid), Some(Valid)) => Self::Keeps,
            (_, Some(Valid)) => Self::Gains,
            (Some(Valid | Grace { .. } | UnderReview { .. }), Some(Revoked { .. })) => {
                Self::Loses(Loss::Revoked)
            }
            (Some(Valid | UnderReview { .. }), Some(Grace { .. })) => Self::Loses(Loss::Grace),
            (Some(Valid | Grace { .. }), Some(UnderReview { .. })) => Self::Loses(Loss::Review),
            _ => match after.progress.cmp(&before.progress) {
                std::cmp::Ordering::Greater => Self::Up,
                std::cmp::Ordering::Less => Self::Down,
                std::cmp::Ordering::Equal => Self::Same,
            },
        }
    }

    /// Whether a learner is named: whoever keeps a completion only when their progress differs.
    pub(crate) fn is_worth_naming(self, before: &Standing, after: &Standing) -> bool {
        let moved = (before.achievement, before.progress) != (after.achievement, after.progress);
        moved || !matches!(self, Self::Keeps | Self::Same)
    }
}

impl Why {
    pub(crate) fn between(before: &Verdict, after: &Verdict, candidate: Option<&Definition>) -> Self {
        let of = |verdict: &Verdict, id: &ItemId| {
            verdict.items.iter().find(|item| item.id == *id).map(|item| item.achievement)
        };
        let kept = after.items.iter().map(|item| &item.id);
        let removed = before.items.iter().map(|item| &item.id).filter(|id| of(after, id).is_none());
        let mut items: Vec<ItemChange> = kept
            .chain(removed)
            .map(|id| ItemChange { item: id.clone(), before: of(before, id), after: of(after, id) })
            .filter(|change| change.before != change.after)
            .collect();
        let sets = candidate.map(|definition| missing(definition, after)).unwrap_or_default();
        let mut missing = sets.into_iter().next().unwrap_or_default();
        let more = items.len().saturating_sub(MAX_ITEMS) + missing.len().saturating_sub(MAX_ITEMS);
        items.truncate(MAX_ITEMS);
        missing.truncate(MAX_ITEMS);
        Self { items, missing, more }
    }
}
