//! The running service.

use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use lp_http::{Api, Auth, Checks, MetricsPage};
use lp_inbox::failpoint;
use lp_kafka::{ConsumerHealth, run_consumer};
use lp_progress_store::{Catalogue, fire_timers, fold_reports};
use lp_runtime::Settings;
use lp_schema_registry::{EventReader, RegistryClient};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgPool};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::sink::{ProgressSink, now};
use crate::told::Intake;

/// How often is looked for learners whose time has come.
const TIMER: Duration = Duration::from_secs(1);
/// Learners who are judged for it in one transaction.
const TIMER_BATCH: i64 = 500;
/// Rows of differences that are added to the totals of reports in one transaction.
const FOLD_BATCH: i64 = 1_000;

/// What the service needs.
pub struct Config {
    /// The configuration.
    pub settings: Settings,
    /// Where health and metrics are served: bound to `settings.http.consumer_listen`, or to a free port by tests.
    pub listener: TcpListener,
    /// The process's metrics.
    pub metrics: MetricsPage,
}

/// Consumes, relays and keeps time until `cancel`, then finishes what it has in hand.
///
/// # Errors
/// When the configuration cannot be used, or a part ends that must not.
pub async fn run(config: Config, cancel: CancellationToken) -> anyhow::Result<()> {
    let Config { settings, listener, metrics } = config;
    let login: PgConnectOptions =
        settings.databases.progress()?.parse().context("LP_DATABASE_URL cannot be used")?;
    let pool = lp_postgres::writer(login, "learning-paths-consumer", settings.databases.max_connections);
    let registry = settings.registry.client()?;
    let health = ConsumerHealth::default();

    // Should one part fail, the others are told to stop as well.
    let parts = cancel.child_token();
    let (consumed, (), (), (), served) = tokio::join!(
        ending(&parts, consume(&settings, &pool, registry.clone(), health.clone(), parts.clone())),
        lp_runtime::relay(&settings, &pool, registry, || failpoint("relay_after_send"), parts.clone())?,
        keep_time(&pool, parts.clone()),
        keep_totals(&pool, parts.clone()),
        ending(&parts, serve(&settings, &pool, listener, metrics, health, parts.clone())),
    );
    // A database that is gone must not keep the process.
    let _ = tokio::time::timeout(Duration::from_secs(2), pool.close()).await;
    consumed.context("the consumer ended")?;
    served.context("the listener ended")
}

/// Runs a part; its end is everybody's.
async fn ending<T>(parts: &CancellationToken, part: impl Future<Output = T>) -> T {
    let outcome = part.await;
    parts.cancel();
    outcome
}

async fn consume(
    settings: &Settings,
    pool: &PgPool,
    registry: RegistryClient,
    health: ConsumerHealth,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let kafka = &settings.kafka;
    let consumer = settings.consumer(&kafka.group_id, kafka.topics.iter().map(String::as_str))?;
    let sink = ProgressSink::new(pool.clone(), EventReader::new(registry), Intake::of(settings)?);
    Ok(run_consumer(consumer, sink, health, cancel).await?)
}

/// Judges whom time alone changes; a failure is tried again the next time.
async fn keep_time(pool: &PgPool, cancel: CancellationToken) {
    let mut catalogue = Catalogue::default();
    while cancel.run_until_cancelled(tokio::time::sleep(TIMER)).await.is_some() {
        while let Ok(true) = fire_some(pool, &mut catalogue).await.inspect_err(|error| {
            tracing::warn!(error = &**error as &dyn std::error::Error, "timers could not be fired");
        }) {}
    }
}

/// Adds up what reports count; a failure is tried again the next time, and reports are right meanwhile.
async fn keep_totals(pool: &PgPool, cancel: CancellationToken) {
    while cancel.run_until_cancelled(tokio::time::sleep(TIMER)).await.is_some() {
        let fold = async || anyhow::Ok(fold_reports(&mut *pool.acquire().await?, FOLD_BATCH).await?);
        while let Ok(FOLD_BATCH..) = fold().await.inspect_err(|error| {
            tracing::warn!(
                error = &**error as &dyn std::error::Error,
                "reports' counts could not be added up"
            );
        }) {}
    }
}

/// Fires some; whether there may be more.
async fn fire_some(pool: &PgPool, catalogue: &mut Catalogue) -> anyhow::Result<bool> {
    let mut tx = pool.begin().await?;
    let (fired, _) = fire_timers(&mut tx, catalogue, now()?, TIMER_BATCH).await?;
    tx.commit().await?;
    Ok(fired > 0)
}

async fn serve(
    settings: &Settings,
    pool: &PgPool,
    listener: TcpListener,
    metrics: MetricsPage,
    health: ConsumerHealth,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let database = pool.clone();
    let checks = Checks::new()
        .with("consumer", move || {
            let ready = health.ready();
            async move { ready }
        })
        .with("database", move || {
            let pool = database.clone();
            async move {
                let answered = async { pool.acquire().await?.ping().await }.await;
                answered.map_err(|_| "the progress database does not answer".to_owned())
            }
        });
    let limits = settings.http.limits(settings.shutdown_deadline / 4);
    let api = Api {
        routes: Router::new(),
        public: Router::new(),
        openapi: None,
        checks,
        metrics,
        auth: Auth::open(),
        limits: limits.clone(),
    };
    Ok(lp_http::serve(listener, api.router(), &limits, cancel).await?)
}
