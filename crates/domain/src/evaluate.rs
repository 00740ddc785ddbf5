//! From a definition and facts to a verdict.

use std::collections::HashMap;

use chrono::Months;

use crate::assign::{Serving, assign};
use crate::definition::{Definition, Item, ItemId};
use crate::enrolment::Enrolment;
use crate::evidence::Judge;
use crate::facts::{ContextFacts, LearnerFacts};
use crate::ids::{ContextKey, Ratio, Timestamp};
use crate::policy::{PriorWork, Regression, RunPolicy};
use crate::tree::{Walk, below_whole};
use crate::verdict::{Achievement, ItemVerdict, Verdict};

/// Judges `definition` for one learner, as of an instant, from nothing but the arguments.
///
/// Call [`Definition::check`] before: an item that the tree names but the definition lacks is never completed.
#[must_use]
pub fn evaluate(
    definition: &Definition,
    policy: &RunPolicy,
    enrolment: &Enrolment,
    facts: &LearnerFacts,
    as_of: Timestamp,
) -> Verdict {
    let judge = judge(policy, enrolment, as_of);
    let mut verdict = judged(definition, judge, facts);
    verdict.withdrawn = verdict.completed_at.is_none()
        && definition.contexts().any(|context| taken_back(context, facts))
        && judged(definition, Judge { as_granted: true, ..judge }, facts).completed_at.is_some();
    verdict
}

/// How evidence is judged under this policy.
pub(crate) fn judge(policy: &RunPolicy, enrolment: &Enrolment, as_of: Timestamp) -> Judge {
    Judge {
        ever: policy.regression == Regression::Sticky,
        not_before: not_before(policy.prior_work, enrolment.attempt_started_at),
        as_of,
        as_granted: false,
    }
}

/// The date before which work does not count.
fn not_before(prior_work: PriorWork, began: Timestamp) -> Option<Timestamp> {
    match prior_work {
        PriorWork::AnyTime => None,
        PriorWork::Since(instant) => Timestamp::try_from(instant).ok(),
        PriorWork::WithinMonths(months) => began
            .get()
            .checked_sub_months(Months::new(months.into()))
            .and_then(|instant| Timestamp::try_from(instant).ok()),
        PriorWork::AfterEnrolment => Some(began),
    }
}

fn taken_back(context: &ContextKey, facts: &LearnerFacts) -> bool {
    facts.get(context).and_then(|known| known.granted.as_ref()).is_some_and(|grant| !grant.value.granted)
}

fn judged(definition: &Definition, judge: Judge, facts: &LearnerFacts) -> Verdict {
    let index: HashMap<&ItemId, usize> =
        definition.items.iter().enumerate().map(|(at, item)| (&item.id, at)).collect();
    let known: Vec<Known> = definition.items.iter().map(|item| known(item, facts)).collect();
    let served: Vec<Option<Serving>> = if definition.no_double_counting {
        assign(definition, &index, |at| serving(judge, &definition.items[at], &known[at]).collect())
    } else {
        let items = definition.items.iter().zip(&known);
        // The earliest evidence serves; of equal dates, the first context named.
        items.map(|(item, known)| serving(judge, item, known).min_by_key(|(at, _)| *at)).collect()
    };
    let mut items: Vec<ItemVerdict> = definition
        .items
        .iter()
        .zip(known.iter().zip(served))
        .map(|(item, (known, served))| judged_item(judge, item, known, served))
        .collect();
    let walked = Walk::over(definition, &index, &mut items);
    Verdict {
        achievement: walked.root.achievement,
        progress: walked.root.progress,
        grade: walked.grade,
        completed_at: walked.root.completed_at,
        withdrawn: false,
        items,
        nodes: walked.nodes,
    }
}

/// What is known of an item's contexts, in the order in which they are named.
type Known<'a> = Vec<(&'a ContextKey, &'a ContextFacts)>;

fn known<'a>(item: &'a Item, facts: &'a LearnerFacts) -> Known<'a> {
    item.contexts().filter_map(|context| Some((context, facts.get(context)?))).collect()
}

/// The contexts whose evidence satisfies the item, with the date.
fn serving<'a>(
    judge: Judge,
    item: &Item,
    known: &[(&'a ContextKey, &ContextFacts)],
) -> impl Iterator<Item = Serving<'a>> {
    known.iter().filter_map(move |(context, known)| Some((judge.satisfied(item, known)?, *context)))
}

fn judged_item(
    judge: Judge,
    item: &Item,
    known: &[(&ContextKey, &ContextFacts)],
    served: Option<Serving<'_>>,
) -> ItemVerdict {
    let satisfied_by = served.map(|(_, context)| context);
    let grade_where = |serving: bool| {
        known
            .iter()
            .filter(|(context, _)| !serving || satisfied_by == Some(*context))
            .find_map(|(_, known)| judge.grade(known))
    };
    let (achievement, progress) = if served.is_some() {
        (Achievement::Completed, Ratio::ONE)
    } else if known.iter().any(|(_, known)| judge.begun(known)) {
        let parts = known.iter().map(|(_, known)| judge.part(&item.criterion, known));
        (Achievement::InProgress, below_whole(parts.fold(0.0, f64::max)))
    } else {
        (Achievement::NotStarted, Ratio::ZERO)
    };
    ItemVerdict {
        id: item.id.clone(),
        achievement,
        progress,
        grade: grade_where(true).or_else(|| grade_where(false)),
        completed_at: served.map(|(at, _)| at),
        satisfied_by: satisfied_by.cloned(),
        locked: false,
    }
}
