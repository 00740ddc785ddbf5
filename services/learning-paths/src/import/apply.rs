//! A right file, written into the progress database.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail};
use lp_domain::{LearnerId, RunKey, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{
    Published, RunEdit, archive_run, create_run, edit_run, get_run, put_path, put_run,
};
use lp_progress_store::{Again, Answer, Catalogue, EnrolmentRequest, Wish};
use sqlx::{PgConnection, PgPool};

use super::document::{Document, Path, Run};
use super::problems::Problems;

/// Learners enrolled in one transaction: the consumer waits for their locks.
const BATCH: usize = 200;

/// Who does it, for the audit log.
const BY: By<'static> = By { actor: "import", request_id: None, reason: None };

/// What was done, or would be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// Paths that are new or changed.
    pub(crate) paths: Vec<String>,
    /// What became of each run.
    pub(crate) runs: Vec<(RunKey, String)>,
    /// Enrolments that are new, and that were there, by run.
    pub(crate) enrolments: BTreeMap<RunKey, (usize, usize)>,
}

impl Done {
    /// Whether the database was, or would be, changed.
    pub(crate) fn is_nothing(&self) -> bool {
        self.paths.is_empty()
            && self.runs.iter().all(|(_, what)| what == "unchanged")
            && self.enrolments.values().all(|(new, _)| *new == 0)
    }

    /// Says more of a run.
    fn of_run(&mut self, key: &RunKey, more: &str) {
        self.runs.iter_mut().filter(|(run, _)| run == key).for_each(|(_, what)| what.push_str(more));
    }
}

/// Writes paths and runs in one transaction, then enrolments in small ones; then runs are archived, which are open to their learners
/// until then.
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
    let mut tx = pool.begin().await?;
    archive(&mut tx, document, &mut done).await?;
    tx.commit().await.context("runs were not archived; run the import again")?;
    Ok(done)
}

/// Does all of it and takes it back.
pub(crate) async fn dry_run(pool: &PgPool, document: &Document, now: Timestamp) -> anyhow::Result<Done> {
    let mut done = Done::default();
    let mut tx = pool.begin().await?;
    catalogue(&mut tx, document, &mut done).await?;
    enrol(&mut tx, &mut Catalogue::default(), &by_learner(document, now), now, &mut done).await?;
    archive(&mut tx, document, &mut done).await?;
    tx.rollback().await?;
    Ok(done)
}

async fn catalogue(conn: &mut PgConnection, document: &Document, done: &mut Done) -> anyhow::Result<()> {
    for Path { path, runs } in &document.paths {
        if put_path(conn, &BY, path).await? {
            done.paths.push(path.id.to_string());
        }
        for run in runs {
            let new_dates = put_dates(conn, run).await?;
            let published = put_run(conn, &BY, &run.key, &run.policy, &run.definition).await?;
            let what = match published {
                Published::Run => "new, revision 1".to_owned(),
                Published::Revision(revision) => format!("revision {revision} published"),
                Published::Policy => "policy changed".to_owned(),
                Published::Unchanged => "unchanged".to_owned(),
            };
            done.runs.push((run.key.clone(), what));
            if new_dates {
                done.of_run(&run.key, ", dates changed");
            }
            if !run.archived {
                put_archived(conn, &run.key, false, done).await?;
            }
        }
    }
    every_run_is_known(conn, document).await
}

async fn archive(conn: &mut PgConnection, document: &Document, done: &mut Done) -> anyhow::Result<()> {
    for run in document.paths.iter().flat_map(|path| &path.runs).filter(|run| run.archived) {
        put_archived(conn, &run.key, true, done).await?;
    }
    Ok(())
}

/// Brings a run to its dates, a new one before anything of it is published; whether those of a known one were others.
async fn put_dates(conn: &mut PgConnection, run: &Run) -> anyhow::Result<bool> {
    let known = match get_run(conn, &run.key).await? {
        Some(known) => known,
        None => create_run(conn, &BY, &run.key, &run.policy).await?,
    };
    let edit = RunEdit { policy: None, schedule: Some(run.schedule.clone()) };
    let edited = edit_run(conn, &BY, &run.key, &edit, known.version).await?;
    Ok(known.latest_revision > 0 && edited.version != known.version)
}

/// Archives a run or restores it, and says so if that changed it.
async fn put_archived(
    conn: &mut PgConnection,
    key: &RunKey,
    archived: bool,
    done: &mut Done,
) -> anyhow::Result<()> {
    let before = get_run(conn, key).await?.map(|run| run.version);
    if before != Some(archive_run(conn, &BY, key, archived).await?.version) {
        done.of_run(key, if archived { ", archived" } else { ", restored" });
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
    let wish = Wish::Enrol(Again::Resumed);
    let requests: Vec<EnrolmentRequest> = batch
        .iter()
        .map(|(learner, run, at)| EnrolmentRequest { learner: *learner, run: run.clone(), wish, at: *at })
        .collect();
    let (answers, _) = lp_progress_store::enrol(conn, catalogue, &BY, &requests, now).await?;
    for (EnrolmentRequest { learner, run, .. }, answer) in requests.into_iter().zip(answers) {
        if let Answer::Refused(refusal) = answer {
            bail!("learner {learner} cannot be enrolled in {run}: {refusal}");
        }
        let (new, already) = done.enrolments.entry(run).or_default();
        if matches!(answer, Answer::Changed(_)) { *new += 1 } else { *already += 1 }
    }
    Ok(())
}
