//! Credentials: what others' software says of them, and what crashes make of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::{SecondsFormat, Utc};
use lp_devstack::lms::{Award, Expected, Simulation};
use lp_devstack::{create_topics, until};
use lp_open_badges::{BitstringStatusListCredential, DidDocument, StatusBits, StatusIndex, verify};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::admin::Admin;
use crate::openedx::Django;
use crate::stack::{PATHS, Service, Stack, full};
use crate::verifiers::{Said, agree};

const SITE: &str = "https://credentials.example.org";
/// What makes the credentials service issue.
const ISSUING: [(&str, &str); 4] = [
    ("LP_CREDENTIALS_URL", SITE),
    ("LP_CREDENTIALS_SECRET", "a secret that stays the same for good"),
    ("LP_CREDENTIALS_STATUS_DELAY_SECONDS", "0"),
    ("LP_CREDENTIALS_SUSPENSION", "on"),
];

/// The credentials service, as its administrator sees it, with an issuer and what it issues for the simulation's paths.
async fn defined(stack: &Stack) -> anyhow::Result<Admin> {
    let service = Admin::start_as(stack, "credentials", &ISSUING).await?;
    let new = [("content-type", "application/json"), ("if-none-match", "*")];
    let profile = json!({ "name": "Example University", "url": "https://example.org" });
    service.ask("PUT", "/issuers/DemoX", &new, profile.to_string()).await?;
    for path in ["DATA", "WEB", "SAFETY"] {
        let definition =
            json!({ "name": path, "description": "For the path.", "criteria": "All of **it**." });
        service.ask("PUT", &format!("/definitions/DemoX+{path}"), &new, definition.to_string()).await?;
    }
    Ok(service)
}

/// What everybody gets at an address of the issuer.
async fn public(service: &Service, url: &str) -> anyhow::Result<String> {
    let place = url.strip_prefix(SITE).with_context(|| format!("{url} is not of the issuer"))?;
    Ok(reqwest::get(format!("{}{place}", service.url)).await?.error_for_status()?.text().await?)
}

/// A credential, and all that is needed to check it now.
async fn case(service: &Service, url: &str) -> anyhow::Result<Value> {
    let credential = public(service, url).await?;
    let parsed: Value = serde_json::from_str(&credential)?;
    let mut lists = vec![];
    for entry in parsed["credentialStatus"].as_array().context("two entries")? {
        lists.push(public(service, entry["statusListCredential"].as_str().context("a list")?).await?);
    }
    let did: Value = serde_json::from_str(&public(service, &format!("{SITE}/.well-known/did.json")).await?)?;
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    Ok(json!({ "credential": credential, "did": did, "lists": lists, "now": now }))
}

/// Waits until the credentials of everybody stand as is expected, one a completion; in the order of what is expected.
async fn issued(service: &Admin, expected: &[Expected]) -> anyhow::Result<Vec<Value>> {
    until("credentials stand as they should", async || {
        let mut all = vec![];
        for Expected { learner, run_key, award, .. } in expected {
            let list = service.get(&format!("/learners/{learner}/credentials")).await?;
            let items = list["items"].as_array().context("items")?;
            let of_run: Vec<&Value> = items.iter().filter(|one| one["run_key"] == run_key.as_str()).collect();
            let statuses: Vec<&Value> = of_run.iter().map(|one| &one["status"]).collect();
            let wanted: &[&str] = match award {
                Award::None => &[],
                Award::Valid => &["valid"],
                Award::Revoked => &["revoked"],
            };
            ensure!(statuses == wanted, "{learner} {run_key}: {statuses:?}, not {wanted:?}");
            all.extend(of_run.into_iter().cloned());
        }
        Ok(all)
    })
    .await
}

/// Waits until lists are signed with all that changed.
async fn until_listed(stack: &Stack) -> anyhow::Result<()> {
    until("lists are signed", async || {
        let waiting =
            stack.number("credentials", "SELECT count(*) FROM status_lists WHERE changed_at IS NOT NULL");
        ensure!(waiting.await? == 0, "some wait");
        Ok(())
    })
    .await
}

