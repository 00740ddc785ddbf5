//! The outbox of a database, sent to Kafka.

use std::time::Duration;

use lp_events::Origin;
use lp_kafka::{KafkaPublisher, PublisherSettings};
use lp_outbox::{RelaySettings, run_relay};
use lp_schema_registry::RegistryClient;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::framer::EventFramer;
use crate::settings::Settings;

/// How long Kafka may take to acknowledge a message.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends what the outbox of a database holds, in order, until `cancel`; `after_send` is called between an acknowledgement and
/// the message's removal.
///
/// # Errors
/// When no broker is configured.
pub fn relay(
    settings: &Settings,
    pool: &PgPool,
    registry: RegistryClient,
    after_send: fn(),
    cancel: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()>> {
    let sourcehost = std::env::var("HOSTNAME").unwrap_or_else(|_| "localhost".to_owned());
    let framer = EventFramer {
        registry,
        origin: Origin { source: "openedx/learning-paths/web".to_owned(), sourcehost },
    };
    let publisher = KafkaPublisher::new(
        PublisherSettings {
            connection: settings.kafka.connection()?,
            topic_prefix: settings.kafka.topic_prefix.clone(),
            delivery_timeout: DELIVERY_TIMEOUT,
        },
        framer,
    );
    let relay = RelaySettings { after_send, ..RelaySettings::default() };
    Ok(run_relay(pool.clone(), publisher, relay, cancel))
}
