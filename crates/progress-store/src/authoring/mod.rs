//! Paths, runs, drafts and revisions, as those write who manage them. Every change writes its audit row.

mod availability;
mod clone;
mod drafts;
mod error;
mod paths;
mod proposals;
mod put;
mod rejudgements;
mod revisions;
mod rules;
mod runs;

pub use availability::{ConcernedRun, UnavailableContext, list_unavailable, set_available, set_unavailable};
pub use clone::clone_run;
pub use drafts::{Draft, delete_draft, get_draft, publish_draft, put_draft};
pub use error::AuthoringError;
pub use paths::{ManagedPath, Path, archive_path, create_path, edit_path, get_path, list_paths};
pub(crate) use proposals::propose;
pub use proposals::{Proposal, dismiss_proposal, list_proposals};
pub use put::{Published, put_path, put_run};
pub use rejudgements::{postpone_rejudgement, rejudge_next};
pub use revisions::{Revision, get_revision, list_revisions};
pub use rules::{RunEdit, edit_run};
pub use runs::{ManagedRun, archive_run, create_run, get_run, list_runs};

use sqlx::PgConnection;

/// Which paths, or runs of them, a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of these organisations only; of all when not given.
    pub orgs: Option<Vec<String>>,
    /// Whose title, number or key has this text in it, whatever the case.
    pub search: Option<String>,
    /// Archived ones only, or only others; all when not given.
    pub archived: Option<bool>,
}

impl Selection {
    /// The pattern for `ILIKE`, in which nothing of the searched text stands for anything else.
    fn pattern(&self) -> Option<String> {
        let escaped = |text: &String| text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
        self.search.as_ref().map(|text| format!("%{}%", escaped(text)))
    }
}

/// Lets one author at a time change paths and runs, whichever and how many: with one lock for all, none waits for another in
/// a circle. Authors are few and quick; who reads, and who enrols learners, waits for none of them.
pub(crate) async fn lock_catalogue(conn: &mut PgConnection) -> Result<(), AuthoringError> {
    sqlx::query!("SELECT version FROM catalogue_version FOR UPDATE").fetch_one(conn).await?;
    Ok(())
}

/// Whoever keeps the catalogue in memory reads it again.
pub(crate) async fn raise_version(conn: &mut PgConnection) -> Result<(), AuthoringError> {
    sqlx::query!("UPDATE catalogue_version SET version = version + 1").execute(conn).await?;
    Ok(())
}
