//! The running service: the consumer and the API side by side.

use anyhow::Context as _;
use lp_events::path::TOPIC;
use lp_http::{Checks, MetricsPage};
use lp_kafka::{ConsumerHealth, run_consumer};
use lp_runtime::Settings;
use lp_schema_registry::EventReader;
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{AwardsSink, http, store};

/// What the service needs.
pub struct Config {
    /// The configuration, of which it reads what concerns databases, Kafka, the registry and HTTP.
    pub settings: Settings,
    /// Where it listens: bound to `settings.http.credentials_listen`, or to a free port by tests.
    pub listener: TcpListener,
    /// The process's metrics.
    pub metrics: MetricsPage,
}

/// Connections of the consumer: one for the batch in hand, one for a claim.
const WRITER_CONNECTIONS: u32 = 2;

/// Consumes and serves until `cancel`, or until one of the two breaks. A database, broker or registry that is away makes it
/// not ready, and is found again when it is back.
///
/// # Errors
/// When the configuration cannot be used, the listener breaks, or the consumer gives up.
pub async fn run(config: Config, cancel: CancellationToken) -> anyhow::Result<()> {
    let Config { settings, listener, metrics } = config;
    let auth = settings.http.auth()?;
    lp_http::check_listen(listener.local_addr()?, &auth)?;
    let login: PgConnectOptions =
        settings.databases.credentials()?.parse().context("LP_CREDENTIALS_DATABASE_URL cannot be used")?;
    let readers = store::reader_pool(login.clone(), settings.databases.max_connections);
    let writers = lp_postgres::writer(login, "learning-paths-credentials-consumer", WRITER_CONNECTIONS);
    let health = ConsumerHealth::default();

    let limits = settings.http.limits(settings.shutdown_deadline / 2);
    let told = health.clone();
    let checks = Checks::new().with("consumer", move || std::future::ready(told.ready()));
    let router = http::api(readers.clone(), checks, metrics, auth.clone(), limits.clone()).router();

    let sink = AwardsSink::new(writers.clone(), EventReader::new(settings.registry.client()?));
    let kafka = settings.consumer(&settings.kafka.credentials_group_id, [TOPIC])?;
    // Whichever ends takes the other with it.
    let both = cancel.child_token();
    let consume = async {
        let ended = run_consumer(kafka, sink, health, both.clone()).await;
        both.cancel();
        ended.context("the consumer of path events gave up")
    };
    let serve = async {
        let ended = lp_http::serve(listener, router, &limits, both.clone()).await;
        both.cancel();
        ended.context("the listener broke")
    };
    let keys = auth.keep_keys(both.clone());
    let (of_consumer, of_listener, ()) = tokio::join!(consume, serve, keys);
    readers.close().await;
    writers.close().await;
    of_consumer.and(of_listener)
}
