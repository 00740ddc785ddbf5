//! Completions on Kafka until their credentials are stored; and the same signatures and rows from a bare loop.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::Utc;
use lp_credentials_store::issuing::credentials::{
    Credential, CredentialFilter, SignedDocument, get_document, insert_credentials, list_credentials,
};
use lp_devstack::{create_topics, free_port};
use lp_domain::{ContextKey, LearnerId, Ratio, RunKey, Timestamp};
use lp_events::path::TOPIC;
use lp_events::{CountedContext, Origin, PathCompleted, PathCredentialAwarded, PathEvent, Profile};
use lp_open_badges::{Did, Instant as Moment, OpenBadgeCredential, SecretKey, Signer, sign};
use lp_outbox::OutboxMessage;
use lp_schema_registry::{RegistryClient, Settings};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::credentials::{RUN, SITE, Stage, database};
use crate::read::{Process, many};

/// Awards that the service looks at in one transaction.
const PORTION: usize = 200;
/// So long may nothing happen before it counts as broken.
const STALLED: Duration = Duration::from_mins(1);
/// Signatures whose CPU is measured.
const SIGNATURES: usize = 2_000;

/// A completion of five courses.
fn completion(learner: u32) -> anyhow::Result<PathEvent> {
    let now = Timestamp::try_from(Utc::now())?;
    let courses = (1..=5).map(|n| {
        anyhow::Ok(CountedContext {
            key: ContextKey::parse(&format!("course-v1:BenchX+C{n}+2026"))?,
            title: Some(format!("Foundations, part {n}")),
            grade: Some(Ratio::ONE),
            completed_at: Some(now),
        })
    });
    let name = format!("learner-{learner}");
    Ok(PathEvent::Completed(PathCompleted {
        completion_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()),
        user: Profile {
            learner: LearnerId::try_from(i64::from(learner))?,
            email: format!("{name}@example.com"),
            name: format!("Learner {learner}"),
            username: name,
            is_active: true,
        },
        run: RunKey::parse(RUN)?,
        display_name: "Foundations of Data Engineering".into(),
        revision: 1,
        attempt: 1,
        completed_at: now,
        grade: Some(Ratio::ONE),
        progress: Ratio::ONE,
        contexts: courses.collect::<Result<_, _>>()?,
    }))
}

/// Writes the completions to a round's topic, as the progress service does.
async fn write(stage: &Stage, prefix: &str) -> anyhow::Result<()> {
    let (servers, topic) = (stage.kafka.servers(), format!("{prefix}-{TOPIC}"));
    create_topics(&servers, &[&topic], 3).await?;
    let base_url = stage.registry.url().parse()?;
    let registry =
        RegistryClient::new(Settings { base_url, basic_auth: None, timeout: Duration::from_secs(5) })?;
    let producer: FutureProducer = ClientConfig::new().set("bootstrap.servers", &servers).create()?;
    let origin = Origin { source: "openedx/learning-paths/web".into(), sourcehost: "bench".into() };
    let mut sent = Vec::new();
    for learner in 1..=stage.completions {
        let event = completion(learner)?;
        let subject = format!("{topic}-{}.CloudEvent", event.event_type());
        let id = registry.register(&subject, event.schema_text()).await?;
        let payload = [&[0][..], &id.to_be_bytes(), &event.encode_body()].concat();
        let now = Timestamp::try_from(Utc::now())?;
        let headers = lp_events::headers(event.event_type(), Uuid::now_v7(), now, &origin, None);
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let key = learner.to_be_bytes();
        let record = FutureRecord::to(&topic).key(&key[..]).payload(&payload).headers(headers);
        sent.push(producer.send_result(record).map_err(|(error, _)| error)?);
    }
    for delivery in sent {
        delivery.await?.map_err(|(error, _)| error)?;
    }
    Ok(())
}

/// The service as operators run it, on a round's topic and database.
pub(crate) async fn service(stage: &Stage, round: usize) -> anyhow::Result<Process> {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let mut command = Command::new(&stage.binary);
    command
        .args(["serve", "credentials"])
        .env("LP_CREDENTIALS_DATABASE_URL", stage.postgres.url(&database(round)))
        .env("LP_KAFKA_BOOTSTRAP_SERVERS", stage.kafka.servers())
        .env("LP_KAFKA_TOPIC_PREFIX", prefix(round))
        .env("LP_SCHEMA_REGISTRY_URL", stage.registry.url())
        .env("LP_CREDENTIALS_LISTEN", address.to_string())
        .env("LP_CREDENTIALS_URL", SITE)
        .env("LP_CREDENTIALS_SECRET", "a secret that stays the same for good")
        .env("LP_CREDENTIALS_SUSPENSION", "on")
        .env("LP_HTTP_REQUESTS_PER_MINUTE", "0")
        .env("LP_LOG", "warn")
        .stdout(Stdio::null());
    Process::start(command, address).await
}

fn prefix(round: usize) -> String {
    format!("bench{round}")
}

