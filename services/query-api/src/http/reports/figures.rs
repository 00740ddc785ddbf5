//! Figures from counts.

use std::collections::BTreeMap;

use lp_progress_store::read::{Count, Measure};
use serde::Serialize;
use utoipa::ToSchema;

/// Learners by how they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Active, suspended, withdrawn, ended.
    pub(super) standings: [i64; 4],
    /// Who started, those who completed among them.
    pub(super) started: i64,
    /// Who completed, by days.
    pub(super) days: BTreeMap<i32, i64>,
}

impl Tally {
    pub(super) const MEASURES: [Measure; 3] = [Measure::Enrolled, Measure::Started, Measure::Days];

    pub(super) fn of<'a>(counts: impl IntoIterator<Item = &'a Count>) -> Self {
        let mut tally = Self::default();
        counts.into_iter().for_each(|count| tally.add(count));
        tally
    }

    /// Takes in a count, if it is one of [`Self::MEASURES`].
    pub(super) fn add(&mut self, count: &Count) {
        match count.measure {
            Measure::Enrolled => {
                let standing = usize::try_from(count.point).ok();
                if let Some(learners) = standing.and_then(|standing| self.standings.get_mut(standing)) {
                    *learners += count.learners;
                }
            }
            Measure::Started => self.started += count.learners,
            Measure::Days => *self.days.entry(count.point).or_default() += count.learners,
            _ => {}
        }
    }

    /// By the parts that the counts are of.
    pub(super) fn by_part(counts: &[Count]) -> BTreeMap<i64, Self> {
        let mut tallies: BTreeMap<i64, Self> = BTreeMap::new();
        for count in counts.iter().filter(|count| Self::MEASURES.contains(&count.measure)) {
            tallies.entry(count.part).or_default().add(count);
        }
        tallies
    }

    pub(super) fn enrolled(&self) -> i64 {
        self.standings.iter().sum()
    }

    pub(super) fn completed(&self) -> i64 {
        self.days.values().sum()
    }
}

/// Quartiles of whole days from the beginning of the attempt to the completion, both as days of UTC; between two learners by
/// their mean in proportion, as `percentile_cont` of SQL has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(super) struct DaysToComplete {
    /// A quarter took this or less.
    #[schema(example = 12.0)]
    lower_quartile: f64,
    /// Half of them did.
    #[schema(example = 30.5)]
    median: f64,
    /// Three quarters did.
    #[schema(example = 61.0)]
    upper_quartile: f64,
}

impl DaysToComplete {
    /// `None` when nobody completed.
    pub(super) fn of(days: &BTreeMap<i32, i64>) -> Option<Self> {
        let quantile = |quarters| quantile(days, quarters);
        Some(Self { lower_quartile: quantile(1)?, median: quantile(2)?, upper_quartile: quantile(3)? })
    }
}

fn quantile(days: &BTreeMap<i32, i64>, quarters: i64) -> Option<f64> {
    let last = days.values().sum::<i64>().checked_sub(1).filter(|last| *last >= 0)?;
    let (place, rest) = (last * quarters / 4, last * quarters % 4);
    let below = f64::from(at(days, place)?);
    let above = f64::from(at(days, (place + 1).min(last))?);
    #[expect(clippy::cast_precision_loss, reason = "0 to 3")]
    Some(below + (above - below) * rest as f64 / 4.0)
}

/// The days of the learner at this place, from 0, of all by their days.
fn at(days: &BTreeMap<i32, i64>, place: i64) -> Option<i32> {
    let mut before = 0;
    days.iter().find_map(|(days, learners)| {
        before += learners;
        (place < before).then_some(*days)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the definition, over a sorted list.
    fn by_hand(sorted: &[i32], share: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a short list")]
        let place = (sorted.len() - 1) as f64 * share;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a short list")]
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let (below_days, above_days) = (f64::from(sorted[below]), f64::from(sorted[above]));
        below_days + (above_days - below_days) * (place - place.floor())
    }

    proptest! {
        #[test]
        fn quartiles_are_those_of_the_sorted_list(mut list in proptest::collection::vec(0..400_i32, 1..60)) {
            list.sort_unstable();
            let mut days = BTreeMap::new();
            for one in &list {
                *days.entry(*one).or_default() += 1;
            }
            let found = DaysToComplete::of(&days).unwrap();
            for (found, share) in
                [(found.lower_quartile, 0.25), (found.median, 0.5), (found.upper_quartile, 0.75)]
            {
                prop_assert!((found - by_hand(&list, share)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn of_nobody_there_are_none() {
        assert_eq!(DaysToComplete::of(&BTreeMap::new()), None);
    }
}
