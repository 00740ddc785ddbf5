use std::time::Duration;

use lp_kafka::{Connection, ProbedTopic, probe};

use crate::support::{Kafka, TOPIC, numbers};

const TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_tells_what_kafka_still_has_and_makes_no_topic() {
    let kafka = Kafka::new(2);
    // The mock broker keeps some 5 MiB a partition.
    let large = "x".repeat(100_000);
    kafka.produce(0, (0..100).map(|_| large.clone())).await;
    kafka.produce(1, numbers(0..10)).await;
    let connection = Connection::plaintext(kafka.cluster.bootstrap_servers());
    for _ in 0..2 {
        let topics = [TOPIC.to_owned(), "no-such-topic".to_owned()];
        let probed = probe(&connection, &topics, TIMEOUT).unwrap();
        let [ProbedTopic { partitions, .. }, missing] = probed.as_slice() else { panic!("{probed:?}") };
        let mut partitions = partitions.clone();
        partitions.sort_unstable();
        assert!(partitions[0].1 > 0 && partitions[0].2 == 100, "{partitions:?}");
        assert_eq!(partitions[1], (1, 0, 10));
        assert_eq!(missing.partitions, []);
    }
}
