use std::path::PathBuf;
use std::time::Duration;

use rdkafka::ClientConfig;
use secrecy::{ExposeSecret, SecretString};

/// How to reach Kafka; the names are librdkafka's.
#[derive(Debug, Clone)]
pub struct Connection {
    /// `bootstrap.servers`, separated by commas.
    pub bootstrap_servers: String,
    /// `security.protocol`: `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`.
    pub security_protocol: String,
    /// `sasl.mechanism`: `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub sasl_mechanism: Option<String>,
    /// `sasl.username`.
    pub sasl_username: Option<String>,
    /// `sasl.password`.
    pub sasl_password: Option<SecretString>,
    /// `ssl.ca.location`; the system's certificates otherwise.
    pub ca_file: Option<PathBuf>,
}

impl Connection {
    /// A connection without encryption or login, as on a developer's machine.
    #[must_use]
    pub fn plaintext(bootstrap_servers: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            security_protocol: "PLAINTEXT".into(),
            sasl_mechanism: None,
            sasl_username: None,
            sasl_password: None,
            ca_file: None,
        }
    }

    /// What consumer and producer have in common.
    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.bootstrap_servers)
            .set("security.protocol", &self.security_protocol)
            .set("client.id", "learning-paths")
            .set("socket.keepalive.enable", "true")
            .set("socket.timeout.ms", "20000")
            .set("reconnect.backoff.max.ms", "5000");
        if let Some(mechanism) = &self.sasl_mechanism {
            config.set("sasl.mechanism", mechanism);
        }
        if let Some(username) = &self.sasl_username {
            config.set("sasl.username", username);
        }
        if let Some(password) = &self.sasl_password {
            config.set("sasl.password", password.expose_secret());
        }
        if let Some(ca_file) = &self.ca_file {
            config.set("ssl.ca.location", ca_file.to_string_lossy());
        }
        config
    }
}

/// What is consumed, and how.
#[derive(Debug, Clone)]
pub struct ConsumerSettings {
    /// How to reach Kafka.
    pub connection: Connection,
    /// The consumer group.
    pub group_id: String,
    /// The full topics, prefix included.
    pub topics: Vec<String>,
    /// The most messages in a batch.
    pub batch_max_messages: usize,
    /// How long a batch waits for more messages after its first.
    pub batch_max_wait: Duration,
    /// A partition with more messages in a row than this that cannot be read is halted.
    pub poison_limit: u32,
    /// The consumer ends with an error when it lags and makes no progress for this long, though Kafka and the sink answer.
    pub watchdog: Duration,
    /// The group's session: without heartbeats for this long, the partitions go to others.
    pub session_timeout: Duration,
    /// How often topics are looked for anew; new partitions and topics are found within it.
    pub metadata_refresh: Duration,
    /// How long a batch in flight may take to finish when partitions are revoked or the consumer is cancelled.
    pub drain_timeout: Duration,
    /// The shortest and the longest wait before a failed step is tried again.
    pub backoff: (Duration, Duration),
}

impl ConsumerSettings {
    /// Settings with the defaults: batches of 2,000 messages or 50 ms, a poison limit of 100.
    #[must_use]
    pub fn new(connection: Connection, group_id: impl Into<String>, topics: Vec<String>) -> Self {
        Self {
            connection,
            group_id: group_id.into(),
            topics,
            batch_max_messages: 2_000,
            batch_max_wait: Duration::from_millis(50),
            poison_limit: 100,
            watchdog: Duration::from_mins(2),
            session_timeout: Duration::from_secs(30),
            metadata_refresh: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(5),
            backoff: (Duration::from_millis(100), Duration::from_secs(10)),
        }
    }

    pub(crate) fn client_config(&self) -> ClientConfig {
        let session_ms = self.session_timeout.as_millis();
        let mut config = self.connection.client_config();
        config
            .set("group.id", &self.group_id)
            // Postgres knows where to start, and nothing is guessed when Kafka does not have it.
            .set("auto.offset.reset", "error")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("allow.auto.create.topics", "false")
            .set("isolation.level", "read_committed")
            // Eager: all partitions are claimed anew at each rebalance.
            .set("partition.assignment.strategy", "range,roundrobin")
            .set("session.timeout.ms", session_ms.to_string())
            .set("heartbeat.interval.ms", (session_ms / 10).max(100).to_string())
            .set("max.poll.interval.ms", (session_ms * 4).max(300_000).to_string())
            .set("topic.metadata.refresh.interval.ms", self.metadata_refresh.as_millis().to_string())
            .set("statistics.interval.ms", "1000")
            // Bounds of what librdkafka holds in memory.
            .set("queued.max.messages.kbytes", "2048")
            .set("queued.min.messages", "10000")
            // A full queue is looked at again this soon; the default of a second would starve the sink.
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.message.max.bytes", "262144")
            .set("fetch.max.bytes", "4194304")
            .set("receive.message.max.bytes", "16777216");
        config
    }
}

/// The topic's full name: `{prefix}-{base}`, as Open edX names topics, or `base` without a prefix.
#[must_use]
pub fn full_topic(prefix: Option<&str>, base: &str) -> String {
    match prefix {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}-{base}"),
        _ => base.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_its_prefix_as_open_edx_puts_it() {
        assert_eq!(full_topic(Some("prod"), "learning-badges-lifecycle"), "prod-learning-badges-lifecycle");
        assert_eq!(full_topic(None, "t"), "t");
        assert_eq!(full_topic(Some(""), "t"), "t");
    }

    #[test]
    fn the_login_reaches_librdkafka_and_no_text() {
        let mut connection = Connection::plaintext("kafka:9092");
        connection.security_protocol = "SASL_SSL".into();
        connection.sasl_mechanism = Some("SCRAM-SHA-512".into());
        connection.sasl_username = Some("key".into());
        connection.sasl_password = Some("canary".to_owned().into());
        let config = connection.client_config();
        assert_eq!(config.get("sasl.password"), Some("canary"));
        assert_eq!(config.get("security.protocol"), Some("SASL_SSL"));
        assert_eq!(config.get("enable.ssl.certificate.verification"), None, "on, as it is by default");
        assert!(!format!("{connection:?}").contains("canary"));
        let settings = ConsumerSettings::new(connection, "group", vec![]);
        let consumer: Result<rdkafka::consumer::BaseConsumer, _> = settings.client_config().create();
        assert!(consumer.is_ok(), "librdkafka is built with SASL and TLS");
    }
}
