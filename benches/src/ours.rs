//! Our consumer as operators run it: the release build, a process of its own.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use lp_devstack::lms::TOPICS;
use sqlx::{Connection as _, PgConnection};

use crate::stage::{PREFIX, Stage};

/// So long may nothing happen before it counts as broken.
const STALLED: Duration = Duration::from_mins(1);

/// Events a second from the first poll to the last commit, and the most resident memory in MiB.
pub(crate) async fn measure(
    stage: &Stage,
    binary: &Path,
    round: usize,
    events: usize,
) -> anyhow::Result<(f64, f64)> {
    let url = stage.database(&format!("ours_{round}")).await?;
    let mut consumer = Consumer(start(stage, binary, round, &url)?);
    let mut conn = PgConnection::connect(&url).await?;
    let (mut begun, mut last) = (None, (0, Instant::now()));
    let seconds = loop {
        let done = done(&mut conn).await?;
        let now = Instant::now();
        if done.is_some() && begun.is_none() {
            begun = Some(now);
        }
        let count = done.unwrap_or(0);
        if let Some(begun) = begun
            && count >= i64::try_from(events)?
        {
            break (now - begun).as_secs_f64();
        }
        if count > last.0 {
            last = (count, now);
        }
        ensure!(now - last.1 < STALLED, "the consumer took in {count} of {events} and no more");
        ensure!(consumer.0.try_wait()?.is_none(), "the consumer ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let resident = resident(consumer.0.id())?;
    let expected = events / 20;
    let completions: i64 =
        sqlx::query_scalar("SELECT count(*) FROM completions").fetch_one(&mut conn).await?;
    ensure!(
        usize::try_from(completions)?.abs_diff(expected) < expected / 10 + 10,
        "{completions} completions, about {expected} expected"
    );
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok((events as f64 / seconds, resident))
}

/// Ends with the measurement.
struct Consumer(Child);

impl Drop for Consumer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(stage: &Stage, binary: &Path, round: usize, url: &str) -> anyhow::Result<Child> {
    Command::new(binary)
        .args(["serve", "consumer"])
        .env("LP_DATABASE_URL", url)
        .env("LP_KAFKA_BOOTSTRAP_SERVERS", stage.kafka.servers())
        .env("LP_KAFKA_TOPIC_PREFIX", PREFIX)
        .env("LP_KAFKA_TOPICS", TOPICS.join(","))
        .env("LP_KAFKA_GROUP_ID", format!("bench-{round}"))
        .env("LP_SCHEMA_REGISTRY_URL", stage.registry.url())
        .env("LP_CONSUMER_LISTEN", "127.0.0.1:0")
        .env("LP_LOG", "warn")
        .stdout(Stdio::null())
        .spawn()
        .context("the consumer does not start")
}

/// How many messages were taken in; `None` before the partitions are claimed, which is when polling begins.
async fn done(conn: &mut PgConnection) -> anyhow::Result<Option<i64>> {
    let sum: Option<i64> =
        sqlx::query_scalar("SELECT sum(next_offset)::bigint FROM consumer_offsets").fetch_one(conn).await?;
    Ok(sum)
}

/// The most memory that a process ever had resident, in MiB.
pub(crate) fn resident(process: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kibibytes / 1024.0)
}
