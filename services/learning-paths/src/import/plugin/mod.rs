//! `import --from-plugin`: what learning-paths-plugin keeps, as its clients know it.

mod enrolments;
mod invitations;
mod paths;
mod report;
mod source;
#[cfg(test)]
mod tests;

use anyhow::{Context as _, bail};
use lp_domain::{RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{get_path, get_run, put_path, put_run};
use lp_progress_store::plugin::{Kept, draw_after_kept, keep_path, keep_skill};
use lp_progress_store::{Catalogue, ClaimKey};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use paths::PluginPath;
use report::Report;
use source::Source;

/// Who does it, for the audit log.
const BY: By<'static> = By { actor: "import", request_id: None, reason: Some("from learning-paths-plugin") };

/// Brings all of it over: paths and runs in one transaction, then learners in small ones. Repeated, it brings what is new. `dry`: all
/// of it is done in one transaction, and taken back.
pub(crate) async fn import(
    pool: &PgPool,
    dsn: &str,
    claims: Option<&ClaimKey>,
    now: Timestamp,
    dry: bool,
) -> anyhow::Result<Report> {
    let (mut source, mut report) = (Source::open(dsn).await?, Report::default());
    let all = paths::read(&mut source, &mut report).await?;
    let mut target = Target { pool, taken_back: if dry { Some(pool.begin().await?) } else { None } };
    target.within(async |conn| catalogue(conn, &all, &mut report).await).await?;
    let mut catalogue = Catalogue::default();
    // An old release of the plugin left it behind: it knows when learners left.
    let has_history = source.has("learning_paths_historicallearningpathenrollment").await?;
    for path in &all.paths {
        let mut after = Some(0);
        while let Some(from) = after {
            let id = path.kept.plugin_path_id;
            let portion = enrolments::read(&mut source, id, from, has_history, &mut report).await?;
            let write = async |conn: &mut PgConnection| {
                enrolments::write(conn, &mut catalogue, &path.run, &portion, now, &mut report).await
            };
            target.within(write).await.context("broken off: run it again, it goes on from here")?;
            after = portion.after;
        }
        let invited = invitations::read(&mut source, path).await?;
        let write = async |conn: &mut PgConnection| {
            invitations::write(conn, &mut catalogue, path, &invited, claims, now, &mut report).await
        };
        target.within(write).await?;
    }
    if let Some(tx) = target.taken_back {
        tx.rollback().await?;
    }
    Ok(report)
}

/// Where it is written.
struct Target<'a> {
    pool: &'a PgPool,
    taken_back: Option<Transaction<'a, Postgres>>,
}

impl Target<'_> {
    async fn within(
        &mut self,
        write: impl AsyncFnOnce(&mut PgConnection) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if let Some(tx) = &mut self.taken_back {
            return write(tx).await;
        }
        let mut tx = self.pool.begin().await?;
        write(&mut tx).await?;
        Ok(tx.commit().await?)
    }
}

async fn catalogue(
    conn: &mut PgConnection,
    all: &paths::Catalogue,
    report: &mut Report,
) -> anyhow::Result<()> {
    for path in &all.paths {
        put(conn, path, report).await?;
    }
    for (id, name) in &all.skills {
        match keep_skill(conn, *id, name).await? {
            Kept::New => report.done("skills", 1),
            Kept::Already => report.done("skills that were here already", 1),
            Kept::Taken => {
                report.unmapped("skill: its number or name is another's here", format!("{id} ({name})"));
            }
        }
    }
    Ok(draw_after_kept(conn).await?)
}

/// Makes a path and its run where there is none. What is here is not changed: it may have been worked on since.
async fn put(conn: &mut PgConnection, one: &PluginPath, report: &mut Report) -> anyhow::Result<()> {
    let PluginPath { run, path, kept, definition } = one;
    match get_path(conn, &path.id).await? {
        None => {
            put_path(conn, &BY, path).await?;
            report.done("paths", 1);
        }
        Some(known) if known.path != *path => {
            report.unmapped("path: it says other things here, which stay", format!("{run}"));
        }
        Some(_) => report.done("paths that were here already", 1),
    }
    if get_run(conn, run).await?.is_some_and(|known| known.latest_revision > 0) {
        report.done("runs that were here already", 1);
    } else {
        put_run(conn, &BY, run, &RunPolicy::default(), definition).await?;
        report.done("runs", 1);
    }
    match keep_path(conn, run, kept).await? {
        Kept::New | Kept::Already => Ok(()),
        Kept::Taken => bail!(
            "{run} is number {} for the plugin's clients, and that number or its UUID is another run's here, or the run has \
             another: import before `serve plugin` sees runs of its own. Nothing was written",
            kept.plugin_path_id
        ),
    }
}
