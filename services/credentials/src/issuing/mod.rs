//! Credentials for awards: what they say, how they stand, who signs them.

mod achievement;
mod badge;
mod by_hand;
mod definition;
mod jobs;
mod keys;
mod lists;
mod secrets;
mod site;
mod standing;
mod telling;
mod work;
mod worker;

pub use achievement::achievement;
pub use by_hand::{Answers, Became, Refusal, change, give};
pub use definition::{Alignment, Definition, IssuerProfile, Signatory};
pub use jobs::{run_jobs, work_on_a_job};
pub use keys::{KeyError, ensure_key, rotate_key};
pub use lists::{TTL as LIST_TTL, sign_lists};
pub use secrets::Secrets;
pub use site::Site;
pub use work::{Done, IssueError, issue_some};
pub use worker::{Pace, run};
