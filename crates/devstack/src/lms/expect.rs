//! What must come of the stories.

use chrono::{DateTime, Utc};

/// The state that must be reached for one learner in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The LMS user id.
    pub learner: i64,
    /// The path run's key.
    pub run_key: String,
    /// Whether the rule is met, and since when.
    pub completed_at: Option<DateTime<Utc>>,
    /// What stands of the award.
    pub award: Award,
}

/// What stands of an award.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Award {
    /// There is none, and never was.
    None,
    /// There is one, and it stands.
    Valid,
    /// There is one, taken back.
    Revoked,
}

/// How many of a run's courses must be passed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// All.
    All,
    /// So many.
    AtLeast(usize),
}

/// One of the simulation's runs.
pub(super) struct Run {
    pub(super) key: &'static str,
    pub(super) rule: Rule,
    /// A completion is taken back when a course of it is failed later.
    pub(super) revocable: bool,
    /// The numbers of its courses.
    pub(super) courses: &'static [usize],
}

/// What a learner did in one course.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passed {
    /// When it was first passed.
    pub(super) first: Option<DateTime<Utc>>,
    /// It was failed after that, and stayed so.
    pub(super) failed_since: bool,
}

impl Run {
    /// The date on which enough courses were passed.
    pub(super) fn completed_at(&self, courses: &[Passed], after_regrades: bool) -> Option<DateTime<Utc>> {
        let mut dates: Vec<DateTime<Utc>> = self
            .courses
            .iter()
            .map(|course| courses[*course])
            .filter(|passed| !(self.revocable && after_regrades && passed.failed_since))
            .filter_map(|passed| passed.first)
            .collect();
        dates.sort_unstable();
        let needed = match self.rule {
            Rule::All => self.courses.len(),
            Rule::AtLeast(k) => k,
        };
        dates.get(needed - 1).copied()
    }

    pub(super) fn expected(&self, learner: i64, courses: &[Passed], after_regrades: bool) -> Expected {
        let before = self.completed_at(courses, false);
        let completed_at = self.completed_at(courses, after_regrades);
        let award = match (before, completed_at) {
            (None, _) => Award::None,
            (Some(_), Some(_)) => Award::Valid,
            (Some(_), None) => Award::Revoked,
        };
        Expected { learner, run_key: self.key.to_owned(), completed_at, award }
    }
}
