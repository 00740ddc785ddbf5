//! Counts that reports are made of, kept as learners are judged.
//!
//! Each enrolment has a [`Contribution`]: all that a report may say of it. It follows from the enrolment, the verdict, the timer and
//! the facts alone, so whatever changes them moves it, and an enrolment that is withdrawn, taken up again, moved to another
//! revision or merged is one case: what it added is taken away, what it adds now is added. The difference is appended to
//! `report_deltas` in the same transaction; [`fold_reports`] adds it to `report_totals` later. Both together are exact at every moment,
//! and nobody who judges learners of a run waits for another who does.

mod contribution;
mod deltas;
mod fold;
mod recount;
mod writing;

pub(crate) use contribution::Contribution;
pub use deltas::Measure;
pub use fold::fold_reports;
pub use recount::recount_reports;
pub(crate) use writing::{Contributions, kept};
