#![doc = include_str!("../README.md")]

mod backlog;
mod message;
mod publisher;
mod relay;

pub use backlog::{Backlog, backlog, unpark};
pub use message::{OutboxMessage, OutboxRow, append, rewrite};
pub use publisher::{PublishError, Publisher};
pub use relay::{RelaySettings, run_relay};
