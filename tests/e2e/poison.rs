//! Messages that nobody can read, between good ones.

use std::time::Duration;

use anyhow::ensure;
use lp_devstack::lms::Simulation;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::{Value, json};

use crate::compare::{Look, agrees};
use crate::stack::{Stack, full};
use lp_devstack::until;

const TOPIC: &str = "learning-badges-lifecycle";
const PASSING: &str = "org.openedx.learning.course.passing.status.updated.v1";
const ID: &str = "3d1b4c5e-7a3f-4a36-9a07-4a3f3cf8b0aa";
const TIME: &str = "2026-05-01T12:34:56+00:00";
/// The body of a passing status, as captured from the real producer; its frame comes before it.
const BODY: &str = "0130636f757273652d76313a6564582b3737372b32303233465700000054010a616c6963651a61406578616d706c652e636f6d0e416c696365204c";

/// One bad message: payload and headers, and what it is.
struct Bad {
    what: &'static str,
    payload: Option<Vec<u8>>,
    headers: Vec<(&'static str, &'static [u8])>,
}

fn good_headers() -> Vec<(&'static str, &'static [u8])> {
    vec![("ce_type", PASSING.as_bytes()), ("ce_id", ID.as_bytes()), ("ce_time", TIME.as_bytes())]
}

fn body() -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap();
    BODY.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
}

fn framed(schema: u32, body: &[u8]) -> Vec<u8> {
    [&[0], schema.to_be_bytes().as_slice(), body].concat()
}

/// Rows 26, 30 to 47, as far as a passing status can show them; `schema` is that of a passing status, `other` of another type.
fn every_kind(schema: u32, other: u32) -> Vec<Bad> {
    let whole = body();
    let with = |what, payload: Vec<u8>| Bad { what, payload: Some(payload), headers: good_headers() };
    let but = |what, name: &'static str, values: &[&'static [u8]]| {
        let mut headers = good_headers();
        headers.retain(|(header, _)| *header != name);
        headers.extend(values.iter().map(|value| (name, *value)));
        Bad { what, payload: Some(framed(schema, &body())), headers }
    };
    let replaced = |from: &[u8], to: &[u8]| {
        let at = whole.windows(from.len()).position(|window| window == from).unwrap();
        [&whole[..at], to, &whole[at + from.len()..]].concat()
    };
    let mut all = vec![
        Bad { what: "26 tombstone", payload: None, headers: good_headers() },
        with("26 empty", vec![]),
        with("30 magic byte", [&[1], &framed(schema, &whole)[1..]].concat()),
        with("31 short", vec![0, 0, 0]),
        with("32 unknown schema", framed(987_654, &whole)),
        with("34 trailing bytes", framed(schema, &[whole.as_slice(), b"x"].concat())),
        with("35 huge length", framed(schema, &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])),
        with("36 schema of another type", framed(other, &whole)),
        but("37 no type", "ce_type", &[]),
        but("37 two types", "ce_type", &[PASSING.as_bytes(), PASSING.as_bytes()]),
        but("38 no id", "ce_id", &[]),
        but("38 id is no UUID", "ce_id", &[b"forty-two"]),
        but("38 two ids", "ce_id", &[ID.as_bytes(), ID.as_bytes()]),
        but("39 time without zone", "ce_time", &[b"2026-05-01T12:34:56"]),
        but("39 no time at all", "ce_time", &[b"yesterday"]),
        but("40 header is no UTF-8", "ce_type", &[b"\xff\xfe"]),
        with("40 string is no UTF-8", framed(schema, &replaced(b"alice", b"al\xff\xfee"))),
        with("41 U+0000", framed(schema, &replaced(b"alice", b"al\0ce"))),
        // The id 42 is 0x54 in zigzag; before it the two nulls, behind it `is_active`.
        with("44 learner 0", framed(schema, &replaced(&[0, 0, 0x54, 1], &[0, 0, 0, 1]))),
        with("44 negative learner", framed(schema, &replaced(&[0, 0, 0x54, 1], &[0, 0, 0x53, 1]))),
        with("45 malformed course key", framed(schema, &replaced(b"course-v1:edX+", b"course-v1 edX+"))),
    ];
    all.extend((0..whole.len()).map(|end| with("33 truncated", framed(schema, &whole[..end]))));
    all
}

