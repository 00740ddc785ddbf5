//! The running service.

use anyhow::Context as _;
use lp_http::{Checks, MetricsPage};
use lp_progress_store::read;
use lp_runtime::{Settings, grants_in};
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::http::{MinGroup, QueryState};
use crate::{Live, LiveLimits};

/// What the service needs.
pub struct Config {
    /// The configuration, of which it reads what concerns databases and HTTP.
    pub settings: Settings,
    /// Where it listens: bound to `settings.http.query_listen`, or to a free port by tests.
    pub listener: TcpListener,
    /// The process's metrics.
    pub metrics: MetricsPage,
}

/// Serves until `cancel`. A database that is away makes it not ready, and is found again when it is back.
///
/// # Errors
/// When the configuration cannot be used, or the listener breaks.
pub async fn run(config: Config, cancel: CancellationToken) -> anyhow::Result<()> {
    let Config { settings, listener, metrics } = config;
    let auth = settings.http.auth()?;
    lp_http::check_listen(listener.local_addr()?, &auth)?;
    let login: PgConnectOptions =
        settings.databases.reader()?.parse().context("LP_READER_DATABASE_URL cannot be used")?;
    let readers = read::pool(login, settings.databases.max_connections);
    let live_login: PgConnectOptions =
        settings.databases.live()?.parse().context("LP_LIVE_DATABASE_URL cannot be used")?;
    let streams = LiveLimits {
        max_streams: settings.http.max_streams,
        max_streams_per_learner: settings.http.max_streams_per_learner,
        ..LiveLimits::default()
    };
    let live_database = Live::pool(live_login);
    let live = Live::new(live_database.clone(), streams, cancel.clone());
    let limits = settings.http.limits(settings.shutdown_deadline / 2);
    let auth = auth.with_grants(grants_in(readers.clone()));
    let api = crate::http::api(
        QueryState::new(readers.clone())
            .with_min_group(MinGroup::new(settings.reports.min_group))
            .with_live(live.clone()),
        Checks::new(),
        metrics,
        auth.clone(),
        limits.clone(),
    );
    let keys = auth.keep_keys(cancel.clone());
    let served = lp_http::serve(listener, api.router(), &limits, cancel.clone());
    let (served, (), ()) = tokio::join!(served, keys, live.listen());
    served?;
    live_database.close().await;
    readers.close().await;
    Ok(())
}
