//! Messages as the LMS writes them, and a run that they move.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lp_devstack::Registry;
use lp_devstack::lms::{Message, Sender, Writer};
use lp_domain::{Definition, LearnerId, PathDetails, PathId, RunKey, RunPolicy, Timestamp};
use lp_inbox::Advance;
use lp_kafka::{Batch, Sink as _, TopicPartition};
use lp_progress_consumer::{Intake, ProgressSink};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::{Path, put_path, put_run};
use lp_progress_store::{Again, Catalogue, ClaimKey, EnrolmentRequest, Wish, enrol};
use lp_schema_registry::{EventReader, RegistryClient, Settings};
use sqlx::PgPool;
use uuid::Uuid;

pub(crate) const COURSE: &str = "course-v1:Org+C+2026";
pub(crate) const RUN: &str = "path-v1:Org+N+R+G";

/// The key of claims.
pub(crate) fn claim_key() -> ClaimKey {
    ClaimKey::new("a secret that all services share".into())
}

pub(crate) fn intake() -> Intake {
    Intake { skew: TimeDelta::minutes(5), claims: Some(claim_key()) }
}

pub(crate) struct Fixture {
    pub(crate) pool: PgPool,
    pub(crate) registry: Registry,
    pub(crate) sink: ProgressSink,
    sender: Sender,
    epoch: i64,
    next_offset: i64,
}

/// Learner `of` passes the course.
pub(crate) fn passing(of: i64, at: DateTime<Utc>) -> Message {
    Writer { learner: of }.passing(Uuid::now_v7(), at, COURSE, true)
}

pub(crate) fn yesterday() -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(1)
}

pub(crate) fn reader(registry: &Registry) -> EventReader {
    let client = RegistryClient::new(Settings {
        base_url: registry.url().parse().unwrap(),
        basic_auth: None,
        timeout: Duration::from_secs(1),
    });
    EventReader::new(client.unwrap())
}

impl Fixture {
    /// Learners 1 to 9 in a run of one course; one partition claimed.
    pub(crate) async fn new(pool: PgPool) -> Self {
        let registry = Registry::start().await.unwrap();
        let reader = reader(&registry);
        let mut sink = ProgressSink::new(pool.clone(), reader, intake());
        let here = TopicPartition { topic: "t".into(), partition: 0, earliest: 0 };
        let epoch = sink.claim(&[here]).await.unwrap()[0].epoch;
        catalogue(&pool).await;
        let sender = Sender::new("127.0.0.1:9", &registry.url(), None).unwrap();
        Self { pool, registry, sink, sender, epoch, next_offset: 0 }
    }

    /// What Kafka would hand over of a message.
    pub(crate) async fn consumed(&mut self, message: &Message) -> lp_inbox::Message {
        let record = self.sender.record(message).await.unwrap();
        lp_inbox::Message {
            topic: "t".into(),
            partition: 0,
            offset: 0,
            key: Some(record.key),
            payload: Some(record.value),
            headers: record
                .headers
                .into_iter()
                .map(|(name, value)| (name.into(), Some(value.into())))
                .collect(),
        }
    }

    /// The next messages of the partition.
    pub(crate) fn batch(&mut self, mut messages: Vec<lp_inbox::Message>) -> Batch {
        let from = self.next_offset;
        for (offset, message) in (from..).zip(&mut messages) {
            message.offset = offset;
        }
        self.next_offset += i64::try_from(messages.len()).unwrap();
        let step = Advance { topic: "t".into(), partition: 0, from, to: self.next_offset, epoch: self.epoch };
        Batch::new(messages, vec![step], 10)
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }
}

async fn catalogue(pool: &PgPool) {
    let mut tx = pool.begin().await.unwrap();
    let (by, run) = (By::command("test"), RunKey::parse(RUN).unwrap());
    let path = Path { id: PathId::from(&run), title: "A path".into(), details: PathDetails::default() };
    put_path(&mut tx, &by, &path).await.unwrap();
    let definition: Definition = serde_json::from_value(serde_json::json!({
        "items": [{ "id": "c", "key": COURSE, "title": "C" }], "requirement": { "item": "c" }
    }))
    .unwrap();
    put_run(&mut tx, &by, &run, &RunPolicy::default(), &definition).await.unwrap();
    let at = Timestamp::try_from(yesterday()).unwrap();
    for learner in 1..10 {
        let learner = LearnerId::try_from(learner).unwrap();
        let request = EnrolmentRequest { learner, run: run.clone(), wish: Wish::Enrol(Again::Resumed), at };
        let by = By::command("test");
        enrol(&mut tx, &mut Catalogue::default(), &by, &[request], at).await.unwrap();
    }
    tx.commit().await.unwrap();
}
