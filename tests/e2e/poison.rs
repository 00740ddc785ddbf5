//! Messages that nobody can read, between good ones.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use lp_devstack::lms::{Sender, Simulation};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::compare::{Look, agrees};
use crate::odd::{Odd, Schemas, poison, short, sound};
use crate::stack::{PREFIX, Stack, full};
use lp_devstack::until;

const TOPIC: &str = "learning-badges-lifecycle";
const RUN: &str = "path-v1:DemoX+DATA+2026+open";
const COURSE: &str = "course-v1:DemoX+C1+2026";

/// Partition and offset.
type Place = (i32, i64);

/// Sends it; where it lies.
async fn send(producer: &FutureProducer, odd: &Odd, partition: i32) -> Place {
    let headers = odd.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(value) })
    });
    let topic = full(TOPIC);
    let mut record: FutureRecord<'_, [u8], [u8]> =
        FutureRecord::to(&topic).partition(partition).key(odd.key).headers(headers);
    if let Some(payload) = &odd.payload {
        record = record.payload(payload);
    }
    let delivered = producer.send(record, Duration::from_secs(30)).await.map_err(|(error, _)| error).unwrap();
    (delivered.partition, delivered.offset)
}

/// Compressed, a payload above the limit fits into what Kafka takes by default.
fn producer(stack: &Stack) -> FutureProducer {
    ClientConfig::new()
        .set("bootstrap.servers", stack.kafka.servers())
        .set("compression.type", "lz4")
        .set("message.max.bytes", "4000000")
        .create()
        .unwrap()
}

/// The id under which the registry knows the newest schema of a subject.
async fn schema_id(stack: &Stack, subject: &str) -> u32 {
    let url = format!("{}/subjects/{subject}/versions/latest", stack.registry.url());
    id_in(reqwest::get(url).await.unwrap()).await
}

async fn id_in(answer: reqwest::Response) -> u32 {
    let text = answer.error_for_status().unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    u32::try_from(answer["id"].as_u64().unwrap()).unwrap()
}

async fn schemas(stack: &Stack) -> Schemas {
    let of = async |topic: &str, event_type: &str| {
        schema_id(stack, &format!("{}-org.openedx.learning.{event_type}.CloudEvent", full(topic))).await
    };
    let nulls = r#"{"type": "record", "name": "CloudEvent", "fields": [{"name": "x", "type": {"type": "array", "items": "null"}}],
                    "namespace": "org.openedx.learning.course.passing.status.updated.v1"}"#;
    let register = reqwest::Client::new()
        .post(format!("{}/subjects/nulls/versions", stack.registry.url()))
        .header("content-type", "application/json")
        .body(json!({ "schema": nulls, "schemaType": "AVRO" }).to_string());
    Schemas {
        passing: of(TOPIC, "course.passing.status.updated.v1").await,
        grade: of("learning-course-lifecycle", "course.persistent_grade_summary.changed.v1").await,
        certificate: of("learning-certificate-lifecycle", "certificate.created.v1").await,
        nulls: id_in(register.send().await.unwrap()).await,
        key: schema_id(stack, &format!("{}-string", full(TOPIC))).await,
    }
}

