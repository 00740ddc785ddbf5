//! The whole service: Kafka (librdkafka's mock cluster), a registry and Postgres, asked over HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lp_credentials::{Config, run};
use lp_devstack::{MockKafka, Registry};
use lp_events::PathEvent;
use lp_events::path::TOPIC;
use lp_kafka::{Connection, FrameError, Framed, Framer, KafkaPublisher, PublisherSettings};
use lp_outbox::{OutboxMessage, OutboxRow, Publisher as _};
use lp_runtime::{Settings, Source};
use lp_schema_registry::RegistryClient;
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::events::{completed, message, revoked};
use crate::office::{Office, RUN};

const PREFIX: &str = "prod";

/// Gives the test's own messages to the producer, by their number.
struct AsMade(Vec<Framed>);

impl Framer for AsMade {
    async fn frame(&self, row: &OutboxRow, _topic: &str) -> Result<Framed, FrameError> {
        Ok(self.0[usize::try_from(row.outbox_id).unwrap()].clone())
    }
}

fn framed(event: &PathEvent) -> Framed {
    let message = message(event);
    let text = |value: Option<Vec<u8>>| String::from_utf8(value.unwrap()).unwrap();
    Framed {
        key: b"key".to_vec(),
        value: message.payload.unwrap(),
        headers: message.headers.into_iter().map(|(name, value)| (name, text(value))).collect(),
    }
}

async fn publish(kafka: &MockKafka, events: &[PathEvent]) {
    let settings = PublisherSettings {
        connection: Connection::plaintext(kafka.bootstrap_servers()),
        topic_prefix: Some(PREFIX.into()),
        delivery_timeout: Duration::from_secs(30),
    };
    let rows: Vec<OutboxRow> = (0..)
        .zip(events)
        .map(|(outbox_id, event)| OutboxRow {
            outbox_id,
            message: OutboxMessage {
                event_id: uuid::Uuid::new_v4(),
                event_type: event.event_type().into(),
                topic: TOPIC.into(),
                event_time: chrono::Utc::now(),
                partition_key: event.learner().get(),
                body: event.encode_body(),
                traceparent: None,
            },
        })
        .collect();
    let publisher = KafkaPublisher::new(settings, AsMade(events.iter().map(framed).collect()));
    for published in publisher.publish(&rows).await {
        published.unwrap();
    }
}

/// Registers the schemas of our events, so that they have the ids that the messages name.
async fn register(registry: &Registry) {
    let settings = lp_schema_registry::Settings {
        base_url: registry.url().parse().unwrap(),
        basic_auth: None,
        timeout: Duration::from_secs(5),
    };
    let client = RegistryClient::new(settings).unwrap();
    for (id, event) in [(1, completed(1, 1)), (2, revoked(1, 1))] {
        let subject = format!("{PREFIX}-{TOPIC}-{}.CloudEvent", event.event_type());
        assert_eq!(client.register(&subject, event.schema_text()).await.unwrap(), id);
    }
}

async fn wait_for(url: &str, what: &str, well: impl Fn(u16, &Value) -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let answer = reqwest::get(url).await.unwrap();
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        if well(status, &body) {
            return;
        }
        assert!(Instant::now() < deadline, "not {what}: {status} {body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The service as it runs: where it is, and what ends it.
struct Running {
    address: String,
    cancel: CancellationToken,
    service: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    async fn start(pool: &PgPool, kafka: &MockKafka, registry: &Registry, more: &[(&str, &str)]) -> Self {
        let (database, brokers, registry_url) =
            (pool.connect_options().to_url_lossy().to_string(), kafka.bootstrap_servers(), registry.url());
        let settings = [
            ("LP_CREDENTIALS_DATABASE_URL", database.as_str()),
            ("LP_KAFKA_BOOTSTRAP_SERVERS", &brokers),
            ("LP_KAFKA_TOPIC_PREFIX", PREFIX),
            ("LP_SCHEMA_REGISTRY_URL", &registry_url),
            ("LP_DATABASE_MAX_CONNECTIONS", "2"),
        ];
        let settings = settings.iter().chain(more).copied();
        let settings = Settings::load(&Source::new(settings, None), &[]).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let cancel = CancellationToken::new();
        let config = Config { settings, listener, metrics: Arc::new(String::new) };
        let service = tokio::spawn(run(config, cancel.clone()));
        Self { address, cancel, service }
    }

    async fn stop(self) {
        self.cancel.cancel();
        tokio::time::timeout(Duration::from_secs(20), self.service).await.unwrap().unwrap().unwrap();
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn events_on_the_bus_become_awards_that_can_be_read(pool: PgPool) {
    let topic = format!("{PREFIX}-{TOPIC}");
    let kafka = MockKafka::start(&[&topic], 2).unwrap();
    let registry = Registry::start().await.unwrap();
    register(&registry).await;
    let running = Running::start(&pool, &kafka, &registry, &[]).await;
    let address = &running.address;

    wait_for(&format!("{address}/health/ready"), "ready", |status, _| status == 200).await;
    publish(&kafka, &[completed(42, 1), completed(42, 1), revoked(43, 1), completed(43, 1)]).await;
    for (learner, state) in [(42, "valid"), (43, "revoked")] {
        let url = format!("{address}/api/v1/learners/{learner}/awards");
        wait_for(&url, "one award", |_, body| {
            body["items"].as_array().is_some_and(|items| items.len() == 1)
                && body["items"][0]["status"] == state
        })
        .await;
    }
    running.stop().await;
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn where_credentials_are_issued_jobs_are_worked_on(pool: PgPool) {
    let topic = format!("{PREFIX}-{TOPIC}");
    let kafka = MockKafka::start(&[&topic], 1).unwrap();
    let registry = Registry::start().await.unwrap();
    let office = Office::open(pool).await;
    let rows = json!([{ "learner_id": 7, "revision": 1, "run_key": RUN }]);
    let job = json!({ "action": "issue", "reason": "exams", "rows": rows });
    let job = office.post("/api/v1/credential-jobs", job).await.is(201);
    let issuer = [
        ("LP_CREDENTIALS_URL", "https://credentials.example.org"),
        ("LP_CREDENTIALS_SECRET", "a secret that stays the same for good"),
    ];
    let running = Running::start(&office.pool, &kafka, &registry, &issuer).await;
    let address = &running.address;
    wait_for(&format!("{address}{}", job.location()), "done", |_, body| {
        body["state"] == "done" && body["outcomes"] == json!({ "done": 1 })
    })
    .await;
    let url = format!("{address}/api/v1/learners/7/credentials");
    wait_for(&url, "issued", |_, body| body["items"][0]["status"] == "valid").await;
    running.stop().await;
}
