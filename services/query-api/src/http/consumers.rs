//! `GET /api/v1/consumers`.

use std::collections::BTreeMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Permission, Problem, Query, Target};
use lp_progress_store::read;
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use super::get_learner_run::NoParameters;

/// How the consumers are doing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct ConsumersBody {
    /// The moment, by the database's clock.
    as_of: DateTime<Utc>,
    /// Where they stand in every partition that they read.
    partitions: Vec<PartitionBody>,
    /// Messages that could not be read, by topic and reason.
    quarantined: Vec<QuarantinedBody>,
    /// What waits to be sent.
    outbox: OutboxBody,
    /// What they missed, by the last check of each run against what the LMS has, the latest first; of the 200 runs that were
    /// checked last.
    gap_checks: Vec<LastGapCheckBody>,
}

/// The last check of a run that was done.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct LastGapCheckBody {
    /// The run.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: String,
    /// The check, as the administration has it.
    check_id: Uuid,
    /// When it was done.
    ended_at: DateTime<Utc>,
    /// Pairs of account and course run of which the LMS has said what it has.
    compared: i64,
    /// What the LMS has and facts did not say, by kind of fact.
    gaps: BTreeMap<String, GapCountBody>,
}

/// Gaps of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct GapCountBody {
    /// How many were found.
    found: i64,
    /// How many of them are facts now.
    healed: i64,
}

/// Where a consumer stands in a partition.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct PartitionBody {
    /// The full topic.
    topic: String,
    /// The partition.
    partition: i32,
    /// The offset of the next message that it will apply.
    next_offset: i64,
    /// When that last moved. Without messages it does not: the lag is a metric of the consumer, `lp_consumer_lag`.
    moved_at: DateTime<Utc>,
    /// How long ago that was.
    idle_seconds: f64,
}

/// Messages of one topic that could not be read for one reason; nothing of their content.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct QuarantinedBody {
    /// The full topic.
    topic: String,
    /// A stable label.
    #[schema(example = "unknown_schema")]
    reason: String,
    /// How many wait for somebody.
    waiting: i64,
    /// How many were replayed or erased since.
    settled: i64,
    /// When the first of those that wait was put aside.
    oldest_at: Option<DateTime<Utc>>,
    /// When the last of those that wait was.
    newest_at: Option<DateTime<Utc>>,
}

/// What waits to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct OutboxBody {
    /// Messages, parked ones included.
    depth: i64,
    /// Messages that could not be published and wait for somebody.
    parked: i64,
    /// Since when the oldest that is not parked has waited.
    oldest_at: Option<DateTime<Utc>>,
    /// How long that is.
    oldest_age_seconds: Option<f64>,
}

impl From<read::ConsumerHealth> for ConsumersBody {
    fn from(health: read::ConsumerHealth) -> Self {
        let as_of = health.as_of;
        let ago = |at: DateTime<Utc>| (as_of - at).as_seconds_f64().max(0.0);
        let partitions = health.partitions.into_iter().map(|one| PartitionBody {
            topic: one.topic,
            partition: one.partition_id,
            next_offset: one.next_offset,
            moved_at: one.moved_at,
            idle_seconds: ago(one.moved_at),
        });
        let quarantined = health.quarantined.into_iter().map(|one| QuarantinedBody {
            topic: one.topic,
            reason: one.reason,
            waiting: one.waiting,
            settled: one.settled,
            oldest_at: one.oldest_at,
            newest_at: one.newest_at,
        });
        let gap_checks = health.gap_checks.into_iter().map(|one| {
            let gaps = one.gaps.into_iter();
            LastGapCheckBody {
                run_key: one.run_key,
                check_id: one.check_id,
                ended_at: one.ended_at,
                compared: one.compared,
                gaps: gaps
                    .map(|gap| (gap.kind, GapCountBody { found: gap.found, healed: gap.healed }))
                    .collect(),
            }
        });
        Self {
            as_of,
            partitions: partitions.collect(),
            quarantined: quarantined.collect(),
            outbox: OutboxBody {
                depth: health.outbox.depth,
                parked: health.outbox.parked,
                oldest_at: health.outbox.oldest_at,
                oldest_age_seconds: health.outbox.oldest_at.map(ago),
            },
            gap_checks: gap_checks.collect(),
        }
    }
}

/// How the consumers of events are doing: where they stand, what they could not read, what waits to be sent, what they missed. For
/// auditors and administrators of the platform, and the operator.
#[utoipa::path(
    get,
    path = "/api/v1/consumers",
    tag = "operators",
    responses(
        (status = 200, description = "How they are doing.", body = ConsumersBody),
        (status = "4XX", description = "400 with a parameter, 401 without a token, 403 when it does not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_consumers(
    State(readers): State<PgPool>,
    caller: Caller,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<ConsumersBody>, Problem> {
    caller.require(Permission::ReadManagement, Target::Platform).await?;
    let found = async { read::consumer_health(&mut *readers.acquire().await?).await };
    Ok(Json(found.await.map_err(|error| Problem::database(&error))?.into()))
}