/// Where each lies that was put aside, why, and its bytes.
async fn quarantined(stack: &Stack) -> BTreeMap<Place, (String, Option<Vec<u8>>)> {
    let mut conn = sqlx::PgConnection::connect(&stack.postgres.url("progress")).await.unwrap();
    let rows: Vec<(i32, i64, String, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT partition_id, message_offset, reason, payload FROM quarantined_messages")
            .fetch_all(&mut conn)
            .await
            .unwrap();
    rows.into_iter()
        .map(|(partition, offset, reason, payload)| ((partition, offset), (reason, payload)))
        .collect()
}

/// Rows 26, 30 to 47: each one that is bad into quarantine, with its reason and bytes; all others applied.
#[tokio::test(flavor = "multi_thread")]
async fn fault_33_poison_of_every_kind_between_good_messages_blocks_none_of_them() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(33, 60);
    stack.import(&simulation.import).unwrap();
    let phase = &simulation.phases[0];
    let completed = |one: &&lp_devstack::lms::Expected| one.run_key == RUN && one.completed_at.is_some();
    let learner = phase.expected.iter().find(completed).unwrap().learner;
    let (first, rest) = phase.messages.split_at(phase.messages.len() / 2);
    let mut sender = Sender::new(&stack.kafka.servers(), &stack.registry.url(), Some(PREFIX)).unwrap();
    sender.send(first, |_| {}).await.unwrap();
    let schemas = schemas(&stack).await;
    let sound = sound(&schemas, learner, COURSE);
    let odd = [poison(&schemas), sound.clone()].concat();
    let raw = producer(&stack);
    let mut wanted = BTreeMap::new();
    let mut good = rest.chunks(rest.len() / odd.len());
    for (number, one) in odd.iter().enumerate() {
        let place = send(&raw, one, i32::try_from(number % 3).unwrap()).await;
        if let Some(reason) = one.reason {
            wanted.insert(place, (one.what, reason, &one.payload));
        }
        sender.send(good.next().unwrap(), |_| {}).await.unwrap();
    }
    for chunk in good {
        sender.send(chunk, |_| {}).await.unwrap();
    }
    let consumer = stack.serve("consumer", &[]).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    stack.until_consumed(phase.messages.len() + odd.len()).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();

    let quarantined = quarantined(&stack).await;
    for (place, (what, reason, payload)) in &wanted {
        let Some((put, bytes)) = quarantined.get(place) else { panic!("{what} is not in quarantine") };
        assert_eq!(put, reason, "{what}");
        assert!(bytes == *payload, "{what}: other bytes");
    }
    let more: Vec<_> = quarantined.iter().filter(|(place, _)| !wanted.contains_key(place)).collect();
    assert!(
        more.is_empty(),
        "{} more, the first {:?}",
        more.len(),
        more.first().map(|(_, (reason, _))| reason)
    );
    let taken_in = "SELECT count(DISTINCT event_id) FROM fact_journal WHERE event_id::text LIKE '3d1b4c5e-%'";
    let known = i64::try_from(sound.len() - 1).unwrap();
    assert_eq!(stack.number("progress", taken_in).await.unwrap(), known, "all but the one of no known type");
    assert!(!consumer.process.log().contains("a@example.com"), "a payload in the log");
}

/// Row 48: the fault is then not the messages' own.
#[tokio::test(flavor = "multi_thread")]
async fn fault_48_nothing_but_poison_halts_the_partition_and_the_others_go_on() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let raw = producer(&stack);
    for _ in 0..60 {
        send(&raw, &short(), 0).await;
    }
    let consumer =
        stack.serve("consumer", &[("LP_POISON_LIMIT", "20"), ("LP_BATCH_MAX_MESSAGES", "10")]).unwrap();
    until("the partition is halted", async || {
        let answer = reqwest::get(format!("{}/health/ready", consumer.url)).await?;
        let halts = reqwest::get(format!("{}/metrics", consumer.url)).await?.text().await?;
        ensure!(answer.status() == 503 && halts.contains("lp_consumer_halts_total"), "{}", answer.status());
        Ok(())
    })
    .await
    .unwrap();
    let quarantined = stack.number("progress", "SELECT count(*) FROM quarantined_messages").await.unwrap();
    assert!(quarantined < 60, "the topic was drained into the quarantine: {quarantined}");
    let live = reqwest::get(format!("{}/health/live", consumer.url)).await.unwrap();
    assert!(live.status().is_success(), "{}", json!(live.status().as_u16()));
    // The other partitions go on.
    send(&raw, &short(), 1).await;
    until("another partition is read", async || {
        let read = "SELECT count(*) FROM quarantined_messages WHERE partition_id = 1";
        ensure!(stack.number("progress", read).await? == 1, "not yet");
        Ok(())
    })
    .await
    .unwrap();
}
