/// One consumed Kafka record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The full topic, prefix included.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset within the partition.
    pub offset: i64,
    /// The key's bytes.
    pub key: Option<Vec<u8>>,
    /// The value's bytes; `None` is a tombstone.
    pub payload: Option<Vec<u8>>,
    /// The headers in their order, names repeated if the producer repeated them.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}
