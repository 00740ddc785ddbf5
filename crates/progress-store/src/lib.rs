#![doc = include_str!("../README.md")]

mod admission;
pub mod authoring;
mod batch;
mod catalogue;
mod claims;
mod contexts;
mod counting;
mod enrolled;
mod enrolments;
mod error;
mod facts;
pub mod gaps;
pub mod grants;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod jobs;
mod journal;
mod judge;
mod judgement;
mod learners;
mod live;
mod merging;
mod migrate;
mod news;
mod outcome;
mod outgoing;
mod people;
mod plans;
pub mod plugin;
mod preview;
pub mod read;
mod rebuild;
mod recorded;
mod reports;
mod states;
mod tellings;
mod timers;
mod verdicts;

pub use lp_audit as audit;

pub use admission::{Admission, Admitted, admit};
pub use batch::apply;
pub use catalogue::{Catalogue, Run};
pub use claims::{Claim, ClaimKey};
pub use enrolments::{
    Again, Answer, EnrolmentInterval, EnrolmentRecord, EnrolmentRequest, Refusal, Wish, enrol, get_enrolment,
    list_enrolments,
};
pub use error::StoreError;
pub use merging::merge_learners;
pub use migrate::{Migrated, Migration, move_learners};
pub use outcome::Outcome;
pub use people::{Named, Who};
pub use preview::{
    Affected, Candidate, Content, Counts, Effect, ItemChange, Loss, Place, Portion, Standing, Whom, Why,
    preview, preview_total,
};
pub use rebuild::{Difference, digest, rebuild, rejudge};
pub use recorded::{NewFact, Recording, record_facts};
pub use reports::{fold_reports, recount_reports};
pub use tellings::{CourseTelling, FactTelling, ProfileTelling, RerunTelling, Tellings};
pub use timers::fire_timers;

/// The migrations of the progress database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Brings the progress database to the newest schema; safe to run by several at once.
///
/// # Errors
/// When a migration fails, or was changed after it had run.
pub async fn migrate(pool: &sqlx::PgPool) -> Result<(), sqlx::migrate::MigrateError> {
    MIGRATOR.run(pool).await
}
