//! The credentials service killed at exact and at random moments.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use lp_devstack::lms::Simulation;
use lp_devstack::{create_topics, until};
use lp_open_badges::{BitstringStatusListCredential, DidDocument, StatusBits, StatusIndex, verify};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sqlx::Connection as _;

use crate::credentials::{ISSUING, SITE, Told, defined, of_credentials, public};
use crate::openedx::Django;
use crate::stack::{PATHS, Service, Stack, full};

/// A prefix of its own, so that what was told can be told again otherwise.
const AGAIN: &str = "again";
/// Exact moments; and so many seeded ones.
const POINTS: [&str; 10] = [
    "pre_commit",
    "post_commit",
    "relay_after_send",
    "pre_commit:2",
    "post_commit:2",
    "relay_after_send:2",
    "after_poll",
    "post_commit:3",
    "relay_after_send",
    "pre_commit:3",
];
const RANDOM: usize = 10;

fn again() -> String {
    format!("{AGAIN}-{PATHS}")
}

/// A consumer, and how many messages there are on a topic of three partitions.
fn on(stack: &Stack, topic: &str) -> (BaseConsumer, i64) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", stack.kafka.servers())
        .set("group.id", "credentials-test")
        .set("enable.auto.commit", "false")
        .create()
        .unwrap();
    let end = |partition| consumer.fetch_watermarks(topic, partition, Duration::from_secs(20)).unwrap().1;
    let all = (0..3).map(end).sum();
    (consumer, all)
}

/// All that the progress service told of completions.
fn completions(stack: &Stack) -> Vec<OwnedMessage> {
    let (consumer, all) = on(stack, &full(PATHS));
    let mut from = TopicPartitionList::new();
    for partition in 0..3 {
        from.add_partition_offset(&full(PATHS), partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&from).unwrap();
    let next = |_| consumer.poll(Duration::from_secs(20)).unwrap().unwrap().detach();
    let is_of_completion = |message: &OwnedMessage| {
        let headers = message.headers().unwrap();
        let mut types = headers.iter().filter(|header| header.key == "ce_type");
        types.any(|header| String::from_utf8_lossy(header.value.unwrap()).contains(".path.complet"))
    };
    (0..all).map(next).filter(is_of_completion).collect()
}

/// Sends them as they are to the topic of [`AGAIN`].
async fn tell_again(producer: &FutureProducer, messages: &[OwnedMessage]) {
    let topic = again();
    let enqueue = |message: &OwnedMessage| {
        let record = FutureRecord::to(&topic).headers(message.headers().unwrap().clone());
        let record = record.key(message.key().unwrap()).payload(message.payload().unwrap());
        producer.send_result(record).map_err(|(error, _)| error).unwrap()
    };
    let deliveries: Vec<_> = messages.iter().map(enqueue).collect();
    for delivery in deliveries {
        delivery.await.unwrap().map_err(|(error, _)| error).unwrap();
    }
}

/// How many messages are behind the credentials service.
async fn taken_in(stack: &Stack) -> anyhow::Result<i64> {
    stack.number("credentials", "SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_offsets").await
}

/// A credential as the database has it.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    completion: String,
    status: String,
    change: i32,
    revocation_list: i32,
    revocation_place: i32,
    suspension_list: i32,
    suspension_place: i32,
}

async fn rows(stack: &Stack) -> Vec<Row> {
    let mut conn = sqlx::PgConnection::connect(&stack.postgres.url("credentials")).await.unwrap();
    let query = "SELECT credential_id::text AS id, completion_id::text AS completion, status, change, revocation_list,
        revocation_place, suspension_list, suspension_place FROM credentials";
    sqlx::query_as(query).fetch_all(&mut conn).await.unwrap()
}

/// How each completion stands, by its id.
async fn completions_by_id(stack: &Stack) -> BTreeMap<String, String> {
    let mut conn = sqlx::PgConnection::connect(&stack.postgres.url("progress")).await.unwrap();
    let query = "SELECT completion_id::text, state FROM completions";
    sqlx::query_as(query).fetch_all(&mut conn).await.unwrap().into_iter().collect()
}

/// The bits of both lists are those that the statuses want, and no others.
async fn bits_are_right(service: &Service, rows: &[Row]) {
    let did = public(service, &format!("{SITE}/.well-known/did.json")).await.unwrap();
    let did: DidDocument = serde_json::from_str(&did).unwrap();
    let Row { revocation_list, suspension_list, .. } = rows[0];
    let same = |row: &Row| (row.revocation_list, row.suspension_list) == (revocation_list, suspension_list);
    assert!(rows.iter().all(same), "more than a list of each");
    for (purpose, list, status) in
        [("revocation", revocation_list, "revoked"), ("suspension", suspension_list, "suspended")]
    {
        let signed = public(service, &format!("{SITE}/status/{purpose}/{list}")).await.unwrap();
        let signed: BitstringStatusListCredential = verify(signed.as_bytes(), &did).unwrap();
        let set = rows.iter().filter(|row| row.status == status);
        let place =
            |row: &Row| if purpose == "revocation" { row.revocation_place } else { row.suspension_place };
        let wanted: StatusBits =
            set.map(|row| StatusIndex::try_from(place(row).unsigned_abs()).unwrap()).collect();
        assert!(*signed.bits() == wanted, "{purpose}");
    }
}

