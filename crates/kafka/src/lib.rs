#![doc = include_str!("../README.md")]

mod consumer;
mod health;
mod probe;
mod producer;
mod settings;
mod sink;

pub use consumer::{ConsumerError, run_consumer};
pub use health::ConsumerHealth;
pub use probe::{ProbedTopic, probe};
pub use producer::{FrameError, Framed, Framer, KafkaPublisher, PublisherSettings};
pub use settings::{Connection, ConsumerSettings, full_topic};
pub use sink::{Applied, Batch, Claimed, Sink, SinkError, TopicPartition};
