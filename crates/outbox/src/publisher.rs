use std::future::Future;

use crate::OutboxRow;

/// Where the relay brings messages; implemented by the Kafka producer, and by stand-ins in tests.
pub trait Publisher: Send + Sync {
    /// Sends messages in their order and waits until each is acknowledged or refused. The answer has one entry a row.
    /// After a row that failed, later rows of the same key must fail as well or not be sent.
    fn publish(&self, rows: &[OutboxRow]) -> impl Future<Output = Vec<Result<(), PublishError>>> + Send;
}

/// Why a message was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It may be, later: the relay tries again.
    #[error("not published for now")]
    Transient(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It never will be as it is: the relay parks it, and holds later messages of its key back.
    #[error("cannot be published")]
    Permanent(#[source] Box<dyn std::error::Error + Send + Sync>),
}
