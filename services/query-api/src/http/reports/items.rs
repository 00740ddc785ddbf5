//! The funnel over a run's items.

use std::collections::BTreeMap;

use lp_domain::ItemId;
use lp_progress_store::read::{Count, Measure, ReportedRun};
use serde::Serialize;
use utoipa::ToSchema;

use super::figures::Tally;
use super::min_group::MinGroup;

/// How far learners came with one item. A count that is hidden is null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportedItem)]
pub(super) struct ItemFigures {
    /// The item's id within the definition.
    #[schema(example = "sql")]
    id: String,
    /// Its title in the latest revision that has it.
    #[schema(example = "Tables and queries")]
    title: String,
    /// Learners of the period, ever enrolled, who are judged by a revision that has it.
    learners: Option<i64>,
    /// Those of them who have some fact in it.
    started: Option<i64>,
    /// Those of them who have completed it.
    completed: Option<i64>,
    /// Learners of the period who are active now in a run that has not closed, have started the run, have not completed
    /// it, and come to this item next: the first, in the order of the requirement, that is asked for and not locked.
    waiting: Option<i64>,
}

/// At most so many items are named as bottlenecks.
const BOTTLENECKS: usize = 3;

#[derive(Default)]
struct Counted<'a> {
    title: &'a str,
    learners: i64,
    started: i64,
    completed: i64,
    waiting: i64,
}

/// Items of all revisions of which learners are counted, those of the latest first, and the ids of those at which most wait.
pub(super) fn items(
    run: &ReportedRun,
    counts: &[Count],
    min_group: MinGroup,
) -> (Vec<ItemFigures>, Vec<String>) {
    let tallies = Tally::by_part(counts);
    let mut order: Vec<&ItemId> = Vec::new();
    let mut found: BTreeMap<&ItemId, Counted<'_>> = BTreeMap::new();
    for (revision, definition) in run.definitions.iter().rev() {
        let Some(tally) = tallies.get(&i64::from(*revision)) else { continue };
        for item in &definition.items {
            let counted = found.entry(&item.id).or_insert_with(|| {
                order.push(&item.id);
                Counted { title: &item.title, ..Counted::default() }
            });
            counted.learners += tally.enrolled();
        }
    }
    for count in counts {
        let item = || {
            let definition = run.definitions.get(&i32::try_from(count.part).ok()?)?;
            definition.items.get(usize::try_from(count.point).ok()?)
        };
        if !matches!(count.measure, Measure::ItemStarted | Measure::ItemCompleted | Measure::NextItem) {
            continue;
        }
        let Some(counted) = item().and_then(|item| found.get_mut(&item.id)) else { continue };
        match count.measure {
            Measure::ItemStarted => counted.started += count.learners,
            Measure::ItemCompleted => counted.completed += count.learners,
            _ => counted.waiting += count.learners,
        }
    }
    let waiting: Vec<i64> =
        order.iter().map(|id| found.get(id).map_or(0, |counted| counted.waiting)).collect();
    let shown = min_group.parts(&waiting);
    let figures: Vec<ItemFigures> = order
        .iter()
        .zip(&shown)
        .filter_map(|(id, waiting)| Some(found.get(id)?.figures(id, *waiting, min_group)))
        .collect();
    (figures, bottlenecks(&order, &shown))
}

impl Counted<'_> {
    fn figures(&self, id: &ItemId, waiting: Option<i64>, min_group: MinGroup) -> ItemFigures {
        let Self { title, learners, started, completed, .. } = *self;
        let steps = [learners - started, started - completed, completed];
        let steps = if min_group.hides(learners) { vec![None; 3] } else { min_group.parts(&steps) };
        let shown = |at: usize| steps.get(at).copied().flatten();
        ItemFigures {
            id: id.to_string(),
            title: title.to_owned(),
            learners: Some(learners).filter(|learners| !min_group.hides(*learners)),
            started: shown(0).map(|not_started| learners - not_started),
            completed: shown(2),
            waiting,
        }
    }
}

/// The items at which most wait, of those of which it is shown how many.
fn bottlenecks(order: &[&ItemId], waiting: &[Option<i64>]) -> Vec<String> {
    let mut most: Vec<(i64, &ItemId)> = order
        .iter()
        .zip(waiting)
        .filter_map(|(id, waiting)| Some((waiting.filter(|waiting| *waiting > 0)?, *id)))
        .collect();
    // Stable: of equal ones the first.
    most.sort_by_key(|(waiting, _)| std::cmp::Reverse(*waiting));
    most.into_iter().take(BOTTLENECKS).map(|(_, id)| id.to_string()).collect()
}
