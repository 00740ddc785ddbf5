//! Facts held against what the LMS itself has of the learners of a run: a check, whatever crashes, and what it found, which is
//! recorded on demand.
//!
//! What differs at first sight may only be on its way: an account in a course is looked at again after a while, and what
//! differs in the same way then is a gap.

mod check;
mod compare;
mod heal;
mod pairs;
mod read;

pub use check::{NewGapCheck, cancel_gap_check, create_gap_check, heal_gap_check, start_gap_check};
pub use compare::{Told, keep_told};
pub use heal::{Healed, heal_next};
pub use pairs::{WantedPair, WantedPairs, end_pair, next_pairs, put_off_pair};
pub use read::{
    GapCheck, GapCount, GapFilter, GapFinding, GapProgress, GapState, gap_findings, gap_progress,
    get_gap_check, list_gap_checks,
};

/// What the audit log calls a check.
fn target(check_id: uuid::Uuid) -> String {
    format!("gap-check:{check_id}")
}
