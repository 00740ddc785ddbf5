//! One relay a database publishes what lies in the outbox.

use std::collections::HashSet;
use std::error::Error;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use metrics::{counter, gauge};
use sqlx::{Connection, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use crate::{OutboxMessage, OutboxRow, PublishError, Publisher, backlog};

/// How often the outbox is measured: a long one takes a while to count.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// How the relay works.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// The most rows that are read and published at once.
    pub batch_max_messages: u32,
    /// How long an empty outbox is left alone, and how often a relay in waiting tries to take over.
    pub poll_interval: Duration,
    /// The advisory lock that makes one relay the only one of its database.
    pub lock_key: i64,
    /// The shortest and the longest wait after a failure.
    pub backoff: (Duration, Duration),
    /// How long a round in hand may take to end after `cancel`; what it sent by then goes out again later.
    pub drain_timeout: Duration,
    /// Called between the publisher's answer and the deletion of what it took; the fault tests end the process here.
    pub after_send: fn(),
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            batch_max_messages: 500,
            poll_interval: Duration::from_millis(100),
            lock_key: 0x6c70_5f6f_7574_626f,
            backoff: (Duration::from_millis(100), Duration::from_secs(10)),
            drain_timeout: Duration::from_secs(5),
            after_send: || {},
        }
    }
}

/// What one round came to.
enum Round {
    /// Everything that was due is out.
    Empty,
    /// There is more to publish.
    More,
    /// Something must be tried again.
    Failed,
}

/// Publishes rows in the order of their ids until `cancel`, as the only relay of the database.
///
/// A row is deleted after it is acknowledged, so a crash between the two sends it again under the same event id. The
/// database's failures are logged and tried again: nothing but `cancel` ends the relay, after the round in hand.
pub async fn run_relay<P: Publisher>(
    pool: PgPool,
    publisher: P,
    settings: RelaySettings,
    cancel: CancellationToken,
) {
    let (shortest, longest) = settings.backoff;
    let backoff = ExponentialBuilder::default()
        .with_min_delay(shortest)
        .with_max_delay(longest)
        .without_max_times()
        .with_jitter();
    let mut delays = backoff.build();
    while !cancel.is_cancelled() {
        let round = lead(&pool, &publisher, &settings, &cancel, &mut || delays = backoff.build()).await;
        let Err(error) = round else { return };
        let delay = delays.next().unwrap_or(longest);
        tracing::warn!(
            error = &error as &dyn Error,
            delay_ms = delay.as_millis(),
            "the outbox relay starts again"
        );
        cancel.run_until_cancelled(tokio::time::sleep(delay)).await;
    }
}

/// Waits for the lock, then relays on that session until `cancel` or the database fails.
async fn lead<P: Publisher>(
    pool: &PgPool,
    publisher: &P,
    settings: &RelaySettings,
    cancel: &CancellationToken,
    well: &mut (dyn FnMut() + Send),
) -> sqlx::Result<()> {
    // The lock is held by its session: the connection leaves the pool, and closing it gives the lock up.
    let mut conn = pool.acquire().await?.detach();
    while !try_lock(&mut conn, settings.lock_key).await? {
        well();
        if cancel.run_until_cancelled(tokio::time::sleep(settings.poll_interval)).await.is_none() {
            return conn.close().await;
        }
    }
    tracing::info!("the outbox relay leads");
    let (shortest, longest) = settings.backoff;
    let mut failure_delay = shortest;
    let mut reported_at: Option<Instant> = None;
    while !cancel.is_cancelled() {
        if reported_at.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
            report(&mut conn).await?;
            reported_at = Some(Instant::now());
        }
        let out_of_patience = async {
            cancel.cancelled().await;
            tokio::time::sleep(settings.drain_timeout).await;
        };
        let round = tokio::select! {
            round = round(&mut conn, publisher, settings) => round?,
            () = out_of_patience => {
                tracing::warn!("messages in flight are left to be published again");
                return Ok(());
            }
        };
        well();
        let wait = match round {
            Round::More => {
                failure_delay = shortest;
                continue;
            }
            Round::Empty => {
                failure_delay = shortest;
                settings.poll_interval
            }
            Round::Failed => {
                let wait = failure_delay;
                failure_delay = (failure_delay * 2).min(longest);
                wait
            }
        };
        cancel.run_until_cancelled(tokio::time::sleep(wait)).await;
    }
    conn.close().await
}

