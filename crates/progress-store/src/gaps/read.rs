//! Checks and what they found, as those see them who manage runs.

use chrono::{DateTime, Utc};
use lp_domain::FactValue;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::jobs::Outcomes;
use crate::{StoreError, states};

/// Where a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapState {
    /// Its learners are not chosen yet.
    Waiting,
    /// The LMS is asked, or gaps are recorded.
    Running,
    /// There is nothing more to do.
    Done,
    /// Somebody ended it; what it found by then stays.
    Cancelled,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapCheck {
    /// Its id; later ones are greater.
    pub check_id: Uuid,
    /// Of the learners of this run.
    pub run_key: String,
    /// Where it stands.
    pub state: GapState,
    /// Of how many of them; of all when not given.
    pub sample: Option<u32>,
    /// After how many seconds what differs is looked at again.
    pub settle_seconds: u32,
    /// Who had gaps recorded as facts, if anybody.
    pub healer: Option<String>,
    /// Who asked for it.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was done or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

struct Row {
    check_id: Uuid,
    run_key: String,
    state: String,
    sample: Option<i32>,
    settle_seconds: i32,
    healer: Option<String>,
    actor: String,
    reason: Option<String>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for GapCheck {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = match row.state.as_str() {
            "waiting" => GapState::Waiting,
            "running" => GapState::Running,
            "done" => GapState::Done,
            "cancelled" => GapState::Cancelled,
            other => return Err(states::unknown("a check", other)),
        };
        Ok(Self {
            check_id: row.check_id,
            run_key: row.run_key,
            state,
            sample: row.sample.map(i32::unsigned_abs),
            settle_seconds: row.settle_seconds.unsigned_abs(),
            healer: row.healer,
            actor: row.actor,
            reason: row.reason,
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}

/// Up to `limit` checks before `before`, the latest first: of the runs of these organisations, of one run or of all.
///
/// # Errors
/// When the database refuses.
pub async fn list_gap_checks(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    run: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<GapCheck>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT c.check_id, r.run_key, c.state, c.sample, c.settle_seconds, c.healer, c.actor, c.reason, c.created_at,
             c.ended_at
         FROM gap_checks c JOIN runs r USING (run_id) JOIN paths p USING (path_id)
         WHERE ($1::text[] IS NULL OR p.org = ANY($1)) AND ($2::text IS NULL OR r.run_key = $2)
             AND ($3::uuid IS NULL OR c.check_id < $3)
         ORDER BY c.check_id DESC LIMIT $4",
        orgs,
        run,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(GapCheck::try_from).collect()
}

/// A check of a run of these organisations; `None` when there is none.
///
/// # Errors
/// When the database refuses.
pub async fn get_gap_check(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    check_id: Uuid,
) -> Result<Option<GapCheck>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT c.check_id, r.run_key, c.state, c.sample, c.settle_seconds, c.healer, c.actor, c.reason, c.created_at,
             c.ended_at
         FROM gap_checks c JOIN runs r USING (run_id) JOIN paths p USING (path_id)
         WHERE ($1::text[] IS NULL OR p.org = ANY($1)) AND c.check_id = $2",
        orgs,
        check_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(GapCheck::try_from).transpose()
}

/// How far a check is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GapProgress {
    /// Pairs of account and course run.
    pub total: i64,
    /// Those of which nothing more is asked.
    pub done: i64,
    /// Of these, how many ended how.
    pub outcomes: Outcomes,
    /// Gaps by kind of fact.
    pub gaps: Vec<GapCount>,
}

/// Gaps of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapCount {
    /// The kind of fact.
    pub kind: String,
    /// How many were found.
    pub found: i64,
    /// How many of them are facts now.
    pub healed: i64,
}

/// How far a check is.
///
/// # Errors
/// When the database refuses.
pub async fn gap_progress(conn: &mut PgConnection, check_id: Uuid) -> Result<GapProgress, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT outcome, pairs AS "pairs!" FROM (
               SELECT outcome, count(*) AS pairs FROM gap_check_pairs WHERE check_id = $1 GROUP BY outcome
               UNION ALL
               SELECT kept.key, kept.value::bigint FROM gap_checks, json_each_text(outcomes) kept WHERE check_id = $1
           ) n ORDER BY outcome"#,
        check_id,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut progress = GapProgress::default();
    for row in rows {
        progress.total += row.pairs;
        if let Some(outcome) = row.outcome {
            progress.done += row.pairs;
            progress.outcomes.push((outcome, row.pairs));
        }
    }
    progress.gaps = sqlx::query_as!(
        GapCount,
        r#"SELECT kind, count(*) AS "found!", count(fact_id) AS "healed!" FROM gap_findings
           WHERE check_id = $1 GROUP BY kind ORDER BY kind"#,
        check_id,
    )
    .fetch_all(conn)
    .await?;
    Ok(progress)
}

/// What the LMS said and the facts did not.
#[derive(Debug, Clone, PartialEq)]
pub struct GapFinding {
    /// LMS user id.
    pub learner_id: i64,
    /// The course run.
    pub context_key: String,
    /// The kind of fact.
    pub kind: String,
    /// The latest fact of this kind; none when nothing was known.
    pub held: Option<Json<FactValue>>,
    /// Its date.
    pub held_at: Option<DateTime<Utc>>,
    /// What the LMS said.
    pub told: Json<FactValue>,
    /// When it was asked.
    pub seen_at: DateTime<Utc>,
    /// What became of it, as a word; nothing as long as nobody asks for it to be recorded.
    pub outcome: Option<String>,
    /// The fact that was recorded.
    pub fact_id: Option<Uuid>,
}

/// Which findings are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GapFilter {
    /// Of this kind of fact only.
    pub kind: Option<&'static str>,
    /// Recorded ones only, or only others.
    pub healed: Option<bool>,
}

/// Up to `limit` findings of a check after this place, by learner, course run and kind.
///
/// # Errors
/// When the database refuses.
pub async fn gap_findings(
    conn: &mut PgConnection,
    check_id: Uuid,
    filter: &GapFilter,
    after: &(i64, String, String),
    limit: i64,
) -> Result<Vec<GapFinding>, StoreError> {
    let rows = sqlx::query_as!(
        GapFinding,
        r#"SELECT learner_id, context_key, kind, held AS "held: Json<FactValue>", held_at, told AS "told: Json<FactValue>",
             seen_at, outcome, fact_id
           FROM gap_findings
           WHERE check_id = $1 AND ($2::text IS NULL OR kind = $2)
               AND ($3::boolean IS NULL OR (fact_id IS NOT NULL) = $3)
               AND (learner_id, context_key, kind) > ($4, $5, $6)
           ORDER BY learner_id, context_key, kind LIMIT $7"#,
        check_id,
        filter.kind,
        filter.healed,
        after.0,
        after.1,
        after.2,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
