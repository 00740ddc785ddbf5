//! Which learners of a run, and in which order.

use chrono::{DateTime, Utc};

/// Which learners of a run; an empty one means all. What it says must all hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RosterFilter {
    /// Enrolments in one of these states.
    pub states: Option<Vec<String>>,
    /// Achievements, as the table numbers them: 0 not started, 1 in progress, 2 completed.
    pub achievements: Option<Vec<i16>>,
    /// States of the completion that the world was told of, or `none`.
    pub completions: Option<Vec<String>>,
    /// States of its award now, or `none`.
    pub awards: Option<Vec<String>>,
    /// How they stand to the run's dates now.
    pub times: Option<Vec<String>>,
    /// The revision that they are judged by.
    pub revision: Option<i32>,
    /// Their attempt.
    pub attempt: Option<i32>,
    /// Progress of at least this.
    pub least_progress: Option<f64>,
    /// Progress of at most this.
    pub most_progress: Option<f64>,
    /// No fact about anything that the run consists of is dated at or after this.
    pub no_fact_since: Option<DateTime<Utc>>,
    /// Text that the full name, the username or the e-mail has in it, whatever the case.
    pub search: Option<String>,
    /// The username, whatever the case.
    pub username: Option<String>,
    /// The e-mail, whatever the case.
    pub email: Option<String>,
}

impl RosterFilter {
    /// Whether it needs names.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        self.search.is_some() || self.username.is_some() || self.email.is_some()
    }
}

/// What learners are sorted by; what is not known comes before all that is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RosterSort {
    /// The LMS user id.
    #[default]
    LearnerId,
    /// The progress.
    Progress,
    /// The grade.
    Grade,
    /// When the rule was met.
    CompletedAt,
    /// When they were first enrolled.
    EnrolledAt,
    /// When they were last judged otherwise, or their enrolment changed.
    UpdatedAt,
    /// The full name, without case.
    Name,
}

impl RosterSort {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::LearnerId,
        Self::Progress,
        Self::Grade,
        Self::CompletedAt,
        Self::EnrolledAt,
        Self::UpdatedAt,
        Self::Name,
    ];

    /// Its word, wherever it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::LearnerId => "learner_id",
            Self::Progress => "progress",
            Self::Grade => "grade",
            Self::CompletedAt => "completed_at",
            Self::EnrolledAt => "enrolled_at",
            Self::UpdatedAt => "updated_at",
            Self::Name => "name",
        }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

/// The order of a roster; equals follow by their LMS user ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RosterOrder {
    /// By what.
    pub sort: RosterSort,
    /// Which way.
    pub direction: Direction,
}

/// Where a row stands in a roster of one order: what follows compares greater, but names in a descending order.
#[derive(Debug, Clone, PartialEq)]
pub struct RosterPlace {
    /// What numbers and times make of it: negative where the greatest come first.
    pub key: f64,
    /// The beginning of the name in lower case, where it is sorted by names.
    pub name: String,
    /// The learner.
    pub learner_id: i64,
}