/// Has them judged by others: those that are revoked, and only those, have their bit set; one that says something else than was
/// signed is not believed.
async fn others_agree(service: &Service, credentials: &[Value]) -> anyhow::Result<()> {
    let (mut cases, mut expected): (Vec<Value>, Vec<Said>) = (vec![], vec![]);
    for one in credentials {
        cases.push(case(service, one["url"].as_str().context("a url")?).await?);
        expected.push(Some(if one["status"] == "revoked" { vec!["revocation"] } else { vec![] }));
    }
    let mut forged = cases[0].clone();
    let text = forged["credential"].as_str().context("a text")?;
    forged["credential"] = json!(text.replace("Learner ", "Another "));
    ensure!(forged != cases[0], "there is no name in it");
    cases.push(forged);
    expected.push(None);
    agree(&cases, &expected)
}

/// What was told of a credential.
struct Told {
    event_id: Value,
    kind: String,
    data: Value,
}

/// By credential and change. One event id a change, however often it came.
fn of_credentials(received: &[Value]) -> BTreeMap<(String, i64), Told> {
    let mut all = BTreeMap::new();
    for signal in received {
        let kind = signal["kind"].as_str().unwrap_or_default().to_owned();
        if kind.starts_with("credential_") {
            let (event_id, data) = (signal["event_id"].clone(), signal["data"].clone());
            let of = (data["credential_id"].as_str().unwrap().to_owned(), data["change"].as_i64().unwrap());
            let told = all.entry(of).or_insert_with(|| Told { event_id: event_id.clone(), kind, data });
            assert_eq!(told.event_id, event_id, "{}", told.data);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_verified_by_others_told_to_django_and_seen_to_be_revoked() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(21, 30);
    stack.import(&simulation.import).unwrap();
    let credentials = defined(&stack).await.unwrap();
    let _consumer = stack.serve("consumer", &[]).unwrap();
    let django = Django::start(&stack).unwrap();
    let [first, last] = &simulation.phases[..] else { panic!("two phases") };

    stack.send(&first.messages).await.unwrap();
    let all = issued(&credentials, &first.expected).await.unwrap();
    others_agree(&credentials.service, &all).await.unwrap();

    stack.send(&last.messages).await.unwrap();
    let after = issued(&credentials, &last.expected).await.unwrap();
    until_listed(&stack).await.unwrap();
    others_agree(&credentials.service, &after).await.unwrap();

    let ids = |all: &[Value]| -> BTreeSet<String> {
        all.iter().map(|one| one["credential_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&all), ids(&after), "a revocation makes no other one");
    let ended = after.iter().filter(|one| one["status"] == "revoked").count();
    assert!(ended > 0, "nothing was revoked");
    let received = until("Django hears of each credential and of each end", async || {
        let mut received = django.received();
        received.retain(|signal| signal["kind"].as_str().is_some_and(|kind| kind.starts_with("credential_")));
        ensure!(received.len() >= all.len() + ended, "{} signals", received.len());
        Ok(received)
    })
    .await
    .unwrap();
    assert_eq!(received.len(), all.len() + ended, "each once");
    let told = of_credentials(&received);
    for one in &after {
        let id = one["credential_id"].as_str().unwrap().to_owned();
        let Told { kind, data, .. } = &told[&(id.clone(), 1)];
        assert_eq!((kind.as_str(), &data["reason"]), ("credential_awarded", &json!("issued")));
        assert_eq!((&data["url"], &data["completion_id"]), (&one["url"], &one["completion_id"]));
        let learner = &one["learner_id"];
        assert_eq!((&data["user"]["id"], &data["path"]["key"]), (learner, &one["run_key"]));
        assert_eq!(data["user"]["pii"]["name"], format!("Learner {learner}"));
        let end =
            told.get(&(id, 2)).map(|told| (told.kind.as_str(), &told.data["status"], &told.data["reason"]));
        let wanted = ("credential_revoked", &one["status"], &json!("requirement_no_longer_met"));
        assert_eq!(end, (one["status"] == "revoked").then_some(wanted));
    }
}

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

/// A consumer, and how many messages there are on a topic.
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

/// How many of them the credentials service took in.
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
    for (round, some) in messages.chunks(messages.len().div_ceil(POINTS.len() + RANDOM)).enumerate() {
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
