//! What commands begin with: settings, telemetry, database pools.

use std::sync::OnceLock;

use anyhow::Context as _;
use lp_runtime::{Need, Settings, Source, Telemetry};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

static TELEMETRY: OnceLock<Telemetry> = OnceLock::new();

/// The settings that a command needs, or all that is wrong with them.
pub(crate) fn settings(needs: &[Need]) -> anyhow::Result<Settings> {
    Ok(Settings::load(&Source::from_process(), needs)?)
}

/// Installs logs, traces and metrics.
pub(crate) fn telemetry(settings: &Settings) -> anyhow::Result<&'static Telemetry> {
    let installed = Telemetry::install(&settings.telemetry, "learning-paths")?;
    Ok(TELEMETRY.get_or_init(|| installed))
}

/// Sends what traces are left.
pub(crate) fn flush_telemetry() {
    if let Some(telemetry) = TELEMETRY.get() {
        telemetry.flush();
    }
}

/// A small pool for a command that is done soon; connects at once.
pub(crate) async fn pool(url: &str) -> anyhow::Result<PgPool> {
    let options: PgConnectOptions = url.parse().context("the address of the database cannot be read")?;
    PgPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(std::time::Duration::from_secs(10))
        .connect_with(options.application_name("learning-paths"))
        .await
        .context("cannot reach the database")
}
