//! A right file, written into the progress database.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use lp_domain::{LearnerId, RevisionPolicy, RunKey, Timestamp};
use lp_progress_store::{Catalogue, Enrolled, Published};
use sqlx::{PgConnection, PgPool};

use super::document::{Document, Path};
use super::problems::Problems;

/// Learners enrolled in one transaction: the consumer waits for their locks.
const BATCH: usize = 200;

/// What was done, or would be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// Paths that are new or changed.
    pub(crate) paths: Vec<String>,
    /// What became of each run.
    pub(crate) runs: Vec<(RunKey, String)>,
    /// Enrolments that are new, and that were there, by run.
    pub(crate) enrolments: BTreeMap<RunKey, (usize, usize)>,
    /// Runs whose learners are judged by another rule than before.
    pub(crate) judge_anew: Vec<RunKey>,
}

impl Done {
    /// Whether the database was, or would be, changed.
    pub(crate) fn is_nothing(&self) -> bool {
        self.paths.is_empty()
            && self.runs.iter().all(|(_, what)| what == "unchanged")
            && self.enrolments.values().all(|(new, _)| *new == 0)
    }
}

/// Writes paths and runs in one transaction, then enrolments in small ones.
pub(crate) async fn apply(pool: &PgPool, document: &Document, now: Timestamp) -> anyhow::Result<Done> {
    let mut done = Done::default();
    let mut tx = pool.begin().await?;
    catalogue(&mut tx, document, &mut done).await?;
    tx.commit().await.context("paths and runs were not written")?;
    let mut catalogue = Catalogue::default();
    for batch in by_learner(document, now).chunks(BATCH) {
        let mut tx = pool.begin().await?;
        enrol(&mut tx, &mut catalogue, batch, now, &mut done).await?;
        tx.commit().await.context("not all learners were enrolled; run the import again")?;
    }
    Ok(done)
}

/// Does all of it and takes it back.
pub(crate) async fn dry_run(pool: &PgPool, document: &Document, now: Timestamp) -> anyhow::Result<Done> {
    let mut done = Done::default();
    let mut tx = pool.begin().await?;
    catalogue(&mut tx, document, &mut done).await?;
    enrol(&mut tx, &mut Catalogue::default(), &by_learner(document, now), now, &mut done).await?;
    tx.rollback().await?;
    Ok(done)
}

async fn catalogue(conn: &mut PgConnection, document: &Document, done: &mut Done) -> anyhow::Result<()> {
    for path in &document.paths {
        put_path(conn, path, done).await?;
        for run in &path.runs {
            let about = &path.about;
            let published = lp_progress_store::put_run(
                conn,
                &run.key,
                &about.organisation,
                &about.number,
                &run.policy,
                &run.definition,
            )
            .await?;
            let mut what = match published {
                Published::Run => "new, revision 1".to_owned(),
                Published::Revision(revision) => format!("revision {revision} published"),
                Published::Policy => "policy changed".to_owned(),
                Published::Unchanged => "unchanged".to_owned(),
            };
            let by_another_rule = match published {
                Published::Revision(_) => run.policy.revision == RevisionPolicy::Following,
                Published::Policy => true,
                Published::Run | Published::Unchanged => false,
            };
            if by_another_rule {
                done.judge_anew.push(run.key.clone());
            }
            if lp_progress_store::archive_run(conn, &run.key, run.archived).await? {
                what = format!("{what}, {}", if run.archived { "archived" } else { "restored" });
            }
            done.runs.push((run.key.clone(), what));
        }
    }
    every_run_is_known(conn, document).await
}

async fn put_path(conn: &mut PgConnection, path: &Path, done: &mut Done) -> anyhow::Result<()> {
    let about = &path.about;
    let mut details = serde_json::to_value(about)?;
    if let Some(details) = details.as_object_mut() {
        for named in ["organisation", "number", "title"] {
            details.remove(named);
        }
    }
    let path = lp_progress_store::Path {
        org: about.organisation.clone(),
        number: about.number.clone(),
        title: about.title.clone(),
        details,
    };
    if lp_progress_store::put_path(conn, &path).await? {
        done.paths.push(format!("{}+{}", path.org, path.number));
    }
    Ok(())
}

async fn every_run_is_known(conn: &mut PgConnection, document: &Document) -> anyhow::Result<()> {
    let catalogue = Catalogue::load(conn).await?;
    let mut problems = Problems::default();
    for enrolments in document.enrolments.iter().filter(|one| catalogue.run_by_key(&one.run).is_none()) {
        problems.add(
            format!("{}/run", enrolments.pointer),
            format!("there is no run {}, neither in this file nor imported before", enrolments.run),
        );
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// Ordered by learner, as everybody who takes learners' locks must.
fn by_learner(document: &Document, now: Timestamp) -> Vec<(LearnerId, RunKey, Timestamp)> {
    let all = document.enrolments.iter().flat_map(|enrolments| {
        let at = enrolments.enrolled_at.unwrap_or(now);
        enrolments.learners.iter().map(move |learner| (*learner, enrolments.run.clone(), at))
    });
    let ordered: BTreeSet<_> = all.collect();
    let mut ordered: Vec<_> = ordered.into_iter().collect();
    // Named twice in a run: the earliest date holds.
    ordered.dedup_by(|later, first| (&later.0, &later.1) == (&first.0, &first.1));
    ordered
}

async fn enrol(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    batch: &[(LearnerId, RunKey, Timestamp)],
    now: Timestamp,
    done: &mut Done,
) -> anyhow::Result<()> {
    for (learner, run, at) in batch {
        let (enrolled, _) = lp_progress_store::enrol(conn, catalogue, run, *learner, *at, now).await?;
        let (new, already) = done.enrolments.entry(run.clone()).or_default();
        match enrolled {
            Enrolled::Now => *new += 1,
            Enrolled::Already => *already += 1,
        }
    }
    Ok(())
}
