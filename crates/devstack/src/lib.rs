#![doc = include_str!("../README.md")]

mod cache;
pub mod lms;
pub mod lms_api;
mod mock_kafka;
mod postgres;
mod real;
mod registry;
mod topics;

pub use cache::cache_dir;
pub use lms_api::LmsApi;
pub use mock_kafka::MockKafka;
pub use postgres::Postgres;
pub use real::{Apicurio, DEADLINE, Kafka, MariaDb, Process, free_port, until};
pub use registry::Registry;
pub use topics::create_topics;
