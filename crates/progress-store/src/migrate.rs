//! Learners of a run moved to another revision, as a preview showed it.

use std::collections::HashMap;

use lp_domain::{RunKey, Timestamp};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use crate::audit::{self, By, Change};
use crate::catalogue::{Catalogue, Run};
use crate::judge::{self, Judging};
use crate::judgement::Judged;
use crate::preview::{self, Candidate, Content, Place, Whom, Worlds, preview};
use crate::reports::Contributions;
use crate::{Outcome, StoreError, learners};

/// A move of learners to a published revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// The revision that they are moved to.
    pub revision: u32,
    /// Who is moved.
    pub whom: Whom,
    /// The digest of the whole preview of this: of [`Content::Published`] or of the draft that became that revision, with
    /// the run's policy as it stands, and `moves` of `whom`.
    pub digest: [u8; 32],
}

/// What a migration did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Learners who were on another revision and are on this one now.
    pub learners: u64,
    /// What was judged and is to be told.
    pub outcome: Outcome,
}

/// Moves learners of a run to a published revision and judges them anew, exactly as its preview showed; else nothing is done.
/// Attempts and intervals stay; a completion stays, and says under which revision it was made. In a run that follows its
/// latest revision verdicts hang on no enrolment's revision: there it moves only what learners would be pinned to.
///
/// First the preview is made once more without a lock: a migration that is out of date is refused here, and keeps nobody
/// waiting. Then each portion of `limit` learners is locked, in order of id as everywhere, looked at again and moved, and
/// only if the digest over what was seen *under the locks* is the preview's does anything stay. So no fact, enrolment
/// or revision can come between what was looked at and what was moved: what is about a locked learner waits for the end, what is
/// about a learner not yet reached is seen when they are. Somebody who is enrolled for the first time behind the portion
/// that is being moved comes after the migration, as if it had been over.
///
/// It is one transaction, a savepoint in the caller's if there is one. With portions committed one by one, each held against
/// its own part of the preview, locks would be short; but a fact that arrives in the middle would leave the
/// learners half moved, on the strength of a preview that said what becomes of all. The price: events of the run's learners,
/// and the batches in which they come, wait as long as it takes (a consumer that waits too long tries again; Kafka keeps
/// them; `benches/README.md` says how long). Moving one revision's learners after the other ([`Whom::On`]) makes it
/// shorter.
///
/// # Errors
/// [`StoreError::WorldMoved`] when the run or its learners are not as the preview saw them; [`StoreError::UnknownRun`],
/// [`StoreError::UnknownRevision`]; when the database refuses, or holds what we cannot read. Nothing is done then.
pub async fn move_learners(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    run: &RunKey,
    migration: &Migration,
    limit: i64,
    now: Timestamp,
) -> Result<Migrated, StoreError> {
    let mut tx = conn.begin().await?;
    match in_transaction(&mut tx, catalogue, run, migration, limit, now).await {
        Ok(migrated) => {
            let Migration { revision, whom, .. } = migration;
            let after =
                json!({ "revision": revision, "from": whom.revision(), "learners": migrated.learners });
            let (action, target) = ("run.learners_moved", format!("run:{run}"));
            let change =
                Change { action, target: &target, org: Some(run.org()), before: None, after: Some(after) };
            audit::record(&mut tx, by, change).await?;
            tx.commit().await?;
            Ok(migrated)
        }
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn in_transaction(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    migration: &Migration,
    limit: i64,
    now: Timestamp,
) -> Result<Migrated, StoreError> {
    hold(conn, run).await?;
    catalogue.refresh(conn).await?;
    let policy = find(catalogue, run)?.policy.clone();
    let content = Content::Published(migration.revision);
    let candidate = Candidate { content, policy, moves: Some(migration.whom) };
    let mut from = None;
    loop {
        let portion = preview(conn, catalogue, run, &candidate, from, limit, now).await?;
        from = portion.next;
        if from.is_none() {
            expect(run, migration, portion.digest)?;
            break;
        }
    }

    let held = find(catalogue, run)?;
    let worlds = candidate.worlds(held)?;
    let mut place = worlds.place(None)?;
    let mut migrated = Migrated::default();
    let moving = Moving { catalogue, worlds: &worlds, now };
    loop {
        let whom = preview::whom(conn, held.run_id, Some(migration.whom), place.after, limit).await?;
        let Some(last) = whom.last().copied() else { break };
        moving.portion(conn, &whom, &mut place, &mut migrated).await?;
        place.after = last;
    }
    expect(run, migration, place.digest)?;
    Ok(migrated)
}

fn find<'a>(catalogue: &'a Catalogue, run: &RunKey) -> Result<&'a Run, StoreError> {
    catalogue.run_by_key(run).ok_or_else(|| StoreError::UnknownRun(run.clone()))
}

fn expect(run: &RunKey, migration: &Migration, digest: [u8; 32]) -> Result<(), StoreError> {
    if digest == migration.digest { Ok(()) } else { Err(StoreError::WorldMoved(run.clone())) }
}

/// Keeps off whoever publishes to the run or migrates in it; whoever enrols goes on.
async fn hold(conn: &mut PgConnection, run: &RunKey) -> Result<(), StoreError> {
    sqlx::query_scalar!("SELECT run_id FROM runs WHERE run_key = $1 FOR NO KEY UPDATE", run.as_str())
        .fetch_optional(conn)
        .await?;
    Ok(())
}

struct Moving<'a> {
    catalogue: &'a Catalogue,
    worlds: &'a Worlds<'a>,
    now: Timestamp,
}

impl Moving<'_> {
    /// Looks at these learners under their locks, and moves them.
    async fn portion(
        &self,
        conn: &mut PgConnection,
        whom: &[i64],
        place: &mut Place,
        migrated: &mut Migrated,
    ) -> Result<(), StoreError> {
        learners::lock(conn, whom).await?;
        let (judged, basis) = preview::read(conn, self.catalogue, self.worlds, whom, self.now).await?;
        for one in &judged {
            preview::look(self.worlds, one, &basis, self.now, &mut place.digest);
        }
        let moved: Vec<Judged> = judged.iter().map(|one| self.worlds.moved(one)).collect();
        let ids: Vec<i64> = moved.iter().map(|one| one.learner.get()).collect();
        migrated.learners += sqlx::query!(
            "UPDATE enrolments SET revision = $3, updated_at = now()
             WHERE learner_id = ANY($1) AND run_id = $2 AND revision <> $3",
            &ids,
            self.worlds.before.run_id,
            self.worlds.target.cast_signed(),
        )
        .execute(&mut *conn)
        .await?
        .rows_affected();
        let judging = Judging {
            catalogue: self.catalogue,
            known: &basis.known,
            traces: &HashMap::new(),
            now: self.now,
        };
        let mut contributions = Contributions::default();
        judge::judge(conn, &judging, moved, &mut contributions, &mut migrated.outcome).await?;
        contributions.write(conn).await
    }
}
