//! The running service: the consumer and the API side by side.

use std::str::FromStr as _;

use anyhow::Context as _;
use lp_events::path::TOPIC;
use lp_http::{Checks, Limits, MetricsPage, ServiceToken};
use lp_kafka::{Connection, ConsumerHealth, ConsumerSettings, full_topic, run_consumer};
use lp_runtime::Settings;
use lp_schema_registry::{EventReader, RegistryClient};
use secrecy::ExposeSecret as _;
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
    let token = settings.http.api_token.as_ref().map(|token| ServiceToken::new(token.expose_secret()));
    lp_http::check_listen(listener.local_addr()?, token.as_ref())?;
    let login = PgConnectOptions::from_str(settings.databases.credentials()?)
        .context("LP_CREDENTIALS_DATABASE_URL cannot be used")?;
    let readers = store::reader_pool(login.clone(), settings.databases.max_connections);
    let writers = store::writer_pool(login, WRITER_CONNECTIONS);
    let health = ConsumerHealth::default();

    let limits = Limits {
        request_timeout: settings.http.request_timeout,
        max_body_bytes: settings.http.max_body_bytes,
        max_concurrent_requests: settings.http.max_concurrent_requests,
        max_connections: settings.http.max_connections,
        drain: settings.shutdown_deadline / 2,
        ..Limits::default()
    };
    let told = health.clone();
    let checks = Checks::new().with("consumer", move || std::future::ready(told.ready()));
    let router = http::api(readers.clone(), checks, metrics, token, limits.clone()).router();

    let sink = AwardsSink::new(writers.clone(), EventReader::new(registry(&settings)?));
    let kafka = consumer_settings(&settings)?;
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
    let (of_consumer, of_listener) = tokio::join!(consume, serve);
    readers.close().await;
    writers.close().await;
    of_consumer.and(of_listener)
}

fn registry(settings: &Settings) -> anyhow::Result<RegistryClient> {
    Ok(RegistryClient::new(lp_schema_registry::Settings {
        base_url: settings.registry.url()?.clone(),
        basic_auth: settings.registry.basic_auth.clone(),
        timeout: settings.registry.timeout,
    })?)
}

fn consumer_settings(settings: &Settings) -> anyhow::Result<ConsumerSettings> {
    let kafka = &settings.kafka;
    let connection = Connection {
        bootstrap_servers: kafka.bootstrap_servers()?.to_owned(),
        security_protocol: kafka.security_protocol.clone(),
        sasl_mechanism: kafka.sasl_mechanism.clone(),
        sasl_username: kafka.sasl_username.clone(),
        sasl_password: kafka.sasl_password.clone(),
        ca_file: kafka.ca_file.clone(),
    };
    let topics = vec![full_topic(kafka.topic_prefix.as_deref(), TOPIC)];
    Ok(ConsumerSettings {
        batch_max_messages: settings.intake.batch_max_messages,
        batch_max_wait: settings.intake.batch_max_wait,
        poison_limit: settings.intake.poison_limit,
        watchdog: settings.intake.watchdog,
        ..ConsumerSettings::new(connection, kafka.credentials_group_id.clone(), topics)
    })
}
