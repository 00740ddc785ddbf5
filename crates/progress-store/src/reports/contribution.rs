//! What one enrolment adds to the counts of its run.

use chrono::NaiveDate;
use lp_domain::{
    Achievement, Definition, EnrolmentState, LearnerFacts, Node, TimeStatus, Timestamp, Verdict,
};

use super::deltas::Measure;
use crate::catalogue::Run;
use crate::judgement::{Judged, Judgement};

/// All that reports may say of one enrolment. Days are those of UTC; of an enrolment that was taken up afresh only the present
/// attempt is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contribution {
    /// The revision that it is judged by.
    pub(crate) revision: i32,
    /// The day on which the attempt began. None of the days below is before it: what was done earlier counts from then on.
    pub(crate) enrolled_on: NaiveDate,
    /// Active, suspended, withdrawn, ended: 0 to 3.
    pub(crate) standing: i16,
    /// The day of the earliest fact that is known, once some fact counts.
    pub(crate) started_on: Option<NaiveDate>,
    /// The day of the completion, as long as it stands.
    pub(crate) completed_on: Option<NaiveDate>,
    /// The day of the newest fact, or of the beginning, of whoever is active in a run that has not closed, and has not completed it.
    pub(crate) last_on: Option<NaiveDate>,
    /// Whether such a learner is overdue.
    pub(crate) late: bool,
    /// The place of the item that such a learner who has started comes to next.
    pub(crate) next_item: Option<i32>,
    /// A digit an item: not started, in progress, completed.
    pub(crate) items: String,
}

impl Contribution {
    /// Of whoever is only invited nothing is counted.
    pub(super) fn of(one: &Judged, run: &Run, facts: &LearnerFacts, judgement: &Judgement) -> Option<Self> {
        let standing = match one.enrolment.state {
            EnrolmentState::Pending => return None,
            EnrolmentState::Active => 0,
            EnrolmentState::Suspended => 1,
            EnrolmentState::Withdrawn => 2,
            EnrolmentState::Ended => 3,
        };
        let definition = run.definition(judgement.revision)?;
        let (verdict, status) = (&judgement.verdict, judgement.timer.status);
        let enrolled_on = day(one.enrolment.attempt_started_at);
        let within = |at: Timestamp| day(at).max(enrolled_on);
        let known = || definition.contexts().filter_map(|context| facts.get(context));
        let completed_on = judgement.completed_at.map(within);
        let has_started = completed_on.is_some() || verdict.achievement != Achievement::NotStarted;
        let started_on = has_started.then(|| {
            let first =
                known().filter_map(lp_domain::ContextFacts::first_at).min().map_or(enrolled_on, within);
            completed_on.map_or(first, |completed| first.min(completed))
        });
        let is_open = standing == 0 && completed_on.is_none() && status != TimeStatus::Closed;
        let last_on = is_open
            .then(|| known().filter_map(lp_domain::ContextFacts::last_at).max().map_or(enrolled_on, within));
        let next_item = (is_open && has_started).then(|| next_item(definition, verdict)).flatten();
        Some(Self {
            revision: judgement.revision.cast_signed(),
            enrolled_on,
            standing,
            started_on,
            completed_on,
            last_on,
            late: is_open && status == TimeStatus::Overdue,
            next_item: next_item.and_then(|place| i32::try_from(place).ok()),
            items: verdict.items.iter().map(|item| digit(item.achievement)).collect(),
        })
    }

    /// Every count that it is in, but for those of items that `other` is in too.
    pub(super) fn cells(&self, other: Option<&Self>, mut add: impl FnMut(Measure, NaiveDate, i32)) {
        let began = self.enrolled_on;
        add(Measure::Enrolled, began, self.standing.into());
        if let Some(started_on) = self.started_on {
            add(Measure::Started, began, 0);
            add(Measure::StartedOn, started_on, 0);
        }
        if let Some(completed_on) = self.completed_on {
            add(Measure::CompletedOn, completed_on, 0);
            let days = completed_on.signed_duration_since(began).num_days();
            add(Measure::Days, began, i32::try_from(days).unwrap_or(i32::MAX));
        }
        if let Some(last_on) = self.last_on {
            add(Measure::Open, last_on, self.late.into());
        }
        if let Some(next) = self.next_item {
            add(Measure::NextItem, began, next);
        }
        let same = other.filter(|other| (other.revision, other.enrolled_on) == (self.revision, began));
        let before = same.map_or(&[][..], |same| same.items.as_bytes());
        for ((place, item), at) in self.items.bytes().enumerate().zip(0..) {
            if before.get(place) == Some(&item) {
                continue;
            }
            if item != b'0' {
                add(Measure::ItemStarted, began, at);
            }
            if item == b'2' {
                add(Measure::ItemCompleted, began, at);
            }
        }
    }
}

fn day(at: Timestamp) -> NaiveDate {
    at.get().date_naive()
}

fn digit(achievement: Achievement) -> char {
    match achievement {
        Achievement::NotStarted => '0',
        Achievement::InProgress => '1',
        Achievement::Completed => '2',
    }
}

/// The place of the first item, in the order of the requirement, that is still asked for and not locked. It tells where many
/// stand, and costs one walk; `lp_domain::next_item` advises one learner, and weighs all ways to completion.
fn next_item(definition: &Definition, verdict: &Verdict) -> Option<usize> {
    first_open(&definition.requirement, &mut 0, true, definition, verdict)
}

/// `at` is the node's place in the verdict, and goes on by its whole subtree.
fn first_open(
    node: &Node,
    at: &mut usize,
    wanted: bool,
    definition: &Definition,
    verdict: &Verdict,
) -> Option<usize> {
    let judged = verdict.nodes.get(*at);
    *at += 1;
    let mut wanted = wanted && judged.is_some_and(|judged| judged.achievement != Achievement::Completed);
    if let Node::Item(id) = node {
        let place = || definition.items.iter().position(|item| item.id == *id);
        return wanted
            .then(place)
            .flatten()
            .filter(|place| verdict.items.get(*place).is_some_and(|item| !item.locked));
    }
    let mut found = None;
    for child in node.children() {
        found = found.or(first_open(child, at, wanted, definition, verdict));
        wanted &= found.is_none();
    }
    found
}
