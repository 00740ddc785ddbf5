//! What is kept in memory because it is little and hardly changes: runs with their revisions, and which accounts were merged.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use lp_domain::{
    ContextKey, Definition, PathDetails, RevisionPolicy, RunKey, RunPolicy, Schedule, Timestamp, Visibility,
};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::StoreError;

/// All runs of which something is published, by id, by key and by the contexts that they point to, and which learners are the same
/// person. Cloning it costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Arc<Runs>);

#[derive(Debug, Default)]
struct Runs {
    version: i64,
    by_id: HashMap<i64, Run>,
    by_key: HashMap<RunKey, i64>,
    by_context: HashMap<ContextKey, Vec<i64>>,
    /// Accounts that were merged into others.
    survivors: HashMap<i64, i64>,
    members: HashMap<i64, Vec<i64>>,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its number in the database.
    pub run_id: i64,
    /// Its key.
    pub key: RunKey,
    /// The title of its path.
    pub title: String,
    /// How it judges.
    pub policy: RunPolicy,
    /// Its dates.
    pub schedule: Schedule,
    /// The first instant at which facts no longer count in it, by its dates.
    pub closes_at: Option<Timestamp>,
    /// Whether it, or its path, is archived: open to nobody new.
    pub archived: bool,
    /// Whether learners may enrol only when somebody enrols or invites them.
    pub invite_only: bool,
    /// Whether only its learners, and those who manage it, find its path.
    pub is_private: bool,
    /// The number of its latest revision.
    pub latest_revision: u32,
    /// Its revisions, first to latest.
    pub revisions: Vec<Arc<Definition>>,
}

impl Run {
    /// The number of the revision by which a learner is judged who was enrolled under `enrolled_under`.
    #[must_use]
    pub fn revision_for(&self, enrolled_under: u32) -> u32 {
        match self.policy.revision {
            RevisionPolicy::Pinned => enrolled_under,
            RevisionPolicy::Following => self.latest_revision,
        }
    }

    /// The group of runs that share no work with it: of the same organisation.
    #[must_use]
    pub(crate) fn group(&self) -> Option<(&str, &str)> {
        Some((self.key.org(), self.policy.exclusive_group.as_deref()?))
    }

    /// The moment of judging at `now`: no later than it closes.
    #[must_use]
    pub(crate) fn as_of(&self, now: Timestamp) -> Timestamp {
        self.closes_at.map_or(now, |closes| closes.min(now))
    }

    /// The first instant whose facts do not count in it, where any known by `now` may be that late: what the platform dates
    /// ahead of our clock is bounded by a day.
    #[must_use]
    pub(crate) fn facts_end(&self, now: Timestamp) -> Option<Timestamp> {
        self.closes_at.filter(|closes| closes.get() <= now.get() + TimeDelta::days(1))
    }

    /// A revision's definition.
    #[must_use]
    pub fn definition(&self, revision: u32) -> Option<&Arc<Definition>> {
        self.revisions.get(revision.checked_sub(1)? as usize)
    }
}

async fn latest_version(conn: &mut PgConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!("SELECT version FROM catalogue_version").fetch_one(conn).await?)
}

impl Catalogue {
    /// Reads all runs.
    ///
    /// # Errors
    /// When the database refuses, or holds what we cannot read.
    pub async fn load(conn: &mut PgConnection) -> Result<Self, StoreError> {
        Self::read(conn, None, None).await
    }

    /// The runs that a learner is in or was, and the accounts that were merged into theirs, at an instant: the latest revision is
    /// that of then (the first, before any). Policies, dates and titles are those of now.
    pub(crate) async fn of_learner(
        conn: &mut PgConnection,
        learner: i64,
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        Self::read(conn, Some(learner), Some(at)).await
    }

