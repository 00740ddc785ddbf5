use std::time::Duration;

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;

use crate::Connection;

/// What Kafka says of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbedTopic {
    /// The full topic.
    pub topic: String,
    /// Its partitions, each with the first offset that is there and the next one to be written; none when the topic does
    /// not exist.
    pub partitions: Vec<(i32, i64, i64)>,
}

/// Asks Kafka for topics, for people who look for a fault. Blocks for `timeout` a question at most; makes no topic.
///
/// # Errors
/// When no broker answers, or one refuses the login.
pub fn probe(
    connection: &Connection,
    topics: &[String],
    timeout: Duration,
) -> Result<Vec<ProbedTopic>, KafkaError> {
    let mut config = connection.client_config();
    config.set("allow.auto.create.topics", "false").set_log_level(RDKafkaLogLevel::Emerg);
    let client: BaseConsumer = config.create()?;
    topics
        .iter()
        .map(|topic| {
            let metadata = client.fetch_metadata(Some(topic), timeout)?;
            let told = metadata.topics().iter().find(|told| told.name() == topic && told.error().is_none());
            let ids = told.map(|told| {
                told.partitions().iter().map(rdkafka::metadata::MetadataPartition::id).collect::<Vec<_>>()
            });
            let mut partitions = vec![];
            for id in ids.unwrap_or_default() {
                let (first, next) = client.fetch_watermarks(topic, id, timeout)?;
                partitions.push((id, first, next));
            }
            Ok(ProbedTopic { topic: topic.clone(), partitions })
        })
        .collect()
}