async fn send(producer: &FutureProducer, bad: &Bad, partition: i32) {
    let headers = bad.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header { key, value: Some(*value) })
    });
    let topic = full(TOPIC);
    let mut record: FutureRecord<'_, [u8], [u8]> =
        FutureRecord::to(&topic).partition(partition).key(b"poison".as_slice()).headers(headers);
    if let Some(payload) = &bad.payload {
        record = record.payload(payload);
    }
    producer.send(record, Duration::from_secs(30)).await.map_err(|(error, _)| error).unwrap();
}

/// The id under which the registry knows the schema of a type.
async fn schema_id(stack: &Stack, topic: &str, event_type: &str) -> u32 {
    let subject = format!("{}-{event_type}.CloudEvent", full(topic));
    let url = format!("{}/subjects/{subject}/versions/latest", stack.registry.url());
    let text = reqwest::get(url).await.unwrap().error_for_status().unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    u32::try_from(answer["id"].as_u64().unwrap()).unwrap()
}

fn producer(stack: &Stack) -> FutureProducer {
    ClientConfig::new().set("bootstrap.servers", stack.kafka.servers()).create().unwrap()
}

/// Rows 26, 30 to 41, 44, 45: each one into quarantine, its neighbours applied.
#[tokio::test(flavor = "multi_thread")]
async fn fault_33_poison_of_every_kind_between_good_messages_blocks_none_of_them() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(33, 60);
    stack.import(&simulation.import).unwrap();
    let phase = &simulation.phases[0];
    let half = phase.messages.len() / 2;
    stack.send(&phase.messages[..half]).await.unwrap();
    let schema = schema_id(&stack, TOPIC, PASSING).await;
    let other = "org.openedx.learning.course.persistent_grade_summary.changed.v1";
    let other = schema_id(&stack, "learning-course-lifecycle", other).await;
    let (poison, raw) = (every_kind(schema, other), producer(&stack));
    for (number, (bad, good)) in poison.iter().zip(phase.messages[half..].chunks(10)).enumerate() {
        send(&raw, bad, i32::try_from(number % 3).unwrap()).await;
        stack.send(good).await.unwrap();
    }
    assert!(poison.len() * 10 <= phase.messages.len() - half, "every poison has good neighbours");
    stack.send(&phase.messages[half + poison.len() * 10..]).await.unwrap();
    let _consumer = stack.serve("consumer", &[]).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    stack.until_consumed(phase.messages.len() + poison.len()).await.unwrap();
    agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
    let quarantined = stack.number("progress", "SELECT count(*) FROM quarantined_messages").await.unwrap();
    let kinds: Vec<&str> = poison.iter().map(|bad| bad.what).collect();
    let list = stack.run(&["quarantine", "list", "--limit", "200"]).unwrap();
    assert_eq!(usize::try_from(quarantined).unwrap(), poison.len(), "{kinds:?}\n{list}");
}

/// Row 48: the fault is then not the messages' own.
#[tokio::test(flavor = "multi_thread")]
async fn fault_48_nothing_but_poison_halts_the_partition_and_the_others_go_on() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let raw = producer(&stack);
    for _ in 0..60 {
        send(&raw, &Bad { what: "31", payload: Some(vec![0]), headers: good_headers() }, 0).await;
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
    send(&raw, &Bad { what: "31", payload: Some(vec![0]), headers: good_headers() }, 1).await;
    until("another partition is read", async || {
        let read = "SELECT count(*) FROM quarantined_messages WHERE partition_id = 1";
        ensure!(stack.number("progress", read).await? == 1, "not yet");
        Ok(())
    })
    .await
    .unwrap();
}
