//! The outbox's messages in the event bus's form.

use lp_domain::{LearnerId, Timestamp};
use lp_events::path::as_of_now;
use lp_events::{Origin, encode_key, frame, headers, key_schema_text, schema_text};
use lp_kafka::{FrameError, Framed, Framer};
use lp_outbox::OutboxRow;
use lp_schema_registry::{RegistryClient, RegistryError};

/// Registers our schemas, once each, and frames with their ids.
pub(crate) struct EventFramer {
    pub(crate) registry: RegistryClient,
    pub(crate) origin: Origin,
}

impl Framer for EventFramer {
    async fn frame(&self, row: &OutboxRow, topic: &str) -> Result<Framed, FrameError> {
        let message = &row.message;
        let schema = schema_text(&message.event_type).ok_or_else(|| never("none of our event types"))?;
        let learner = LearnerId::try_from(message.partition_key).map_err(never)?;
        let time = Timestamp::try_from(message.event_time).map_err(never)?;
        let subject = format!("{topic}-{}.CloudEvent", message.event_type);
        let value_id = self.registry.register(&subject, schema).await.map_err(registry)?;
        let key_subject = format!("{topic}-long");
        let key_id = self.registry.register(&key_subject, key_schema_text()).await.map_err(registry)?;
        let traceparent = message.traceparent.as_deref();
        Ok(Framed {
            key: frame::join(key_id, &encode_key(learner)),
            value: frame::join(value_id, &as_of_now(&message.event_type, &message.body)),
            headers: headers(&message.event_type, message.event_id, time, &self.origin, traceparent)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(&value).into_owned()))
                .collect(),
        })
    }
}

fn never(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FrameError {
    FrameError::Permanent(error.into())
}

/// A registry that refuses our schema may be mended, so nothing is given up.
fn registry(error: RegistryError) -> FrameError {
    FrameError::Transient(error.into())
}
