//! How many came, began and finished.

use serde::Serialize;
use utoipa::ToSchema;

use super::figures::{DaysToComplete, Tally};
use super::min_group::MinGroup;

/// Learners whose present attempt began in the period, each once a run. A count that is hidden as it is of too few is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Summary {
    /// All who were ever enrolled, whether they still are or not: the sum of the next four.
    #[schema(example = 1200)]
    enrolled: Option<i64>,
    /// Who is enrolled now.
    #[schema(example = 900)]
    active: Option<i64>,
    /// Who is kept out for a while.
    suspended: Option<i64>,
    /// Who left, or was taken out.
    withdrawn: Option<i64>,
    /// Whose enrolment ended with the run.
    ended: Option<i64>,
    /// Of all enrolled, those of whom some fact counts; completions among them.
    #[schema(example = 800)]
    started: Option<i64>,
    /// Of all enrolled, those whose completion stands: made by the rule or told to the world, and not taken back.
    #[schema(example = 300)]
    completed: Option<i64>,
    /// `completed` divided by `enrolled`; null when nobody is enrolled, or when either is hidden.
    #[schema(minimum = 0, maximum = 1, example = 0.25)]
    completion_rate: Option<f64>,
    /// How long those took who completed; null when nobody did, or when it is hidden how many. Work of before the enrolment
    /// counts from the day of enrolment: 0 days.
    days_to_complete: Option<DaysToComplete>,
    /// Whether anything is hidden.
    suppressed: bool,
}

impl Summary {
    pub(super) fn of(tally: &Tally, min_group: MinGroup) -> Self {
        let (enrolled, completed) = (tally.enrolled(), tally.completed());
        if min_group.hides(enrolled) {
            return Self::hidden();
        }
        let standings = min_group.parts(&tally.standings);
        // Who has not started, who is on the way, who is done: what is known of one follows from the other two.
        let steps = min_group.parts(&[enrolled - tally.started, tally.started - completed, completed]);
        let shown = |parts: &[Option<i64>], at: usize| parts.get(at).copied().flatten();
        let mut summary = Self {
            enrolled: Some(enrolled),
            active: shown(&standings, 0),
            suspended: shown(&standings, 1),
            withdrawn: shown(&standings, 2),
            ended: shown(&standings, 3),
            started: shown(&steps, 0).map(|not_started| enrolled - not_started),
            completed: shown(&steps, 2),
            #[expect(clippy::cast_precision_loss, reason = "learners are far fewer than 2^52")]
            completion_rate: (enrolled > 0).then(|| completed as f64 / enrolled as f64),
            days_to_complete: DaysToComplete::of(&tally.days),
            suppressed: false,
        };
        summary.settle();
        summary
    }

    fn hidden() -> Self {
        Self {
            enrolled: None,
            active: None,
            suspended: None,
            withdrawn: None,
            ended: None,
            started: None,
            completed: None,
            completion_rate: None,
            days_to_complete: None,
            suppressed: true,
        }
    }

    fn counts(&mut self) -> [&mut Option<i64>; 7] {
        [
            &mut self.enrolled,
            &mut self.active,
            &mut self.suspended,
            &mut self.withdrawn,
            &mut self.ended,
            &mut self.started,
            &mut self.completed,
        ]
    }

    /// What follows from what is hidden is hidden too.
    fn settle(&mut self) {
        self.suppressed = self.counts().iter().any(|count| count.is_none());
        if self.enrolled.is_none() || self.completed.is_none() {
            self.completion_rate = None;
        }
        if self.completed.is_none() {
            self.days_to_complete = None;
        }
    }

    /// A whole beside parts that are shown elsewhere: a count is shown only if those parts of which it is hidden are several, and
    /// not too few together, so that it tells of none of them.
    pub(super) fn of_parts(whole: &Tally, parts: &[&Tally], min_group: MinGroup) -> Self {
        let mut summary = Self::of(whole, min_group);
        let mut parts: Vec<(Self, Self)> = parts
            .iter()
            .map(|part| (Self::of(part, min_group), Self::of(part, MinGroup::default())))
            .collect();
        for at in 0..summary.counts().len() {
            let hidden: Vec<i64> = parts
                .iter_mut()
                .filter_map(|(shown, open)| (*open.counts()[at]).filter(|_| shown.counts()[at].is_none()))
                .collect();
            if !hidden.is_empty() && (hidden.len() == 1 || min_group.hides(hidden.iter().sum())) {
                *summary.counts()[at] = None;
            }
        }
        summary.settle();
        summary
    }

    /// Parts of one whole: a count that is hidden in one, or in the whole, is hidden in all, so that it does not follow from
    /// the others.
    pub(super) fn level(mut whole: Self, parts: &mut [&mut Self]) {
        for at in 0..whole.counts().len() {
            if whole.counts()[at].is_none() || parts.iter_mut().any(|one| one.counts()[at].is_none()) {
                for one in parts.iter_mut() {
                    *one.counts()[at] = None;
                }
            }
        }
        for one in parts.iter_mut() {
            one.settle();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(standings: [i64; 4], started: i64, completed: i64) -> Tally {
        Tally { standings, started, days: [(10, completed)].into() }
    }

    #[test]
    fn a_group_that_is_too_small_says_nothing() {
        let summary = Summary::of(&tally([3, 0, 0, 0], 2, 1), MinGroup::new(5));
        assert_eq!(summary, Summary::hidden());
        let open = Summary::of(&tally([3, 0, 0, 0], 2, 1), MinGroup::default());
        assert_eq!((open.enrolled, open.completed, open.suppressed), (Some(3), Some(1), false));
    }

    #[test]
    fn few_completions_are_hidden_and_so_are_those_who_are_on_the_way() {
        let summary = Summary::of(&tally([100, 0, 0, 0], 40, 2), MinGroup::new(5));
        assert_eq!((summary.enrolled, summary.started, summary.completed), (Some(100), Some(40), None));
        assert_eq!((summary.completion_rate, summary.days_to_complete), (None, None));
        // All but two: they are as few.
        let summary = Summary::of(&tally([100, 0, 0, 0], 100, 98), MinGroup::new(5));
        assert_eq!((summary.completed, summary.completion_rate), (None, None));
    }

    #[test]
    fn what_is_hidden_in_one_part_is_hidden_in_all() {
        let five = MinGroup::new(5);
        let whole = Summary::of(&tally([200, 0, 0, 0], 90, 32), five);
        let mut few = Summary::of(&tally([100, 0, 0, 0], 40, 2), five);
        let mut many = Summary::of(&tally([100, 0, 0, 0], 50, 30), five);
        Summary::level(whole, &mut [&mut few, &mut many]);
        assert_eq!((many.enrolled, many.completed, many.suppressed), (Some(100), None, true));
        assert_eq!((many.completion_rate, many.days_to_complete), (None, None));
    }

    #[test]
    fn a_whole_tells_nothing_of_its_only_small_part_but_of_several_together() {
        let five = MinGroup::new(5);
        let (large, small, other) =
            (tally([100, 0, 0, 0], 50, 30), tally([3, 0, 0, 0], 2, 1), tally([4, 0, 0, 0], 0, 0));
        let whole = Summary::of_parts(&tally([103, 0, 0, 0], 52, 31), &[&large, &small], five);
        assert_eq!((whole.enrolled, whole.active, whole.completed), (None, None, None));
        let whole = Summary::of_parts(&tally([107, 0, 0, 0], 52, 31), &[&large, &small, &other], five);
        // Seven are enough together; of one who finished and two who began, as many are still too few.
        assert_eq!((whole.enrolled, whole.started, whole.completed), (Some(107), None, None));
    }
}
