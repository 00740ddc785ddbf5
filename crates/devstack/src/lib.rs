#![doc = include_str!("../README.md")]

mod cache;
pub mod lms;
mod mock_kafka;
mod postgres;
mod real;
mod registry;
mod topics;

pub use cache::cache_dir;
pub use mock_kafka::MockKafka;
pub use postgres::Postgres;
pub use real::{Apicurio, DEADLINE, Kafka, Process, free_port, until};
pub use registry::Registry;
pub use topics::create_topics;
