//! `migrate`.

use std::process::ExitCode;

use anyhow::Context as _;
use lp_runtime::Need;

use crate::start;

pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    let settings = start::settings(&[Need::ProgressDatabase, Need::CredentialsDatabase])?;
    let progress = start::pool(settings.databases.progress()?).await.context("LP_DATABASE_URL")?;
    lp_progress_store::migrate(&progress).await.context("the progress database was not migrated")?;
    println!("progress database: up to date");
    let credentials =
        start::pool(settings.databases.credentials()?).await.context("LP_CREDENTIALS_DATABASE_URL")?;
    lp_credentials_store::migrate(&credentials).await.context("the credentials database was not migrated")?;
    println!("credentials database: up to date");
    Ok(ExitCode::SUCCESS)
}
