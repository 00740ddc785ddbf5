//! The same statements with the same batches, decoded beforehand, from a bare loop: what the consumer could reach if Kafka,
//! the registry and decoding cost nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::Utc;
use lp_domain::Timestamp;
use lp_events::Decoded;
use lp_inbox::Advance;
use lp_progress_store::{Catalogue, FactTelling, ProfileTelling, Tellings};
use lp_schema_registry::{EventReader, RegistryClient, Settings};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use url::Url;

use crate::stage::{Stage, topics};

/// The consumer's own default.
const BATCH: usize = 2_000;

/// Reads all messages back and decodes them, in batches as the consumer takes them.
pub(crate) async fn read(stage: &Stage, events: usize) -> anyhow::Result<Vec<Tellings>> {
    let registry = RegistryClient::new(Settings {
        base_url: Url::parse(&stage.registry.url())?,
        basic_auth: None,
        timeout: Duration::from_secs(5),
    })?;
    let reader = EventReader::new(registry);
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", stage.kafka.servers())
        .set("group.id", "bench-bare")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut all = TopicPartitionList::new();
    for topic in topics() {
        for partition in 0..3 {
            all.add_partition_offset(&topic, partition, Offset::Beginning)?;
        }
    }
    consumer.assign(&all)?;
    let mut batches = vec![Tellings::default()];
    for read in 0..events {
        if read % BATCH == 0 && read > 0 {
            batches.push(Tellings::default());
        }
        let message = consumer.poll(Duration::from_secs(30)).context("messages are missing")??;
        let headers: Vec<(String, Option<Vec<u8>>)> = message
            .headers()
            .map(|headers| {
                headers
                    .iter()
                    .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)))
                    .collect()
            })
            .unwrap_or_default();
        let (envelope, decoded) =
            reader.read(&headers, message.payload()).await?.context("an event that nobody reads")?;
        let Decoded::Lms(event) = decoded else { anyhow::bail!("an event of ours") };
        let batch = batches.last_mut().context("there is one")?;
        let facts = event.facts(&envelope).into_iter();
        batch.facts.extend(facts.map(|fact| FactTelling { fact, message: read % BATCH, traceparent: None }));
        let profile = event.profile().map(|profile| ProfileTelling {
            profile: profile.clone(),
            claim: None,
            at: envelope.time,
            id: envelope.id,
        });
        batch.profiles.extend(profile);
    }
    Ok(batches)
}

/// Events a second.
pub(crate) async fn measure(stage: &Stage, batches: &[Tellings], round: usize) -> anyhow::Result<f64> {
    let url = stage.database(&format!("bare_{round}")).await?;
    let pool = lp_postgres::writer(url.parse()?, "bare-loop", 1);
    let mut conn = pool.acquire().await?;
    let claim = lp_inbox::claim(&mut conn, "bench", 0, 0).await?;
    let mut catalogue = Catalogue::default();
    let (mut events, mut completed) = (0, 0);
    let begun = Instant::now();
    for batch in batches {
        let now = Timestamp::try_from(Utc::now())?;
        let mut tx = sqlx::Connection::begin(&mut *conn).await?;
        let to = events + i64::try_from(BATCH)?;
        let step = Advance { topic: "bench".into(), partition: 0, from: events, to, epoch: claim.epoch };
        lp_inbox::advance(&mut tx, &[step]).await?;
        completed += lp_progress_store::apply(&mut tx, &mut catalogue, batch, now).await?.completed;
        tx.commit().await?;
        events = to;
    }
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(completed > 0, "nobody completed anything");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    Ok(events as f64 / seconds)
}
