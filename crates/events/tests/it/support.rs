//! The captured messages, and variations of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use lp_domain::{ContextKey, LearnerId, Ratio, Timestamp};
use lp_events::{Decoded, Envelope, Incoming, LmsEvent, Poison, WriterSchema, decode, frame, open, reason};
use serde::Deserialize;

/// `captured.json`, as `capture.py` writes it.
#[derive(Deserialize)]
pub(crate) struct Captured {
    pub(crate) schemas: BTreeMap<u32, String>,
    messages: Vec<CapturedMessage>,
}

#[derive(Deserialize)]
struct CapturedMessage {
    name: String,
    key: String,
    value: String,
    headers: BTreeMap<String, String>,
}

/// One message as Kafka would hand it over.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) key: Vec<u8>,
    pub(crate) headers: Vec<(String, Option<Vec<u8>>)>,
    pub(crate) payload: Option<Vec<u8>>,
    /// The text of the writer's schema.
    pub(crate) schema: String,
}

pub(crate) fn captured() -> Captured {
    serde_json::from_str(include_str!("../golden/captured.json")).unwrap()
}

pub(crate) fn messages() -> Vec<Message> {
    static MESSAGES: LazyLock<Vec<Message>> = LazyLock::new(read_messages);
    MESSAGES.clone()
}

fn read_messages() -> Vec<Message> {
    let captured = captured();
    let message = |message: CapturedMessage| {
        let payload = bytes(&message.value);
        let (schema_id, _) = frame::split(&payload).unwrap();
        Message {
            name: message.name,
            key: bytes(&message.key),
            headers: message.headers.into_iter().map(|(name, text)| (name, Some(text.into()))).collect(),
            payload: Some(payload),
            schema: captured.schemas[&schema_id].clone(),
        }
    };
    captured.messages.into_iter().map(message).collect()
}

/// The schema of a text; each of the captured ones is parsed once.
fn parsed(text: &str) -> Result<Arc<WriterSchema>, Poison> {
    static PARSED: LazyLock<HashMap<String, Arc<WriterSchema>>> = LazyLock::new(|| {
        let parse = |text: String| (text.clone(), Arc::new(WriterSchema::parse(&text).unwrap()));
        captured().schemas.into_values().filter(|text| text.contains("CloudEvent")).map(parse).collect()
    });
    PARSED.get(text).map_or_else(|| WriterSchema::parse(text).map(Arc::new), |schema| Ok(Arc::clone(schema)))
}

pub(crate) fn message(name: &str) -> Message {
    messages().into_iter().find(|message| message.name == name).unwrap()
}

pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

impl Message {
    /// All steps, as a consumer takes them.
    pub(crate) fn read(&self) -> Result<Decoded, Poison> {
        match open(&self.headers, self.payload.as_deref())? {
            Incoming::Unknown => Ok(Decoded::Unknown),
            Incoming::Event { envelope, schema_id, body } => {
                assert_eq!(&self.payload.as_ref().unwrap()[1..5], schema_id.to_be_bytes());
                decode(&envelope, &*parsed(&self.schema)?, body)
            }
        }
    }

    pub(crate) fn lms(&self) -> LmsEvent {
        match self.read() {
            Ok(Decoded::Lms(event)) => event,
            other => panic!("{}: {other:?}", self.name),
        }
    }

    pub(crate) fn envelope(&self) -> Envelope {
        Envelope::parse(&self.headers).unwrap()
    }

    pub(crate) fn reason(&self) -> &'static str {
        self.read().unwrap_err().reason
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.payload.as_ref().unwrap()[5..]
    }

    pub(crate) fn writer(&self) -> WriterSchema {
        WriterSchema::parse(&self.schema).unwrap()
    }

    pub(crate) fn with_payload(mut self, payload: Vec<u8>) -> Self {
        self.payload = Some(payload);
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self.headers.push((name.into(), Some(value.into())));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        self
    }

    pub(crate) fn with_header_twice(mut self, name: &str) -> Self {
        let header = self.headers.iter().find(|(header, _)| header == name).unwrap().clone();
        self.headers.push(header);
        self
    }

    /// The same message with one field changed; `path` goes through nested records.
    pub(crate) fn with(self, path: &str, value: Value) -> Self {
        let schema = Schema::parse_str(&self.schema).unwrap();
        let reader = GenericDatumReader::builder(&schema).build().unwrap();
        let mut datum = reader.read_value(&mut self.body()).unwrap();
        let mut at = &mut datum;
        for name in path.split('.') {
            let Value::Record(fields) = at else { panic!("{path}") };
            at = &mut fields.iter_mut().find(|(field, _)| field == name).unwrap().1;
        }
        *at = value;
        let writer = GenericDatumWriter::builder(&schema).build().unwrap();
        let body = writer.write_value_to_vec(datum).unwrap();
        self.with_payload(frame::join(1, &body))
    }

    pub(crate) fn with_text(self, path: &str, text: &str) -> Self {
        self.with(path, Value::String(text.into()))
    }
}

pub(crate) fn learner(id: i64) -> LearnerId {
    LearnerId::try_from(id).unwrap()
}

pub(crate) fn context(key: &str) -> ContextKey {
    ContextKey::parse(key).unwrap()
}

pub(crate) fn ratio(value: f64) -> Ratio {
    Ratio::try_from(value).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::try_from(text.parse::<chrono::DateTime<chrono::Utc>>().unwrap()).unwrap()
}

/// Whether `label` is one of the documented reasons.
pub(crate) fn is_reason(label: &str) -> bool {
    [
        reason::HEADER_MISSING,
        reason::HEADER_DUPLICATE,
        reason::HEADER_INVALID,
        reason::PAYLOAD_MISSING,
        reason::PAYLOAD_TOO_LARGE,
        reason::FRAME_SHORT,
        reason::FRAME_MAGIC,
        reason::SCHEMA_UNKNOWN,
        reason::SCHEMA_INVALID,
        reason::SCHEMA_MISMATCH,
        reason::AVRO_INVALID,
        reason::TRAILING_BYTES,
        reason::FIELD_MISSING,
        reason::FIELD_TYPE,
        reason::STRING_NUL,
        reason::LEARNER_INVALID,
        reason::KEY_INVALID,
        reason::RATIO_INVALID,
        reason::DATE_INVALID,
        reason::WORD_EMPTY,
        reason::JSON_INVALID,
        reason::UUID_INVALID,
    ]
    .contains(&label)
}
