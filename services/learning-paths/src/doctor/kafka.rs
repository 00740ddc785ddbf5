//! Whether Kafka answers, and has the topics.

use std::time::Duration;

use lp_kafka::{ProbedTopic, full_topic};
use lp_runtime::Settings;

use super::report::{Finding, failure, note, well};

/// How long one question may take.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) async fn check(settings: &Settings) -> Vec<Finding> {
    let Ok(connection) = settings.kafka.connection() else {
        return vec![note("not checked: LP_KAFKA_BOOTSTRAP_SERVERS is not set")];
    };
    let servers = connection.bootstrap_servers.clone();
    let prefix = settings.kafka.topic_prefix.as_deref();
    let bases = settings.kafka.topics.iter().map(String::as_str).chain([lp_events::path::TOPIC]);
    let topics: Vec<String> = bases.map(|base| full_topic(prefix, base)).collect();
    let probed = tokio::task::spawn_blocking(move || lp_kafka::probe(&connection, &topics, TIMEOUT)).await;
    match probed {
        Ok(Ok(topics)) => {
            let mut findings = vec![well(format!("{servers} answers"))];
            findings.extend(topics.iter().map(topic));
            findings
        }
        Ok(Err(error)) => vec![failure(
            format!("{servers} does not answer as it must ({error})"),
            "check that the brokers run, that LP_KAFKA_BOOTSTRAP_SERVERS is reachable from here, that the brokers' \
             advertised listeners are too, and that LP_KAFKA_SECURITY_PROTOCOL and the login fit that listener",
        )],
        Err(_) => vec![failure("the check itself broke off", "run it again with LP_LOG=debug")],
    }
}

fn topic(ProbedTopic { topic, partitions }: &ProbedTopic) -> Finding {
    if partitions.is_empty() {
        return failure(
            format!("topic {topic} does not exist"),
            "create it, or correct LP_KAFKA_TOPICS and LP_KAFKA_TOPIC_PREFIX (the LMS's EVENT_BUS_TOPIC_PREFIX)",
        );
    }
    let messages: i64 = partitions.iter().map(|(_, first, next)| next - first).sum();
    well(format!("topic {topic}: {} partition(s), {messages} message(s) there", partitions.len()))
}
