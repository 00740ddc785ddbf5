//! How the consumers of the progress database are doing: where they stand, what they could not read, what waits to be sent, and
//! what they missed, as far as that was looked for.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::gaps::GapCount;

/// The runs whose last check is told, at most: those that were checked last.
const CHECKED_RUNS: i64 = 200;

/// Where a consumer stands in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumedPartition {
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition_id: i32,
    /// The offset of the next message that it will apply.
    pub next_offset: i64,
    /// When that last moved.
    pub moved_at: DateTime<Utc>,
}

/// Messages that could not be read, of one topic, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineCount {
    /// The full topic.
    pub topic: String,
    /// The stable label.
    pub reason: String,
    /// How many wait for somebody.
    pub waiting: i64,
    /// How many were replayed or erased since.
    pub settled: i64,
    /// When the first of those that wait was put aside.
    pub oldest_at: Option<DateTime<Utc>>,
    /// When the last of those that wait was.
    pub newest_at: Option<DateTime<Utc>>,
}

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxState {
    /// Messages, parked ones included.
    pub depth: i64,
    /// Since when the oldest that is not parked has waited.
    pub oldest_at: Option<DateTime<Utc>>,
    /// Messages that could not be published and wait for somebody.
    pub parked: i64,
}

/// The last check of a run that was done: its facts held against what the LMS has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastGapCheck {
    /// The run.
    pub run_key: String,
    /// The check.
    pub check_id: Uuid,
    /// When it was done.
    pub ended_at: DateTime<Utc>,
    /// Pairs of account and course run of which the LMS has said what it has.
    pub compared: i64,
    /// Gaps by kind of fact.
    pub gaps: Vec<GapCount>,
}

/// All of it, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerHealth {
    /// The moment, by the database's clock.
    pub as_of: DateTime<Utc>,
    /// In the order of topics and partitions.
    pub partitions: Vec<ConsumedPartition>,
    /// In the order of topics and reasons.
    pub quarantined: Vec<QuarantineCount>,
    /// The outbox.
    pub outbox: OutboxState,
    /// The last check of each run, the latest first; of the 200 runs that were checked last.
    pub gap_checks: Vec<LastGapCheck>,
}

/// How the consumers are doing.
///
/// # Errors
/// When the database cannot answer.
pub async fn consumer_health(conn: &mut PgConnection) -> sqlx::Result<ConsumerHealth> {
    let partitions = sqlx::query_as!(
        ConsumedPartition,
        "SELECT topic, partition_id, next_offset, updated_at AS moved_at FROM consumer_offsets
         ORDER BY topic, partition_id",
    )
    .fetch_all(&mut *conn)
    .await?;
    let quarantined = sqlx::query_as!(
        QuarantineCount,
        r#"SELECT topic, reason, count(*) FILTER (WHERE replayed_at IS NULL) AS "waiting!", count(replayed_at) AS "settled!",
                  min(quarantined_at) FILTER (WHERE replayed_at IS NULL) AS oldest_at,
                  max(quarantined_at) FILTER (WHERE replayed_at IS NULL) AS newest_at
           FROM quarantined_messages
           GROUP BY topic, reason ORDER BY topic, reason"#,
    )
    .fetch_all(&mut *conn)
    .await?;
    let outbox = sqlx::query!(
        r#"SELECT count(created_at) AS "depth!", count(parked_at) AS "parked!",
                  min(created_at) FILTER (WHERE parked_at IS NULL) AS oldest_at, statement_timestamp() AS "as_of!"
           FROM outbox"#,
    )
    .fetch_one(&mut *conn)
    .await?;
    let gap_checks = last_gap_checks(conn).await?;
    Ok(ConsumerHealth {
        as_of: outbox.as_of,
        partitions,
        quarantined,
        outbox: OutboxState { depth: outbox.depth, oldest_at: outbox.oldest_at, parked: outbox.parked },
        gap_checks,
    })
}

async fn last_gap_checks(conn: &mut PgConnection) -> sqlx::Result<Vec<LastGapCheck>> {
    let rows = sqlx::query!(
        r#"WITH last AS (
               SELECT * FROM (
                   SELECT DISTINCT ON (run_id) run_id, check_id, ended_at, outcomes FROM gap_checks WHERE state = 'done'
                   ORDER BY run_id, check_id DESC
               ) done ORDER BY ended_at DESC LIMIT $1
           )
           SELECT r.run_key, l.check_id AS "check_id!", l.ended_at AS "ended_at!", f.kind AS "kind?",
                  f.found AS "found?", f.healed AS "healed?",
                  coalesce((l.outcomes->>'same')::bigint, 0) + coalesce((l.outcomes->>'different')::bigint, 0) AS "compared!"
           FROM last l
           JOIN runs r USING (run_id)
           LEFT JOIN LATERAL (
               SELECT kind, count(*) AS found, count(fact_id) AS healed FROM gap_findings
               WHERE check_id = l.check_id GROUP BY kind
           ) f ON true
           ORDER BY l.ended_at DESC, l.check_id, f.kind"#,
        CHECKED_RUNS,
    )
    .fetch_all(conn)
    .await?;
    let mut checks: Vec<LastGapCheck> = Vec::new();
    for row in rows {
        if checks.last().is_none_or(|last| last.check_id != row.check_id) {
            checks.push(LastGapCheck {
                run_key: row.run_key,
                check_id: row.check_id,
                ended_at: row.ended_at,
                compared: row.compared,
                gaps: Vec::new(),
            });
        }
        if let (Some(check), Some(kind), Some(found), Some(healed)) =
            (checks.last_mut(), row.kind, row.found, row.healed)
        {
            check.gaps.push(GapCount { kind, found, healed });
        }
    }
    Ok(checks)
}
