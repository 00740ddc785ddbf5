use anyhow::Context as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

/// librdkafka's mock cluster, one broker, in process; ends when dropped.
pub struct MockKafka(MockCluster<'static, DefaultProducerContext>);

impl MockKafka {
    /// A cluster with these topics, each with so many partitions.
    ///
    /// # Errors
    /// When librdkafka cannot make it.
    pub fn start(topics: &[&str], partitions: i32) -> anyhow::Result<Self> {
        let cluster = MockCluster::new(1).context("the mock cluster does not start")?;
        for topic in topics {
            cluster.create_topic(topic, partitions, 1).with_context(|| format!("no topic {topic}"))?;
        }
        Ok(Self(cluster))
    }

    /// What clients connect to.
    #[must_use]
    pub fn bootstrap_servers(&self) -> String {
        self.0.bootstrap_servers()
    }

    /// Makes the broker unreachable, or reachable again.
    ///
    /// # Errors
    /// When librdkafka refuses.
    pub fn set_up(&self, up: bool) -> anyhow::Result<()> {
        if up {
            self.0.broker_up(1)?;
        } else {
            self.0.broker_down(1)?;
        }
        Ok(())
    }
}
