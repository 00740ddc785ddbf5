//! `offsets list|accept`.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use lp_inbox::StoredOffset;
use lp_kafka::Connection;
use sqlx::PgPool;

use crate::cli::{Database, Offsets};
use crate::{start, table};

/// How long one question to Kafka may take.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn run(action: Offsets, database: Database) -> anyhow::Result<ExitCode> {
    let settings = start::settings(&[database.need()])?;
    match action {
        Offsets::List => list(&start::pool(database.url(&settings)?).await?).await?,
        Offsets::Accept { topic, partition } => {
            let kafka = settings.kafka.connection()?;
            let pool = start::pool(database.url(&settings)?).await?;
            accept(&pool, kafka, topic, partition).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(pool: &PgPool) -> anyhow::Result<()> {
    let stored = lp_inbox::list_offsets(&mut *pool.acquire().await?).await?;
    let rows: Vec<Vec<String>> = stored
        .into_iter()
        .map(|stored| {
            vec![
                stored.topic,
                stored.partition_id.to_string(),
                stored.next_offset.to_string(),
                stored.epoch.to_string(),
                stored.updated_at.format("%Y-%m-%d %H:%M:%S").to_string(),
            ]
        })
        .collect();
    println!("{}", table::render(&["topic", "partition", "next offset", "epoch", "updated (UTC)"], &rows));
    Ok(())
}

/// Moves what is stored to the oldest offsets that Kafka has; all partitions or none.
async fn accept(
    pool: &PgPool,
    kafka: Connection,
    topic: String,
    partition: Option<i32>,
) -> anyhow::Result<()> {
    let oldest = oldest(kafka, topic.clone()).await?;
    ensure!(
        !oldest.is_empty(),
        "Kafka has no topic {topic}; `offsets list` gives full names, prefix included"
    );
    let mut tx = pool.begin().await?;
    let stored: Vec<StoredOffset> = lp_inbox::list_offsets(&mut tx)
        .await?
        .into_iter()
        .filter(|stored| stored.topic == topic && partition.is_none_or(|only| only == stored.partition_id))
        .collect();
    if stored.is_empty() {
        let which = partition.map_or_else(String::new, |partition| format!("partition {partition} of "));
        bail!("no offset of {which}{topic} is stored in this database, so there is nothing to accept");
    }
    let mut moved = vec![];
    for StoredOffset { partition_id, next_offset, .. } in stored {
        match oldest.iter().find(|(there, _)| *there == partition_id) {
            Some((_, to)) => {
                let from = lp_inbox::reset_offset(&mut tx, &topic, partition_id, *to).await?;
                let from = from.context("the stored offset was removed meanwhile")?;
                moved.push(format!("{topic}/{partition_id}: {from} → {to}"));
            }
            None if partition.is_some() => bail!("Kafka has no partition {partition_id} of {topic}"),
            None => moved.push(format!("{topic}/{partition_id}: not in Kafka, stays at {next_offset}")),
        }
    }
    tx.commit().await?;
    println!("{}", moved.join("\n"));
    println!("restart the service that reads it: a partition that has halted starts there then");
    Ok(())
}

/// The partitions that Kafka has of the topic, each with its oldest offset.
async fn oldest(kafka: Connection, topic: String) -> anyhow::Result<Vec<(i32, i64)>> {
    let servers = kafka.bootstrap_servers.clone();
    let probed = tokio::task::spawn_blocking(move || lp_kafka::probe(&kafka, &[topic], TIMEOUT))
        .await?
        .with_context(|| format!("{servers} does not answer as it must"))?;
    let partitions = probed.into_iter().flat_map(|topic| topic.partitions);
    Ok(partitions.map(|(partition, first, _)| (partition, first)).collect())
}