    async fn read(
        conn: &mut PgConnection,
        learner: Option<i64>,
        at: Option<Timestamp>,
    ) -> Result<Self, StoreError> {
        // The version first: should something change between the two, it is read again the next time.
        let mut catalogue = Runs { version: latest_version(&mut *conn).await?, ..Runs::default() };
        let at = at.map(Timestamp::get);
        let merges = sqlx::query!(
            "SELECT learner_id, survivor_id FROM learner_merges
             WHERE ($1::bigint IS NULL OR survivor_id = $1) AND ($2::timestamptz IS NULL OR merged_at <= $2)
             ORDER BY learner_id",
            learner,
            at,
        )
        .fetch_all(&mut *conn)
        .await?;
        for row in merges {
            catalogue.survivors.insert(row.learner_id, row.survivor_id);
            catalogue.members.entry(row.survivor_id).or_default().push(row.learner_id);
        }
        let rows = sqlx::query!(
            r#"SELECT r.run_id, r.run_key, p.title, p.details AS "details: Json<PathDetails>", r.policy,
                 r.schedule AS "schedule: Json<Schedule>",
                 CASE WHEN $2::timestamptz IS NULL THEN r.latest_revision ELSE COALESCE((
                     SELECT max(o.revision) FROM revisions o WHERE o.run_id = r.run_id AND o.published_at <= $2
                 ), 1) END AS "latest_revision!",
                 (r.archived_at IS NOT NULL OR p.archived_at IS NOT NULL) AS "archived!", v.definition
             FROM runs r JOIN paths p USING (path_id) JOIN revisions v USING (run_id)
             WHERE $1::bigint IS NULL OR r.run_id IN (SELECT e.run_id FROM enrolments e WHERE e.learner_id = $1)
             ORDER BY r.run_id, v.revision"#,
            learner,
            at,
        )
        .fetch_all(conn)
        .await?;
        for row in rows {
            let definition: Definition =
                serde_json::from_value(row.definition).map_err(StoreError::corrupt("a definition"))?;
            let definition = Arc::new(definition);
            for context in definition.contexts() {
                let runs = catalogue.by_context.entry(context.clone()).or_default();
                if runs.last() != Some(&row.run_id) {
                    runs.push(row.run_id);
                }
            }
            if let Some(run) = catalogue.by_id.get_mut(&row.run_id) {
                run.revisions.push(definition);
                continue;
            }
            let run = Run {
                run_id: row.run_id,
                key: RunKey::parse(&row.run_key).map_err(StoreError::corrupt("a run key"))?,
                title: row.title,
                policy: serde_json::from_value(row.policy).map_err(StoreError::corrupt("a policy"))?,
                closes_at: row.schedule.closes_at(),
                schedule: row.schedule.0,
                archived: row.archived,
                invite_only: row.details.invite_only,
                is_private: row.details.visibility == Visibility::Private,
                latest_revision: row.latest_revision.unsigned_abs(),
                revisions: vec![definition],
            };
            catalogue.by_key.insert(run.key.clone(), row.run_id);
            catalogue.by_id.insert(row.run_id, run);
        }
        Ok(Self(Arc::new(catalogue)))
    }

    /// Reads all runs again if something changed. Call it in a statement of its own after the learners' locks are taken:
    /// whoever publishes judges the learners anew under the same locks, so either they see our facts or we see their revision.
    ///
    /// # Errors
    /// When the database refuses, or holds what we cannot read.
    pub async fn refresh(&mut self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if latest_version(&mut *conn).await? != self.0.version {
            *self = Self::load(conn).await?;
        }
        Ok(())
    }

    /// Another number after every change of what is kept here; 0 before anything was read.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.0.version
    }

    /// A run by its number.
    #[must_use]
    pub fn run(&self, run_id: i64) -> Option<&Run> {
        self.0.by_id.get(&run_id)
    }

    /// A run by its key.
    #[must_use]
    pub fn run_by_key(&self, key: &RunKey) -> Option<&Run> {
        self.run(*self.0.by_key.get(key)?)
    }

    /// All runs, in no order.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.0.by_id.values()
    }

    /// The account that a learner's facts count for: another, or their own.
    pub(crate) fn survivor(&self, learner: i64) -> i64 {
        self.0.survivors.get(&learner).copied().unwrap_or(learner)
    }

    /// The accounts whose facts count for a learner besides their own.
    pub(crate) fn members(&self, learner: i64) -> &[i64] {
        self.0.members.get(&learner).map_or(&[], Vec::as_slice)
    }

    /// The runs that point to a context in some revision.
    pub(crate) fn touched_by(&self, context: &ContextKey) -> &[i64] {
        self.0.by_context.get(context).map_or(&[], Vec::as_slice)
    }
}
