//! `serve consumer|query|credentials|admin|plugin|all`.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use lp_runtime::telemetry::MetricsPage;
use lp_runtime::{Need, Settings, Supervisor};
use tokio::net::TcpListener;

use crate::cli::Service;
use crate::start;

pub(crate) async fn run(service: Service) -> anyhow::Result<ExitCode> {
    let settings = start::settings(&needs(service))?;
    let telemetry = start::telemetry(&settings)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), service = ?service, "starting");
    let mut supervisor = Supervisor::new(settings.shutdown_deadline);
    spawn(&mut supervisor, service, &settings, &telemetry.metrics_page()).await?;
    Ok(supervisor.run().await?.into())
}

/// Binds every address first, so that a taken one is told before anything runs.
pub(crate) async fn spawn(
    supervisor: &mut Supervisor,
    service: Service,
    settings: &Settings,
    metrics: &MetricsPage,
) -> anyhow::Result<Addresses> {
    let wanted = |one| service == one || service == Service::All;
    let http = &settings.http;
    let consumer = bind(wanted(Service::Consumer), "LP_CONSUMER_LISTEN", http.consumer_listen).await?;
    let query = bind(wanted(Service::Query), "LP_QUERY_LISTEN", http.query_listen).await?;
    let credentials =
        bind(wanted(Service::Credentials), "LP_CREDENTIALS_LISTEN", http.credentials_listen).await?;
    let admin = bind(wanted(Service::Admin), "LP_ADMIN_LISTEN", http.admin_listen).await?;
    let plugin = bind(wanted(Service::Plugin), "LP_PLUGIN_LISTEN", http.plugin_listen).await?;
    let address = |listener: &Option<TcpListener>| listener.as_ref().map(TcpListener::local_addr).transpose();
    let addresses = Addresses {
        consumer: address(&consumer)?,
        query: address(&query)?,
        credentials: address(&credentials)?,
        admin: address(&admin)?,
        plugin: address(&plugin)?,
    };
    if let Some(listener) = consumer {
        let config =
            lp_progress_consumer::Config { settings: settings.clone(), listener, metrics: metrics.clone() };
        supervisor.spawn("consumer", lp_progress_consumer::run(config, supervisor.cancel()));
    }
    if let Some(listener) = query {
        let config = lp_query_api::Config { settings: settings.clone(), listener, metrics: metrics.clone() };
        supervisor.spawn("query", lp_query_api::run(config, supervisor.cancel()));
    }
    if let Some(listener) = credentials {
        let config =
            lp_credentials::Config { settings: settings.clone(), listener, metrics: metrics.clone() };
        supervisor.spawn("credentials", lp_credentials::run(config, supervisor.cancel()));
    }
    if let Some(listener) = admin {
        let config = lp_admin_api::Config { settings: settings.clone(), listener, metrics: metrics.clone() };
        supervisor.spawn("admin", lp_admin_api::run(config, supervisor.cancel()));
    }
    if let Some(listener) = plugin {
        let config = lp_plugin_api::Config { settings: settings.clone(), listener, metrics: metrics.clone() };
        supervisor.spawn("plugin", lp_plugin_api::run(config, supervisor.cancel()));
    }
    Ok(addresses)
}

/// Where services listen, those that run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) consumer: Option<SocketAddr>,
    pub(crate) query: Option<SocketAddr>,
    pub(crate) credentials: Option<SocketAddr>,
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) plugin: Option<SocketAddr>,
}

async fn bind(wanted: bool, setting: &str, address: SocketAddr) -> anyhow::Result<Option<TcpListener>> {
    if !wanted {
        return Ok(None);
    }
    let listener = TcpListener::bind(address).await;
    listener.map(Some).with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// The settings that a service cannot do without.
pub(crate) fn needs(service: Service) -> Vec<Need> {
    match service {
        Service::Consumer => vec![Need::ProgressDatabase, Need::EventBus],
        Service::Query => vec![Need::ReaderDatabase, Need::QueryListen],
        Service::Credentials => vec![Need::CredentialsDatabase, Need::EventBus, Need::CredentialsListen],
        Service::Admin => vec![Need::ProgressDatabase, Need::AdminListen],
        Service::Plugin => vec![Need::ProgressDatabase, Need::PluginListen],
        Service::All => vec![
            Need::ProgressDatabase,
            Need::ReaderDatabase,
            Need::CredentialsDatabase,
            Need::EventBus,
            Need::QueryListen,
            Need::CredentialsListen,
            Need::AdminListen,
            Need::PluginListen,
        ],
    }
}
