//! The partitions that we hold, and how far each is read and committed.

use std::collections::HashMap;

use lp_inbox::{Advance, Message};

use crate::{Batch, Claimed};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) epoch: i64,
    /// The offset that the next batch starts at.
    pub(crate) from: i64,
    /// The offset after the last message taken in.
    pub(crate) next: i64,
    pub(crate) committed: i64,
    pub(crate) halted: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Assignment(HashMap<String, HashMap<i32, Position>>);

impl Assignment {
    pub(crate) fn insert(&mut self, claimed: &Claimed) {
        let offset = claimed.next_offset;
        let position =
            Position { epoch: claimed.epoch, from: offset, next: offset, committed: offset, halted: false };
        self.0.entry(claimed.topic.clone()).or_default().insert(claimed.partition, position);
    }

    pub(crate) fn get_mut(&mut self, topic: &str, partition: i32) -> Option<&mut Position> {
        self.0.get_mut(topic)?.get_mut(&partition)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The partitions that are read: those not halted.
    pub(crate) fn running(&self) -> impl Iterator<Item = (&str, i32, &Position)> {
        self.0.iter().flat_map(|(topic, partitions)| {
            let running = partitions.iter().filter(|(_, position)| !position.halted);
            running.map(|(partition, position)| (topic.as_str(), *partition, position))
        })
    }

    /// Whether the message is next in a partition that we read; notes it as taken in then.
    pub(crate) fn take_in(&mut self, topic: &str, partition: i32, offset: i64) -> bool {
        match self.get_mut(topic, partition) {
            Some(position) if !position.halted && offset >= position.next => {
                position.next = offset + 1;
                true
            }
            _ => false,
        }
    }

    /// A batch of messages that were taken in, with the steps they amount to.
    pub(crate) fn batch(&mut self, messages: Vec<Message>) -> Batch {
        let mut advances = vec![];
        for (topic, partitions) in &mut self.0 {
            for (partition, position) in partitions {
                if !position.halted && position.next > position.from {
                    advances.push(Advance {
                        topic: topic.clone(),
                        partition: *partition,
                        from: position.from,
                        to: position.next,
                        epoch: position.epoch,
                    });
                    position.from = position.next;
                }
            }
        }
        Batch { messages, advances, ..Batch::default() }
    }

    pub(crate) fn committed(&mut self, advances: &[Advance]) {
        for advance in advances {
            if let Some(position) = self.get_mut(&advance.topic, advance.partition) {
                position.committed = advance.to;
            }
        }
    }
}
