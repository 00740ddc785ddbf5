//! `quarantine list|show|replay`.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use lp_inbox::Quarantined;
use lp_progress_consumer::Intake;
use lp_runtime::{Need, Settings};
use lp_schema_registry::EventReader;
use sqlx::PgPool;

use crate::cli::{Database, Quarantine};
use crate::{start, table};

/// How many numbers are fetched at once.
const PAGE: i64 = 1000;

pub(crate) async fn run(action: Quarantine, database: Database) -> anyhow::Result<ExitCode> {
    let mut needs = vec![database.need()];
    if matches!(action, Quarantine::Replay { .. }) {
        needs.push(Need::EventBus);
    }
    let settings = start::settings(&needs)?;
    let pool = start::pool(database.url(&settings)?).await?;
    match action {
        Quarantine::List { reason, replayed, after, limit } => {
            list(&pool, reason.as_deref(), replayed, after, limit).await
        }
        Quarantine::Show { id, payload } => show(&pool, id, payload).await,
        Quarantine::Replay { ids, all } => {
            start::telemetry(&settings)?;
            let ids = if all { waiting(&pool).await? } else { ids };
            replay(&pool, &settings, database, &ids).await
        }
    }
}

async fn list(
    pool: &PgPool,
    reason: Option<&str>,
    replayed: bool,
    after: i64,
    limit: i64,
) -> anyhow::Result<ExitCode> {
    let mut conn = pool.acquire().await?;
    let found = lp_inbox::list(&mut conn, after, limit, replayed).await?;
    let full = i64::try_from(found.len())? == limit;
    let last = found.last().map(|message| message.quarantined_message_id);
    let rows: Vec<Vec<String>> = found
        .into_iter()
        .filter(|message| reason.is_none_or(|reason| message.reason == reason))
        .map(|message| {
            vec![
                message.quarantined_message_id.to_string(),
                format!("{}/{}@{}", message.topic, message.partition_id, message.message_offset),
                message.quarantined_at.format("%Y-%m-%d %H:%M:%S").to_string(),
                if message.replayed_at.is_some() { "replayed".into() } else { "waiting".into() },
                message.reason,
                message.detail,
            ]
        })
        .collect();
    println!("{}", table::render(&["number", "message", "since (UTC)", "state", "reason", "detail"], &rows));
    let waiting = lp_inbox::count(&mut conn).await?;
    println!("\n{} shown, {waiting} waiting in all", rows.len());
    if let (true, Some(last)) = (full, last) {
        println!("there may be more: --after {last}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(pool: &PgPool, id: i64, payload: bool) -> anyhow::Result<ExitCode> {
    let Quarantined { message, reason, detail } = get(pool, id).await?;
    if payload {
        std::io::stdout().write_all(&message.payload.unwrap_or_default())?;
        return Ok(ExitCode::SUCCESS);
    }
    let size =
        |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or("none".into(), |b| format!("{} bytes", b.len()));
    println!("message  {}/{}@{}", message.topic, message.partition, message.offset);
    println!("reason   {reason}");
    println!("detail   {detail}");
    println!("key      {}", size(&message.key));
    println!("payload  {} (--payload writes it out)", size(&message.payload));
    for (name, value) in &message.headers {
        // A header may be anything: escaped, so that it cannot steer the terminal.
        let value = value.as_deref().map_or("none".into(), |value| value.escape_ascii().to_string());
        println!("header   {}: {value}", name.escape_debug());
    }
    Ok(ExitCode::SUCCESS)
}

async fn get(pool: &PgPool, id: i64) -> anyhow::Result<Quarantined> {
    let mut conn = pool.acquire().await?;
    lp_inbox::show(&mut conn, id).await?.with_context(|| format!("there is no quarantined message {id}"))
}

async fn waiting(pool: &PgPool) -> anyhow::Result<Vec<i64>> {
    let mut conn = pool.acquire().await?;
    let mut ids: Vec<i64> = vec![];
    loop {
        let after = ids.last().copied().unwrap_or_default();
        let page = lp_inbox::list(&mut conn, after, PAGE, false).await?;
        if page.is_empty() {
            return Ok(ids);
        }
        ids.extend(page.iter().map(|message| message.quarantined_message_id));
    }
}

/// Reads them again, each in a transaction of its own; those still unreadable stay.
async fn replay(
    pool: &PgPool,
    settings: &Settings,
    database: Database,
    ids: &[i64],
) -> anyhow::Result<ExitCode> {
    let reader = EventReader::new(settings.registry.client()?);
    let intake = Intake::of(settings)?;
    let mut still = 0_usize;
    for id in ids {
        let message = get(pool, *id).await?.message;
        let read = match database {
            Database::Progress => {
                lp_progress_consumer::replay(pool, &reader, &message, &intake).await.map_err(in_words)
            }
            Database::Credentials => lp_credentials::replay(pool, &reader, &message).await.map_err(in_words),
        };
        if let Err(why) = read {
            still += 1;
            println!("{id}: not replayed: {why}");
            continue;
        }
        // Read, but not marked: replayed once more, it changes nothing.
        lp_inbox::mark_replayed(&mut *pool.acquire().await?, *id).await?;
        println!("{id}: replayed");
    }
    println!("{} replayed, {still} not", ids.len() - still);
    Ok(if still == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An error with what caused it.
fn in_words(error: impl std::error::Error + Send + Sync + 'static) -> String {
    format!("{:#}", anyhow::Error::new(error))
}
