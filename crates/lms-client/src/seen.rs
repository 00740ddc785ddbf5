use chrono::{DateTime, Utc};

/// What the LMS says of itself without a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    /// The moment before it was asked, after all waiting: what it says was not older than that.
    pub asked_at: DateTime<Utc>,
    /// What it says.
    pub told: T,
}

impl<T> Seen<T> {
    /// What is known without asking.
    pub(crate) fn now(told: T) -> Self {
        Self { asked_at: Utc::now(), told }
    }
}
