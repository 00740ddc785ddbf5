use std::time::Duration;

use chrono::DateTime;
use lp_kafka::{Connection, FrameError, Framed, Framer, KafkaPublisher, PublisherSettings};
use lp_outbox::{OutboxMessage, OutboxRow, PublishError, Publisher};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};
use uuid::Uuid;

use crate::support::Kafka;

const TOPIC: &str = "test-learning-path-lifecycle";

struct PlainFramer;

impl Framer for PlainFramer {
    async fn frame(&self, row: &OutboxRow, topic: &str) -> Result<Framed, FrameError> {
        assert_eq!(topic, TOPIC);
        match row.message.event_type.as_str() {
            "unknown" => Err(FrameError::Permanent("no such event".into())),
            "unregistered" => Err(FrameError::Transient("the registry is away".into())),
            event_type => Ok(Framed {
                key: row.message.partition_key.to_be_bytes().to_vec(),
                value: row.message.body.clone(),
                headers: vec![("ce_type".into(), event_type.into())],
            }),
        }
    }
}

fn row(outbox_id: i64, partition_key: i64, event_type: &str) -> OutboxRow {
    let message = OutboxMessage {
        event_id: Uuid::new_v4(),
        event_type: event_type.to_owned(),
        topic: "learning-path-lifecycle".to_owned(),
        event_time: DateTime::UNIX_EPOCH,
        partition_key,
        body: outbox_id.to_string().into_bytes(),
        traceparent: None,
    };
    OutboxRow { outbox_id, message }
}

fn publisher(kafka: &Kafka, delivery_timeout: Duration) -> KafkaPublisher<PlainFramer> {
    kafka.cluster.create_topic(TOPIC, 1, 1).unwrap();
    let settings = PublisherSettings {
        connection: Connection::plaintext(kafka.cluster.bootstrap_servers()),
        topic_prefix: Some("test".to_owned()),
        delivery_timeout,
    };
    KafkaPublisher::new(settings, PlainFramer)
}

/// The first `count` values on the topic, each with its header.
fn published(kafka: &Kafka, count: usize) -> Vec<(String, String)> {
    let consumer: BaseConsumer = rdkafka::ClientConfig::new()
        .set("bootstrap.servers", kafka.cluster.bootstrap_servers())
        .set("group.id", "reader")
        .create()
        .unwrap();
    let mut start = TopicPartitionList::new();
    start.add_partition_offset(TOPIC, 0, Offset::Beginning).unwrap();
    consumer.assign(&start).unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (0..count)
        .map(|_| {
            let message = consumer.poll(Duration::from_secs(30)).unwrap().unwrap();
            let header = message.headers().unwrap().get(0);
            assert_eq!(header.key, "ce_type");
            (text(message.payload().unwrap()), text(header.value.unwrap()))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_acknowledged_and_keep_their_order() {
    let kafka = Kafka::without_topic();
    let publisher = publisher(&kafka, Duration::from_secs(30));
    let rows: Vec<OutboxRow> = (0..300).map(|n| row(n, n % 7, "completed")).collect();
    assert!(publisher.publish(&rows).await.iter().all(Result::is_ok));
    let expected: Vec<_> = (0..300).map(|n| (n.to_string(), "completed".to_owned())).collect();
    assert_eq!(published(&kafka, 300), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_cannot_be_framed_holds_its_key_only() {
    let kafka = Kafka::without_topic();
    let publisher = publisher(&kafka, Duration::from_secs(30));
    let rows =
        [row(0, 1, "unknown"), row(1, 1, "completed"), row(2, 2, "unregistered"), row(3, 3, "completed")];
    let answers = publisher.publish(&rows).await;
    assert!(matches!(answers[0], Err(PublishError::Permanent(_))));
    assert!(matches!(answers[1], Err(PublishError::Transient(_))));
    assert!(matches!(answers[2], Err(PublishError::Transient(_))));
    assert!(answers[3].is_ok());
    assert_eq!(published(&kafka, 1)[0].0, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_66_a_refused_message_is_permanent_and_later_ones_still_go() {
    let kafka = Kafka::without_topic();
    let publisher = publisher(&kafka, Duration::from_secs(30));
    kafka
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE]);
    let answers = publisher.publish(&[row(0, 1, "completed")]).await;
    assert!(matches!(answers[0], Err(PublishError::Permanent(_))), "{answers:?}");
    assert!(publisher.publish(&[row(1, 2, "completed")]).await[0].is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_67_69_messages_that_time_out_go_again_by_a_new_producer() {
    let kafka = Kafka::without_topic();
    let publisher = publisher(&kafka, Duration::from_secs(2));
    let rows: Vec<OutboxRow> = (0..5).map(|n| row(n, 1, "completed")).collect();
    kafka.cluster.broker_down(1).unwrap();
    let answers = publisher.publish(&rows).await;
    assert!(answers.iter().all(|a| matches!(a, Err(PublishError::Transient(_)))), "{answers:?}");
    kafka.cluster.broker_up(1).unwrap();
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    while publisher.publish(&rows).await.iter().any(Result::is_err) {
        assert!(std::time::Instant::now() < deadline);
    }
    let values: Vec<String> = published(&kafka, 5).into_iter().map(|(value, _)| value).collect();
    assert_eq!(values, ["0", "1", "2", "3", "4"]);
}