/// Credentials a second, from the claim of the partitions to the last commit.
pub(crate) async fn ours(stage: &Stage, round: usize) -> anyhow::Result<f64> {
    let mut conn = PgConnection::connect(&stage.database(round).await?).await?;
    write(stage, &prefix(round)).await?;
    let _service = service(stage, round).await?;
    let (mut begun, mut last) = (None, (0, Instant::now()));
    loop {
        let (claimed, issued): (bool, i64) = sqlx::query_as(
            "SELECT EXISTS (SELECT FROM consumer_offsets), (SELECT count(*) FROM credential_documents)",
        )
        .fetch_one(&mut conn)
        .await?;
        let now = Instant::now();
        if claimed && begun.is_none() {
            begun = Some(now);
        }
        if let Some(begun) = begun.filter(|_| issued >= i64::from(stage.completions)) {
            return Ok(f64::from(stage.completions) / (now - begun).as_secs_f64());
        }
        if issued > last.0 {
            last = (issued, now);
        }
        ensure!(now - last.1 < STALLED, "{issued} credentials were issued and no more");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What the service issued in a round, unsigned: to be signed and stored again.
pub(crate) struct Again {
    issued: Vec<(Credential, OpenBadgeCredential, OutboxMessage)>,
    public_key: String,
    signer: Signer,
}

impl Again {
    pub(crate) async fn read(stage: &Stage, round: usize) -> anyhow::Result<Self> {
        let mut conn = PgConnection::connect(&stage.postgres.url(&database(round))).await?;
        let limit = i64::from(stage.completions) + 1;
        let credentials = list_credentials(&mut conn, &CredentialFilter::default(), None, limit).await?;
        ensure!(
            credentials.len() == usize::try_from(stage.completions)?,
            "{} credentials",
            credentials.len()
        );
        let (mut issued, mut public_key) = (Vec::with_capacity(credentials.len()), String::new());
        for credential in credentials {
            let signed = get_document(&mut conn, credential.credential_id).await?.context("no document")?;
            let mut badge: Value = serde_json::from_str(&signed.document)?;
            badge.as_object_mut().context("no object")?.remove("proof");
            public_key = signed.public_key;
            let told = told(&credential)?;
            issued.push((credential, serde_json::from_value(badge)?, told));
        }
        let signer = Signer::new(Did::web(&SITE.parse()?)?, SecretKey::from_seed(&[7; 32]));
        Ok(Self { issued, public_key, signer })
    }

    /// Milliseconds of CPU that a signature takes.
    pub(crate) fn signature(&self) -> anyhow::Result<f64> {
        let some = &self.issued[..self.issued.len().min(SIGNATURES)];
        let begun = cpu()?;
        for (_, badge, _) in some {
            std::hint::black_box(sign(badge.clone(), &self.signer, Moment::try_from(Utc::now())?)?);
        }
        Ok((cpu()? - begun) * 1e3 / many(some.len())?)
    }

    /// Credentials a second: signed and stored with what is to be told of them, by nothing but a loop.
    pub(crate) async fn measure(&self, stage: &Stage, round: usize) -> anyhow::Result<f64> {
        let (name, of) = (format!("bare_{round}"), database(round));
        let mut conn = PgConnection::connect(&stage.postgres.url("postgres")).await?;
        let copy = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {of}"));
        sqlx::query(copy).execute(&mut conn).await?;
        let url = stage.postgres.url(&name);
        let mut conn = lp_postgres::writer(url.parse()?, "bench-credentials", 1).acquire().await?.detach();
        sqlx::query("TRUNCATE credential_documents, credentials, outbox").execute(&mut conn).await?;
        sqlx::query("CHECKPOINT").execute(&mut conn).await?;
        let begun = Instant::now();
        for portion in self.issued.chunks(PORTION) {
            let (mut signed, mut told) = (Vec::with_capacity(PORTION), Vec::with_capacity(PORTION));
            for (credential, badge, message) in portion {
                let now = Utc::now();
                let document = sign(badge.clone(), &self.signer, Moment::try_from(now)?)?;
                let public_key = self.public_key.clone();
                signed.push((credential.clone(), SignedDocument { document, public_key, signed_at: now }));
                told.push(message.clone());
            }
            let mut tx = conn.begin().await?;
            insert_credentials(&mut tx, &signed).await?;
            lp_outbox::append(&mut tx, &told).await?;
            tx.commit().await?;
        }
        Ok(many(self.issued.len())? / begun.elapsed().as_secs_f64())
    }
}

/// What the world is told of a credential.
fn told(credential: &Credential) -> anyhow::Result<OutboxMessage> {
    let learner = LearnerId::try_from(credential.learner_id)?;
    let at = Timestamp::try_from(credential.awarded_at)?;
    let event = PathEvent::CredentialAwarded(PathCredentialAwarded {
        credential_id: credential.credential_id,
        completion_id: credential.completion_id,
        user: Profile {
            username: format!("learner-{learner}"),
            email: format!("learner-{learner}@example.com"),
            name: format!("Learner {learner}"),
            ..Profile::unknown(learner)
        },
        run: RunKey::parse(&credential.run_key)?,
        display_name: "Foundations of Data Engineering".into(),
        revision: 1,
        change: 1,
        reason: "issued".into(),
        awarded_at: at,
        valid_from: at,
        valid_until: None,
        url: format!("{SITE}/credentials/{}", credential.credential_id),
        supersedes: None,
    });
    Ok(OutboxMessage {
        event_id: Uuid::now_v7(),
        event_type: event.event_type().to_owned(),
        topic: TOPIC.to_owned(),
        event_time: Utc::now(),
        partition_key: credential.learner_id,
        body: event.encode_body(),
        traceparent: None,
    })
}

/// Seconds that this thread ran.
fn cpu() -> anyhow::Result<f64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}
