//! The parts that all are measured on.

use std::collections::HashMap;
use std::path::Path;

use chrono::Utc;
use lp_devstack::lms::{Message, Sender, TOPICS};
use lp_devstack::{Apicurio, Kafka, Postgres};
use lp_domain::{Definition, LearnerId, PathDetails, PathId, RunKey, RunPolicy, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{put_path, put_run};
use lp_progress_store::{Again, Catalogue, EnrolmentRequest, Wish};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use tempfile::TempDir;

use crate::load::Load;

/// The prefix of the topics that we read, and the topic that the peer reads: it reads one only.
pub(crate) const PREFIX: &str = "bench";
pub(crate) const PEER_TOPIC: &str = "peer-events";
/// The database with runs and enrolments, copied for each measurement.
const TEMPLATE: &str = "enrolled";
const PARTITIONS: i32 = 3;

pub(crate) struct Stage {
    pub(crate) kafka: Kafka,
    pub(crate) registry: Apicurio,
    pub(crate) postgres: Postgres,
    _dir: TempDir,
}

/// Topics with their prefix.
pub(crate) fn topics() -> Vec<String> {
    TOPICS.iter().map(|topic| format!("{PREFIX}-{topic}")).collect()
}

impl Stage {
    pub(crate) async fn start(parts: &Path, load: &Load) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("learning-paths-bench-").tempdir()?;
        let (kafka, registry, postgres) = tokio::try_join!(
            Kafka::start(parts, dir.path()),
            Apicurio::start(parts, dir.path()),
            Postgres::start_durable()
        )?;
        let ours = topics();
        let lifecycle = format!("{PREFIX}-learning-path-lifecycle");
        let mut names: Vec<&str> = ours.iter().map(String::as_str).collect();
        names.extend([lifecycle.as_str(), PEER_TOPIC]);
        lp_devstack::create_topics(&kafka.servers(), &names, PARTITIONS).await?;
        enrol(&postgres, load).await?;
        Ok(Self { kafka, registry, postgres, _dir: dir })
    }

    /// Writes the load, and a part of it once more for the peer.
    pub(crate) async fn write(&self, load: &Load, peer_events: usize) -> anyhow::Result<()> {
        let (servers, registry) = (self.kafka.servers(), self.registry.url());
        Sender::new(&servers, &registry, Some(PREFIX))?.send(load.messages(), |_| {}).await?;
        let for_peer: Vec<Message> = load
            .messages()
            .iter()
            .take(peer_events)
            .map(|message| Message { topic: PEER_TOPIC, ..message.clone() })
            .collect();
        Sender::new(&servers, &registry, None)?.send(&for_peer, |_| {}).await
    }

    /// A new database with runs and enrolments, and nothing done.
    pub(crate) async fn database(&self, name: &str) -> anyhow::Result<String> {
        let mut conn = PgConnection::connect(&self.postgres.url("postgres")).await?;
        let copy = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"));
        conn.execute(copy).await?;
        // What the one leaves to be written must not slow down the next.
        conn.execute("CHECKPOINT").await?;
        conn.close().await?;
        Ok(self.postgres.url(name))
    }
}

async fn enrol(postgres: &Postgres, load: &Load) -> anyhow::Result<()> {
    let pool = PgPool::connect(&postgres.create_database(TEMPLATE).await?).await?;
    lp_progress_store::migrate(&pool).await?;
    let now = Timestamp::try_from(Utc::now())?;
    let mut catalogue = Catalogue::default();
    let runs: HashMap<RunKey, Vec<i64>> = {
        let mut tx = pool.begin().await?;
        let (mut runs, by) = (HashMap::new(), By::command("bench"));
        for (key, definition, learners) in load.runs() {
            let key = RunKey::parse(&key)?;
            let definition: Definition = serde_json::from_str(&definition)?;
            let (id, details) = (PathId::from(&key), PathDetails::default());
            let path = lp_progress_store::authoring::Path { title: id.number().to_owned(), id, details };
            put_path(&mut tx, &by, &path).await?;
            put_run(&mut tx, &by, &key, &RunPolicy::default(), &definition).await?;
            runs.insert(key, learners);
        }
        tx.commit().await?;
        runs
    };
    for (run, learners) in &runs {
        for some in learners.chunks(1_000) {
            let mut tx = pool.begin().await?;
            let requests = some.iter().map(|learner| {
                let (learner, wish) = (LearnerId::try_from(*learner)?, Wish::Enrol(Again::Resumed));
                Ok(EnrolmentRequest { learner, run: run.clone(), wish, at: now })
            });
            let requests = requests.collect::<anyhow::Result<Vec<_>>>()?;
            lp_progress_store::enrol(&mut tx, &mut catalogue, &By::command("bench"), &requests, now).await?;
            tx.commit().await?;
        }
    }
    // What is measured begins with nothing to tell.
    pool.execute("TRUNCATE outbox").await?;
    pool.execute("VACUUM ANALYZE").await?;
    pool.close().await;
    Ok(())
}
