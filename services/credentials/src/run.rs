//! The running service: the consumer and the API side by side.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::TimeDelta;
use lp_events::path::TOPIC;
use lp_http::{Checks, MetricsPage};
use lp_inbox::failpoint;
use lp_kafka::{ConsumerHealth, run_consumer};
use lp_runtime::Settings;
use lp_schema_registry::EventReader;
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::http::{CredentialsState, Issuer};
use crate::issuing::{Pace, Secrets, Site};
use crate::{AwardsSink, Drawing, http, issuing, store};

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
const CONSUMER_CONNECTIONS: u32 = 2;

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
    let most = settings.databases.max_connections;
    let readers = store::reader_pool(login.clone(), most);
    let consumers =
        lp_postgres::writer(login.clone(), "learning-paths-credentials-consumer", CONSUMER_CONNECTIONS);
    let writers = lp_postgres::writer(login, "learning-paths-credentials", most);
    let health = ConsumerHealth::default();
    let issuer = issuer(&settings)?.map(Arc::new);

    let limits = settings.http.limits(settings.shutdown_deadline / 2);
    let told = health.clone();
    let checks = Checks::new().with("consumer", move || std::future::ready(told.ready()));
    let state = CredentialsState::new(readers.clone(), writers.clone(), issuer.clone());
    let router = http::api(state, checks, metrics, auth.clone(), limits.clone()).router();

    let registry = settings.registry.client()?;
    let sink = AwardsSink::new(consumers.clone(), EventReader::new(registry.clone()));
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
    let relay =
        lp_runtime::relay(&settings, &writers, registry, || failpoint("relay_after_send"), both.clone())?;
    let issue = async {
        let Some(issuer) = &issuer else { return };
        let credentials = &settings.credentials;
        let pace = Pace {
            status_delay: TimeDelta::from_std(credentials.status_delay).unwrap_or_default(),
            has_suspension: credentials.has_suspension,
        };
        tokio::join!(
            issuing::run(&writers, &issuer.site, &issuer.secrets, pace, &both),
            issuing::run_jobs(&writers, &issuer.secrets, &both),
        );
    };
    let (of_consumer, of_listener, (), (), ()) = tokio::join!(consume, serve, keys, relay, issue);
    for pool in [readers, consumers, writers] {
        pool.close().await;
    }
    of_consumer.and(of_listener)
}

/// Who issues credentials, where somebody does.
fn issuer(settings: &Settings) -> anyhow::Result<Option<Issuer>> {
    let Some((url, secret)) = &settings.credentials.issuer else { return Ok(None) };
    let site = Site::new(url).context("LP_CREDENTIALS_URL cannot be used")?;
    let design = |file: &Option<PathBuf>| file.as_ref().map(std::fs::read_to_string).transpose();
    let designs = &settings.credentials;
    let certificate =
        design(&designs.certificate_design).context("LP_CREDENTIALS_CERTIFICATE_DESIGN cannot be read")?;
    let transcript =
        design(&designs.transcript_design).context("LP_CREDENTIALS_TRANSCRIPT_DESIGN cannot be read")?;
    let drawing = Drawing::new(certificate.as_deref(), transcript.as_deref())?;
    Ok(Some(Issuer { site, secrets: Secrets::new(secret.clone()), drawing }))
}
