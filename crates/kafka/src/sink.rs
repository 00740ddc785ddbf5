use std::collections::HashMap;
use std::future::Future;

use lp_inbox::{Advance, Claim, Message, Quarantined};

/// A partition that the group assigned to us.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TopicPartition {
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The oldest offset that Kafka still has: where a partition never seen before starts.
    pub earliest: i64,
}

/// A partition with what [`lp_inbox::claim`] said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The full topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The first offset to read.
    pub next_offset: i64,
    /// The epoch of our claim.
    pub epoch: i64,
}

impl TopicPartition {
    /// The partition with the claim that was made of it.
    #[must_use]
    pub fn claimed(&self, claim: Claim) -> Claimed {
        let Claim { next_offset, epoch } = claim;
        Claimed { topic: self.topic.clone(), partition: self.partition, next_offset, epoch }
    }
}

/// What the messages' owner does with them. All of it is retried, so all of it must be one transaction or have no effects.
pub trait Sink: Send + 'static {
    /// Takes partitions over by [`lp_inbox::claim`], each starting at its `earliest` if it was never seen before.
    fn claim(
        &mut self,
        partitions: &[TopicPartition],
    ) -> impl Future<Output = Result<Vec<Claimed>, SinkError>> + Send;

    /// Applies a batch in one transaction, with [`lp_inbox::advance`] of its `advances` in it; asks [`Batch::applied`]
    /// before it commits.
    fn apply(&mut self, batch: &Batch) -> impl Future<Output = Result<Applied, SinkError>> + Send;
}

/// Why a sink did not do it.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// For now: the same is tried again after a while, nothing is skipped.
    #[error("not possible for now")]
    Retry(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another owner claimed a partition: the batch is dropped, and the group joined anew.
    #[error("another owner has claimed a partition")]
    Fenced,
    /// For good, for what the messages say, and of the batch as a whole: its partitions are applied one by one then, and
    /// those refused alone halt.
    #[error("refused: {reason}")]
    Refused {
        /// Why, without any message's content.
        reason: String,
        /// What refused.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The partition is not to be read further until somebody has looked at it; others go on.
    #[error("partition {partition} of {topic} must halt: {reason}")]
    Halt {
        /// The full topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Why, without any message's content.
        reason: String,
    },
}

/// Messages in the order of each partition's offsets, and the steps of the offsets that go with them.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The messages.
    pub messages: Vec<Message>,
    /// One step a partition.
    pub advances: Vec<Advance>,
    pub(crate) poison_limit: u32,
    /// How many messages in a row were quarantined at the end of the batches before.
    pub(crate) poison_runs: HashMap<(String, i32), u32>,
}

impl Batch {
    /// A batch outside of the engine, for tests of sinks.
    #[must_use]
    pub fn new(messages: Vec<Message>, advances: Vec<Advance>, poison_limit: u32) -> Self {
        Self { messages, advances, poison_limit, poison_runs: HashMap::new() }
    }

    /// The proof that a batch may be committed: not too many messages in a row are quarantined.
    ///
    /// # Errors
    /// [`SinkError::Halt`] for a partition in which more than the limit in a row are, this batch and those before it taken
    /// together: then something is wrong with the reader, the registry or the producer, and the topic is not drained.
    pub fn applied(&self, quarantined: &[Quarantined]) -> Result<Applied, SinkError> {
        let mut bad: HashMap<(&str, i32, i64), &str> = quarantined
            .iter()
            .map(|q| ((q.message.topic.as_str(), q.message.partition, q.message.offset), q.reason.as_str()))
            .collect();
        let mut poison_runs = self.poison_runs.clone();
        for message in &self.messages {
            let run = poison_runs.entry((message.topic.clone(), message.partition)).or_default();
            match bad.remove(&(message.topic.as_str(), message.partition, message.offset)) {
                None => *run = 0,
                Some(_) if *run < self.poison_limit => *run += 1,
                Some(reason) => {
                    return Err(SinkError::Halt {
                        topic: message.topic.clone(),
                        partition: message.partition,
                        reason: format!(
                            "more than {} messages in a row cannot be read, the last of them: {reason}",
                            self.poison_limit
                        ),
                    });
                }
            }
        }
        Ok(Applied { poison_runs })
    }
}

impl Batch {
    pub(crate) fn has(&self, topic: &str, partition: i32) -> bool {
        self.advances.iter().any(|a| a.topic == topic && a.partition == partition)
    }

    pub(crate) fn remove(&mut self, topic: &str, partition: i32) {
        self.messages.retain(|m| m.topic != topic || m.partition != partition);
        self.advances.retain(|a| a.topic != topic || a.partition != partition);
    }

    /// One batch a partition, each with its own step.
    pub(crate) fn by_partition(&self) -> Vec<Self> {
        let alone = |advance: &Advance| {
            let its = |m: &&Message| m.topic == advance.topic && m.partition == advance.partition;
            let messages = self.messages.iter().filter(its).cloned().collect();
            Self { messages, advances: vec![advance.clone()], ..Self::default() }
        };
        self.advances.iter().map(alone).collect()
    }
}

/// What became of a batch; had from [`Batch::applied`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub(crate) poison_runs: HashMap<(String, i32), u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(offset: i64) -> Message {
        Message { topic: "t".into(), partition: 0, offset, key: None, payload: None, headers: vec![] }
    }

    fn quarantined(offset: i64) -> Quarantined {
        Quarantined { message: message(offset), reason: "truncated".into(), detail: String::new() }
    }

    fn batch(offsets: std::ops::Range<i64>, before: u32) -> Batch {
        let mut batch = Batch::new(offsets.map(message).collect(), vec![], 3);
        batch.poison_runs.insert(("t".into(), 0), before);
        batch
    }

    #[test]
    fn as_many_poison_messages_in_a_row_as_the_limit_pass() {
        let bad: Vec<_> = (0..3).map(quarantined).collect();
        let applied = batch(0..3, 0).applied(&bad).unwrap();
        assert_eq!(applied.poison_runs[&("t".to_owned(), 0)], 3);
    }

    #[test]
    fn one_more_halts_the_partition_with_those_of_the_batches_before() {
        let bad: Vec<_> = (0..2).map(quarantined).collect();
        assert!(batch(0..2, 1).applied(&bad).is_ok());
        let halted = batch(0..2, 2).applied(&bad);
        assert!(matches!(halted, Err(SinkError::Halt { partition: 0, .. })));
    }

    #[test]
    fn a_message_that_can_be_read_ends_the_row() {
        let bad = [quarantined(0), quarantined(2), quarantined(3), quarantined(4)];
        let applied = batch(0..6, 2).applied(&bad).unwrap();
        assert_eq!(applied.poison_runs[&("t".to_owned(), 0)], 0);
    }
}
