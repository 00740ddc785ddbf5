//! `keys list|generate|rotate|give-up`.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use lp_credentials::issuing::{Secrets, ensure_key, rotate_key};
use lp_credentials_store::issuing::audit::By;
use lp_credentials_store::issuing::keys::{give_up_key, list_keys};
use lp_runtime::{Need, Settings};
use sqlx::PgPool;

use crate::cli::Keys;
use crate::{start, table};

/// Who does it, as the audit log has it.
const BY: By<'static> = By { actor: "command:keys", request_id: None, reason: None };

pub(crate) async fn run(action: Keys) -> anyhow::Result<ExitCode> {
    let settings = start::settings(&[Need::CredentialsDatabase])?;
    let pool = start::pool(settings.databases.credentials()?).await?;
    match action {
        Keys::List => list(&pool).await?,
        Keys::Generate => {
            let mut tx = pool.begin().await?;
            let key = ensure_key(&mut tx, &BY, &secrets(&settings)?).await?;
            tx.commit().await?;
            println!("{key} signs");
        }
        Keys::Rotate => {
            let mut tx = pool.begin().await?;
            let key = rotate_key(&mut tx, &BY, &secrets(&settings)?).await?;
            tx.commit().await?;
            println!("{key} signs from now on; what others signed stays good");
        }
        Keys::GiveUp { public_key } => {
            let mut tx = pool.begin().await?;
            let Some(due) = give_up_key(&mut tx, &BY, &public_key).await? else {
                bail!(
                    "{public_key} is no former key: `keys list` shows them; a current one is rotated first"
                );
            };
            tx.commit().await?;
            println!(
                "{public_key} is given up; the service signs {due} credentials anew, and all status lists"
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn secrets(settings: &Settings) -> anyhow::Result<Secrets> {
    let issuer = settings.credentials.issuer.as_ref();
    let (_, secret) = issuer.context("LP_CREDENTIALS_URL and LP_CREDENTIALS_SECRET are not set")?;
    Ok(Secrets::new(secret.clone()))
}

async fn list(pool: &PgPool) -> anyhow::Result<()> {
    let at = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M:%S").to_string();
    let keys = list_keys(&mut *pool.acquire().await?).await?;
    let rows: Vec<Vec<String>> = keys
        .into_iter()
        .map(|key| {
            let ended = key.ended_at.map(at).unwrap_or_default();
            vec![key.public_key, key.state.word().to_owned(), at(key.made_at), ended]
        })
        .collect();
    println!("{}", table::render(&["public key", "state", "made (UTC)", "until (UTC)"], &rows));
    Ok(())
}
