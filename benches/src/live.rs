//! How soon an open stream sees what happens, and what streams cost.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::Utc;
use clap::Args;
use lp_devstack::Postgres;
use lp_domain::{Fact, FactValue, LearnerId, PathDetails, PathId, Ratio, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{self, put_path, put_run};
use lp_progress_store::{Again, Catalogue, EnrolmentRequest, FactTelling, Tellings, Wish};
use sqlx::{Connection as _, PgConnection};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use crate::figure::{Figure, median, print, quantile};
use crate::live_client::Watched;
use crate::ours::resident;
use crate::what_if_part::{course, current};

const RUN: &str = "path-v1:BenchX+LIVE+all+open";
/// How long the consumer waits at most for others to join a transaction, by default.
const BATCH: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(crate) struct Live {
    /// The release build of `learning-paths`.
    #[arg(long)]
    binary: PathBuf,
    /// Open streams, each of another learner.
    #[arg(long, default_value_t = 5_000)]
    streams: u32,
    /// Events a second, of one learner after the other.
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// For how long.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &Live) -> anyhow::Result<()> {
    let Live { binary, streams, rate, seconds, json } = options;
    ensure!(*streams >= *rate, "a learner's next event must not come before the one before was seen");
    eprintln!("starting Postgres, enrolling {streams} learners …");
    let postgres = Postgres::start_durable().await?;
    let url = postgres.create_database("live").await?;
    let mut writer = Writer::new(&url, *streams).await?;
    let service = Service::start(binary, &url, *streams).await?;
    let before = resident(service.process.id())?;
    let watched = Arc::new(Watched::new(*streams));
    eprintln!("opening {streams} streams …");
    for learner in 1..=*streams {
        watched.open(service.address, learner).await?;
    }
    let open = resident(service.process.id())?;
    eprintln!("{rate} events a second for {seconds} s …");
    let mut batches = writer.write(&watched, *rate, *seconds).await?;
    let mut seen = timeout(Duration::from_secs(30), watched.all_seen((rate * seconds) as usize))
        .await
        .context("events were not seen")?;
    let most = resident(service.process.id())?;
    print(
        &[
            Figure::plain("live_streams_open", f64::from(*streams), ""),
            Figure::plain("live_events_seen_p50", quantile(&mut seen, 0.5), "ms"),
            Figure::at_most("live_events_seen_p99", quantile(&mut seen, 0.99), "ms", 100.0),
            Figure::plain("live_batch_written", median(&mut batches), "ms"),
            Figure::plain("live_memory_of_a_stream", (open - before) * 1024.0 / f64::from(*streams), "KiB"),
            Figure::at_most("live_resident_memory", most, "MiB", 64.0),
        ],
        *json,
    )
}

/// The query API as operators run it; ends with the measurement.
struct Service {
    process: Child,
    address: std::net::SocketAddr,
}

impl Service {
    async fn start(binary: &Path, url: &str, streams: u32) -> anyhow::Result<Self> {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], lp_devstack::free_port()?));
        let process = Command::new(binary)
            .args(["serve", "query"])
            .env("LP_READER_DATABASE_URL", url)
            .env("LP_QUERY_LISTEN", address.to_string())
            .env("LP_LIVE_MAX_STREAMS", streams.to_string())
            .env("LP_HTTP_REQUESTS_PER_MINUTE", "0")
            .env("LP_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .context("the query API does not start")?;
        let service = Self { process, address };
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(30), "the query API does not listen");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(service)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes facts as the consumer does.
struct Writer {
    conn: PgConnection,
    catalogue: Catalogue,
    learners: u32,
    told: u32,
}

impl Writer {
    async fn new(url: &str, learners: u32) -> anyhow::Result<Self> {
        let mut conn = lp_postgres::writer(url.parse()?, "bench-live", 1).acquire().await?.detach();
        lp_progress_store::MIGRATOR.run(&mut conn).await?;
        let (run, by, mut catalogue) = (RunKey::parse(RUN)?, By::command("bench"), Catalogue::default());
        let (id, details) = (PathId::from(&run), PathDetails::default());
        put_path(&mut conn, &by, &authoring::Path { id, title: "Live".into(), details }).await?;
        put_run(&mut conn, &by, &run, &RunPolicy::default(), &current()?).await?;
        let whom: Vec<u32> = (1..=learners).collect();
        let at = Timestamp::try_from(Utc::now())?;
        for some in whom.chunks(1_000) {
            let requests = some.iter().map(|learner| {
                let learner = LearnerId::try_from(i64::from(*learner))?;
                Ok(EnrolmentRequest { learner, run: run.clone(), wish: Wish::Enrol(Again::Resumed), at })
            });
            let requests = requests.collect::<anyhow::Result<Vec<_>>>()?;
            let mut tx = conn.begin().await?;
            lp_progress_store::enrol(&mut tx, &mut catalogue, &by, &requests, at).await?;
            tx.commit().await?;
        }
        sqlx::query("ANALYZE").execute(&mut conn).await?;
        Ok(Self { conn, catalogue, learners, told: 0 })
    }

    /// One event after the other is produced, evenly; each batch takes in what was produced since the one before. Milliseconds
    /// that each batch took.
    async fn write(&mut self, watched: &Watched, rate: u32, seconds: u32) -> anyhow::Result<Vec<f64>> {
        let (begun, mut taken, mut next) = (Instant::now(), Vec::new(), Instant::now());
        let every = Duration::from_secs(1) / rate;
        while self.told < rate * seconds {
            next += BATCH;
            sleep_until(next).await;
            let mut tellings = Tellings::default();
            while self.told < rate * seconds {
                let produced = begun + every * self.told;
                if produced > Instant::now() {
                    break;
                }
                watched.produced(self.told % self.learners + 1, produced);
                tellings.facts.push(self.fact()?);
            }
            let writing = Instant::now();
            let mut tx = self.conn.begin().await?;
            let now = Timestamp::try_from(Utc::now())?;
            lp_progress_store::apply(&mut tx, &mut self.catalogue, &tellings, now).await?;
            tx.commit().await?;
            taken.push(writing.elapsed().as_secs_f64() * 1_000.0);
        }
        Ok(taken)
    }

    /// A grade that the learner did not have before.
    fn fact(&mut self) -> anyhow::Result<FactTelling> {
        let (round, learner) = (self.told / self.learners, self.told % self.learners + 1);
        self.told += 1;
        let fact = Fact {
            learner: LearnerId::try_from(i64::from(learner))?,
            context: course(0).try_into()?,
            at: Timestamp::try_from(Utc::now())?,
            id: Uuid::now_v7(),
            value: FactValue::Grade { grade: Ratio::try_from(f64::from(round + 1) / 1_000.0)? },
        };
        Ok(FactTelling { fact, message: 0, traceparent: None })
    }
}
