//! The running service.

use anyhow::Context as _;
use lp_http::{Checks, MetricsPage};
use lp_runtime::{Settings, grants_in};
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::http::AdminState;
use crate::{background, lms as lms_work};

/// What the service needs.
pub struct Config {
    /// The configuration, of which it reads what concerns databases and HTTP.
    pub settings: Settings,
    /// Where it listens: bound to `settings.http.admin_listen`, or to a free port by tests.
    pub listener: TcpListener,
    /// The process's metrics.
    pub metrics: MetricsPage,
}

/// Serves, works on jobs, asks the LMS what there is to ask, and judges learners anew whom a change concerns, until `cancel`. A
/// database that is away makes it not ready, and is found again when it is back.
///
/// # Errors
/// When the configuration cannot be used, or the listener breaks.
pub async fn run(config: Config, cancel: CancellationToken) -> anyhow::Result<()> {
    let Config { settings, listener, metrics } = config;
    let auth = settings.http.auth()?;
    lp_http::check_listen(listener.local_addr()?, &auth)?;
    let login: PgConnectOptions =
        settings.databases.progress()?.parse().context("LP_DATABASE_URL cannot be used")?;
    let pool = lp_postgres::writer(login, "learning-paths-admin", settings.databases.max_connections);
    let auth = auth.with_grants(grants_in(pool.clone()));
    let limits = settings.http.limits(settings.shutdown_deadline / 2);
    let claims = settings.claim_key();
    let lms = settings.lms.client().context("the LMS (LP_LMS_URL) cannot be used")?;
    let calls_per_minute = lms.as_ref().map(|_| settings.lms.calls_per_minute);
    let state = AdminState::new(pool.clone(), claims.clone(), calls_per_minute);
    let api = crate::http::api(state, Checks::new(), metrics, auth.clone(), limits.clone());
    let (served, (), (), ()) = tokio::join!(
        lp_http::serve(listener, api.router(), &limits, cancel.clone()),
        auth.keep_keys(cancel.clone()),
        background::run(&pool, claims.as_ref(), &cancel),
        // Boxed, as it is a large future.
        Box::pin(lms_work::run(&pool, lms, &cancel)),
    );
    served?;
    pool.close().await;
    Ok(())
}
