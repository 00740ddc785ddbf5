//! Sends messages as Open edX's producer does.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _};
use serde_json::json;

use super::message::{Message, iso, schema};

/// How long Kafka may take to acknowledge.
const ACKNOWLEDGED: Duration = Duration::from_secs(30);
/// What is in flight at once.
const WINDOW: usize = 1_000;

/// A producer with the registry's ids of what it writes.
pub struct Sender {
    producer: FutureProducer,
    http: reqwest::Client,
    registry: String,
    prefix: Option<String>,
    /// By event type.
    schemas: HashMap<&'static str, Schema>,
    /// By subject.
    ids: HashMap<String, u32>,
}

/// A Kafka record.
#[derive(Debug, Clone)]
pub struct Record {
    /// The full topic.
    pub topic: String,
    /// The key's bytes.
    pub key: Vec<u8>,
    /// The value's bytes.
    pub value: Vec<u8>,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Sender {
    /// A sender to this Kafka and this registry (its Confluent base URL).
    ///
    /// # Errors
    /// When no producer can be made.
    pub fn new(bootstrap_servers: &str, registry: &str, prefix: Option<&str>) -> anyhow::Result<Self> {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap_servers)
            .set("linger.ms", "5")
            .create()
            .context("no producer")?;
        Ok(Self {
            producer,
            http: reqwest::Client::new(),
            registry: registry.trim_end_matches('/').to_owned(),
            prefix: prefix.map(str::to_owned),
            schemas: HashMap::new(),
            ids: HashMap::new(),
        })
    }

    /// Sends messages in their order and waits until all are acknowledged; `sent` is told how many were.
    ///
    /// # Errors
    /// When the registry or Kafka refuses.
    pub async fn send(&mut self, messages: &[Message], mut sent: impl FnMut(usize)) -> anyhow::Result<()> {
        for window in messages.chunks(WINDOW) {
            let mut acknowledged = Vec::with_capacity(window.len());
            for message in window {
                acknowledged.push(self.enqueue(message).await?);
            }
            for one in acknowledged {
                tokio::time::timeout(ACKNOWLEDGED, one).await??.map_err(|(error, _)| error)?;
            }
            sent(window.len());
        }
        self.producer.flush(ACKNOWLEDGED)?;
        Ok(())
    }

    async fn enqueue(&mut self, message: &Message) -> anyhow::Result<rdkafka::producer::DeliveryFuture> {
        let Record { topic, key, value, headers } = self.record(message).await?;
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: Some(value) })
        });
        let record = FutureRecord::to(&topic).key(&key).payload(&value).headers(headers);
        Ok(self.producer.send_result(record).map_err(|(error, _)| error)?)
    }

    /// What is written of a message.
    ///
    /// # Errors
    /// When the registry refuses.
    pub async fn record(&mut self, message: &Message) -> anyhow::Result<Record> {
        let headers = [
            ("ce_type", message.event_type.to_owned()),
            ("ce_id", message.id.to_string()),
            ("ce_source", "openedx/lms/web".to_owned()),
            ("ce_specversion", "1.0".to_owned()),
            ("ce_time", iso(message.time)),
            ("ce_minorversion", "0".to_owned()),
            ("sourcehost", "simulated".to_owned()),
            ("sourcelib", "10.5.0".to_owned()),
            ("content-type", "application/avro".to_owned()),
            ("ce_datacontenttype", "application/avro".to_owned()),
        ];
        Ok(Record {
            topic: self.full(message.topic),
            key: self.key(message).await?,
            value: self.value(message).await?,
            headers: headers.into(),
        })
    }

    fn full(&self, topic: &str) -> String {
        self.prefix.as_ref().map_or_else(|| topic.to_owned(), |prefix| format!("{prefix}-{topic}"))
    }

    async fn value(&mut self, message: &Message) -> anyhow::Result<Vec<u8>> {
        let text = schema(message.event_type);
        let subject = format!("{}-{}.CloudEvent", self.full(message.topic), message.event_type);
        let id = self.register(subject, text).await?;
        if !self.schemas.contains_key(message.event_type) {
            self.schemas.insert(message.event_type, Schema::parse_str(text)?);
        }
        let parsed = &self.schemas[message.event_type];
        Ok(framed(id, &encode(parsed, avro(&message.datum).resolve(parsed)?)?))
    }

    async fn key(&mut self, message: &Message) -> anyhow::Result<Vec<u8>> {
        let subject = format!("{}-string", self.full(message.topic));
        let id = self.register(subject, r#"{"name": "course_key", "type": "string"}"#).await?;
        Ok(framed(id, &encode(&Schema::String, Value::String(message.key.clone()))?))
    }

    /// The id of a schema, asked for once a subject.
    async fn register(&mut self, subject: String, schema: &str) -> anyhow::Result<u32> {
        if let Some(id) = self.ids.get(&subject) {
            return Ok(*id);
        }
        let url = format!("{}/subjects/{subject}/versions", self.registry);
        let body = json!({ "schema": schema, "schemaType": "AVRO", "references": [] });
        let answer = self.http.post(url).json(&body).send().await?;
        ensure!(answer.status().is_success(), "the registry answers {} for {subject}", answer.status());
        let answer: serde_json::Value = answer.json().await?;
        let id = u32::try_from(answer["id"].as_u64().context("the registry gives no id")?)?;
        self.ids.insert(subject, id);
        Ok(id)
    }
}

fn encode(schema: &Schema, datum: Value) -> anyhow::Result<Vec<u8>> {
    Ok(GenericDatumWriter::builder(schema).build()?.write_value_to_vec(datum)?)
}

fn framed(id: u32, body: &[u8]) -> Vec<u8> {
    [&[0], id.to_be_bytes().as_slice(), body].concat()
}

/// JSON as Avro's values, numbers as the widest that Avro has; `resolve` then fits them to the schema.
fn avro(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Boolean(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Long(whole),
            None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(all) => Value::Array(all.iter().map(avro).collect()),
        serde_json::Value::Object(fields) => {
            Value::Map(fields.iter().map(|(name, value)| (name.clone(), avro(value))).collect())
        }
    }
}