async fn try_lock(conn: &mut PgConnection, key: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "locked!""#, key).fetch_one(conn).await
}

async fn round<P: Publisher>(
    conn: &mut PgConnection,
    publisher: &P,
    settings: &RelaySettings,
) -> sqlx::Result<Round> {
    let rows = due(conn, i64::from(settings.batch_max_messages)).await?;
    if rows.is_empty() {
        return Ok(Round::Empty);
    }
    let answers = publisher.publish(&rows).await;
    (settings.after_send)();

    let full = rows.len() >= settings.batch_max_messages as usize;
    let mut sent = vec![];
    let mut parked = vec![];
    let mut failed = vec![];
    // A row whose earlier sibling of the same key failed stays, even if the publisher says it went out: it goes again.
    let mut held: HashSet<i64> = HashSet::new();
    for (row, answer) in rows.iter().zip(answers) {
        let key = row.message.partition_key;
        match answer {
            Ok(()) if !held.contains(&key) => sent.push(row.outbox_id),
            Ok(()) => {}
            Err(error) => {
                let first = held.insert(key);
                match error {
                    PublishError::Permanent(source) if first => {
                        tracing::error!(
                            event_id = %row.message.event_id,
                            event_type = row.message.event_type,
                            error = &*source as &dyn Error,
                            "a message cannot be published and is parked; later ones of its key wait"
                        );
                        parked.push((row.outbox_id, source.to_string()));
                    }
                    PublishError::Permanent(source) | PublishError::Transient(source) => {
                        if failed.is_empty() {
                            tracing::warn!(
                                event_id = %row.message.event_id,
                                error = &*source as &dyn Error,
                                "messages are not published for now"
                            );
                        }
                        failed.push(row.outbox_id);
                    }
                }
            }
        }
    }
    settle(conn, &sent, &parked, &failed).await?;
    counter!("lp_outbox_published_total").increment(sent.len() as u64);
    Ok(match (failed.is_empty(), full) {
        (false, _) => Round::Failed,
        (true, true) => Round::More,
        (true, false) => Round::Empty,
    })
}

/// The next rows in order, without those that a parked row of their key holds back.
async fn due(conn: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<OutboxRow>> {
    let rows = sqlx::query!(
        "SELECT outbox_id, event_id, event_type, topic, event_time, partition_key, body, traceparent
         FROM outbox o
         WHERE parked_at IS NULL
           AND NOT EXISTS (SELECT FROM outbox p WHERE p.parked_at IS NOT NULL
                           AND p.partition_key = o.partition_key AND p.outbox_id < o.outbox_id)
         ORDER BY outbox_id LIMIT $1",
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OutboxRow {
            outbox_id: row.outbox_id,
            message: OutboxMessage {
                event_id: row.event_id,
                event_type: row.event_type,
                topic: row.topic,
                event_time: row.event_time,
                partition_key: row.partition_key,
                body: row.body,
                traceparent: row.traceparent,
            },
        })
        .collect())
}

/// Deletes what is out, parks what cannot go, and counts the attempts of the rest, in one transaction.
async fn settle(
    conn: &mut PgConnection,
    sent: &[i64],
    parked: &[(i64, String)],
    failed: &[i64],
) -> sqlx::Result<()> {
    let mut tx = conn.begin().await?;
    sqlx::query!("DELETE FROM outbox WHERE outbox_id = ANY($1)", sent).execute(&mut *tx).await?;
    for (outbox_id, reason) in parked {
        sqlx::query!(
            "UPDATE outbox SET parked_at = now(), park_reason = $2, attempts = attempts + 1 WHERE outbox_id = $1",
            outbox_id,
            reason,
        )
        .execute(&mut *tx)
        .await?;
    }
    if !failed.is_empty() {
        sqlx::query!("UPDATE outbox SET attempts = attempts + 1 WHERE outbox_id = ANY($1)", failed)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}

async fn report(conn: &mut PgConnection) -> sqlx::Result<()> {
    let backlog = backlog(conn).await?;
    #[expect(clippy::cast_precision_loss, reason = "gauges are floating-point; exact far beyond any backlog")]
    {
        gauge!("lp_outbox_depth").set(backlog.depth as f64);
        gauge!("lp_outbox_parked").set(backlog.parked as f64);
    }
    gauge!("lp_outbox_age_seconds").set(backlog.oldest_age.as_secs_f64());
    Ok(())
}
