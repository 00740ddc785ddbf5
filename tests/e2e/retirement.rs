//! Learners whose accounts the LMS retires.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::ensure;
use axum::body::Bytes;
use chrono::{TimeDelta, Utc};
use lp_devstack::lms::{Message, Sender, Writer};
use lp_devstack::until;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::admin::{Admin, CLAIMS};
use crate::openedx::Django;
use crate::stack::{PATHS, PREFIX, Stack, full};

const RUN: &str = "path-v1:OpenedX+N+2026+open";
const COURSES: [&str; 2] = ["course-v1:OpenedX+C+2026", "course-v1:OpenedX+D+2026"];
/// In the learner's name, username and e-mail address.
const CANARY: &str = "canaria";

/// A passing status of learner 7, who has a name that can be looked for.
fn passing(course: &str, at: chrono::DateTime<Utc>) -> Message {
    let mut message = Writer { learner: 7 }.passing(Uuid::now_v7(), at, course, true);
    message.datum["course_passing_status"]["user"]["pii"] = json!({
        "username": CANARY, "email": format!("{CANARY}@example.com"), "name": format!("Ms {CANARY}") });
    message
}

/// Whether the canary is in it, in any case, as it is or as hexadecimal.
fn sings(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let hexadecimal = CANARY.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    text.contains(CANARY) || text.contains(&hexadecimal)
}

/// The tables of a database in which the canary is.
async fn tables_that_sing(stack: &Stack, database: &str) -> Vec<String> {
    let mut conn = sqlx::PgConnection::connect(&stack.postgres.url(database)).await.unwrap();
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut conn).await.unwrap();
    let mut found = vec![];
    for table in tables {
        let rows = sqlx::AssertSqlSafe(format!("SELECT to_jsonb(t)::text FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut conn).await.unwrap();
        if rows.iter().any(|row| sings(row.as_bytes())) {
            found.push(table);
        }
    }
    found
}

/// The topic of path events, read from here.
struct Topic {
    consumer: BaseConsumer,
    ends: Vec<i64>,
}

impl Topic {
    fn new(stack: &Stack) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", stack.kafka.servers())
            .set("group.id", "canary")
            .set("enable.auto.commit", "false")
            .create()
            .unwrap();
        let ends = (0..3).map(|partition| end(&consumer, partition)).collect();
        Self { consumer, ends }
    }

    /// All that was written since.
    fn since(&self) -> Vec<Vec<u8>> {
        let mut from = TopicPartitionList::new();
        let mut more = 0;
        for (partition, start) in (0..).zip(&self.ends) {
            from.add_partition_offset(&full(PATHS), partition, Offset::Offset(*start)).unwrap();
            more += end(&self.consumer, partition) - start;
        }
        self.consumer.assign(&from).unwrap();
        let next = |_| self.consumer.poll(Duration::from_secs(20)).unwrap().unwrap().detach();
        (0..more).map(next).map(|message| message.payload().unwrap_or_default().to_vec()).collect()
    }
}

fn end(consumer: &BaseConsumer, partition: i32) -> i64 {
    consumer.fetch_watermarks(&full(PATHS), partition, Duration::from_secs(20)).unwrap().1
}

/// A collector of traces: its URL, and all that it got.
async fn collector() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(vec![]));
    let keep = Arc::clone(&got);
    let taken =
        axum::Router::new().fallback(async move |body: Bytes| keep.lock().unwrap().extend_from_slice(&body));
    tokio::spawn(async move { axum::serve(listener, taken).await });
    (url, got)
}

/// Puts a message that holds the name and cannot be read on a topic.
async fn poison(stack: &Stack, topic: &str) {
    let mut sender = Sender::new(&stack.kafka.servers(), &stack.registry.url(), Some(PREFIX)).unwrap();
    let mut payload = sender.record(&passing(COURSES[0], Utc::now())).await.unwrap().value;
    payload.truncate(payload.len() - 4);
    assert!(sings(&payload));
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", stack.kafka.servers()).create().unwrap();
    let (topic, key) = (full(topic), "k");
    producer
        .send(FutureRecord::to(&topic).key(key).payload(&payload), Duration::from_secs(30))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_p_after_retirement_no_name_is_found_anywhere_and_none_comes_back() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let (collector, spans) = collector().await;
    let to_collector = ("LP_OTLP_ENDPOINT", collector.as_str());
    let admin = Admin::start_with(&stack, &[to_collector]).await.unwrap();
    admin.author(RUN, &COURSES[..1]).await.unwrap();
    let second = RUN.replace("2026", "2027");
    admin.post("/runs", &json!({ "run_key": second })).await.unwrap();
    admin.publish(&second, &COURSES).await.unwrap();
    for run in [RUN, &second] {
        admin.post(&format!("/runs/{run}/enrolments"), &json!({ "user_id": 7 })).await.unwrap();
    }
    let consumer = stack.serve("consumer", &[CLAIMS, to_collector]).unwrap();
    let credentials = stack.serve("credentials", &[to_collector]).unwrap();
    let django = Django::start(&stack).unwrap();
    let heard = async |kinds: &[&str]| {
        until("Django hears of it", async || {
            let received: Vec<Value> =
                django.received().iter().map(|signal| signal["kind"].clone()).collect();
            ensure!(received == kinds, "{received:?}");
            Ok(())
        })
        .await
        .unwrap();
    };
    let early = passing(COURSES[0], Utc::now() - TimeDelta::days(1));
    stack.send(std::slice::from_ref(&early)).await.unwrap();
    for topic in ["learning-badges-lifecycle", PATHS] {
        poison(&stack, topic).await;
    }
    let before = ["enrollment_created", "enrollment_created", "completed"];
    heard(&before).await;
    until("all that holds the name is there", async || {
        let (progress, credentials) =
            (tables_that_sing(&stack, "progress").await, tables_that_sing(&stack, "credentials").await);
        ensure!(progress == ["learner_profiles", "quarantined_messages"], "{progress:?}");
        ensure!(credentials == ["award_holders", "quarantined_messages"], "{credentials:?}");
        Ok(())
    })
    .await
    .unwrap();

    let topic = Topic::new(&stack);
    assert_eq!(admin.retire(7, CANARY).await.unwrap(), 204);
    heard(&[&before[..], &["learner_retired"]].concat()).await;
    assert_eq!(admin.retire(7, CANARY).await.unwrap(), 204, "again");
    assert_eq!(admin.retire(8, "unknown").await.unwrap(), 204, "nobody");
    // The old event comes again, a new one late: what they did counts, their names do not come back.
    stack.send(&[early, passing(COURSES[1], Utc::now())]).await.unwrap();
    until("the second award is there, and the credentials service has forgotten", async || {
        let awards = "SELECT count(*) FROM awards WHERE learner_id = 7";
        let awards = stack.number("credentials", awards).await?;
        let found = tables_that_sing(&stack, "credentials").await;
        ensure!(awards == 2 && found.is_empty(), "{awards} {found:?}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(tables_that_sing(&stack, "progress").await, [""; 0]);
    let written = topic.since();
    assert_eq!(written.len(), 3, "two retirements and a completion");
    assert!(!written.iter().any(|message| sings(message)));
    for service in [&admin.service, &consumer, &credentials] {
        let log = service.process.log();
        assert!(!log.is_empty() && !sings(log.as_bytes()), "{log}");
    }
    until("spans arrive", async || {
        ensure!(!spans.lock().unwrap().is_empty());
        Ok(())
    })
    .await
    .unwrap();
    assert!(!sings(&spans.lock().unwrap()));
}