/// Completions and revocations twice and in any order, while the service is killed.
#[tokio::test(flavor = "multi_thread")]
async fn credentials_killed_twenty_times_are_one_a_completion_and_stand_as_was_told_last() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let servers = stack.kafka.servers();
    create_topics(&servers, &[&again()], 3).await.unwrap();
    drop(defined(&stack).await.unwrap());
    let simulation = Simulation::new(22, 150);
    stack.import(&simulation.import).unwrap();
    let consumer = stack.serve("consumer", &[]).unwrap();
    for phase in &simulation.phases {
        stack.send(&phase.messages).await.unwrap();
    }
    stack.until_consumed(simulation.phases.iter().map(|phase| phase.messages.len()).sum()).await.unwrap();
    until("all is told", async || {
        let left = stack.number("progress", "SELECT count(*) FROM outbox").await?;
        ensure!(left == 0, "{left} are not");
        Ok(())
    })
    .await
    .unwrap();
    drop(consumer);

    let mut random = StdRng::seed_from_u64(22);
    let mut messages = completions(&stack);
    messages.extend(messages.clone());
    messages.shuffle(&mut random);
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", &servers).create().unwrap();
    let django = Django::start_at(&stack, AGAIN).unwrap();
    let serve = |group: &str, point: Option<&&str>| {
        // Offsets lie in Postgres, so a new group goes on where the old one was, without waiting for its session to end.
        let mut extra = ISSUING.to_vec();
        extra.extend([
            ("LP_KAFKA_TOPIC_PREFIX", AGAIN),
            ("LP_CREDENTIALS_KAFKA_GROUP_ID", group),
            ("LP_BATCH_MAX_MESSAGES", "3"),
        ]);
        extra.extend(point.map(|point| ("LP_FAILPOINT", *point)));
        stack.serve("credentials", &extra).unwrap()
    };
    let rounds = messages.chunks(messages.len().div_ceil(POINTS.len() + RANDOM));
    assert_eq!(rounds.len(), POINTS.len() + RANDOM);
    for (round, some) in rounds.enumerate() {
        let before = taken_in(&stack).await.unwrap();
        let mut service = serve(&format!("round-{round}"), POINTS.get(round));
        tell_again(&producer, some).await;
        if let Some(point) = POINTS.get(round) {
            let status = service.process.wait(lp_devstack::DEADLINE).await.unwrap();
            assert!(!status.success(), "{point} did not happen");
        } else {
            until("it takes something in", async || {
                let taken_in = taken_in(&stack).await?;
                ensure!(taken_in > before, "{taken_in}");
                Ok(())
            })
            .await
            .unwrap();
            tokio::time::sleep(Duration::from_millis(random.random_range(0..400))).await;
            service.process.kill().unwrap();
        }
    }
    let service = serve("last", None);
    service.until_ready().await.unwrap();
    until("all is done and told", async || {
        let left = "SELECT (SELECT count(*) FROM due_awards) + (SELECT count(*) FROM outbox)
            + (SELECT count(*) FROM status_lists WHERE changed_at IS NOT NULL)";
        let left = stack.number("credentials", left).await?;
        let (taken_in, all) = (taken_in(&stack).await?, on(&stack, &again()).1);
        ensure!(left == 0 && taken_in == all, "{left} left, {taken_in} of {all} taken in");
        Ok(())
    })
    .await
    .unwrap();

    let (rows, completions) = (rows(&stack).await, completions_by_id(&stack).await);
    let of: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.completion.as_str(), row)).collect();
    assert_eq!(of.len(), rows.len(), "one a completion");
    let (mut valid, mut revoked, mut never) = (0, 0, 0);
    for (completion, state) in &completions {
        match (state.as_str(), of.get(completion.as_str()).map(|row| row.status.as_str())) {
            ("valid", Some("valid")) => valid += 1,
            ("revoked", Some("revoked")) => revoked += 1,
            // Its revocation came before it was issued.
            ("revoked", None) => never += 1,
            (state, status) => panic!("a completion is {state}, its credential {status:?}"),
        }
    }
    println!("{valid} are valid, {revoked} were revoked, {never} were never issued");
    assert!(valid > 0 && revoked > 0 && never > 0, "not all orders happened");
    assert_eq!(valid + revoked, rows.len(), "none is of nothing");
    bits_are_right(&service, &rows).await;

    let changes: i64 = rows.iter().map(|row| i64::from(row.change)).sum();
    let told = until("Django hears of every change", async || {
        let told = of_credentials(&django.received());
        ensure!(i64::try_from(told.len())? >= changes, "{} of {changes}", told.len());
        Ok(told)
    })
    .await
    .unwrap();
    assert_eq!(i64::try_from(told.len()).unwrap(), changes, "nothing else");
    for Row { id, status, change, .. } in &rows {
        let Told { kind, data, .. } = &told[&(id.clone(), i64::from(*change))];
        let says = if kind == "credential_awarded" { "valid" } else { data["status"].as_str().unwrap() };
        assert_eq!(says, status, "{id}");
    }
}
