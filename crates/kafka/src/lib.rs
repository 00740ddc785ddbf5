#![doc = include_str!("../README.md")]

mod health;
mod settings;
mod sink;

pub use health::ConsumerHealth;
pub use settings::{Connection, ConsumerSettings, full_topic};
pub use sink::{Applied, Batch, Claimed, Sink, SinkError, TopicPartition};
