#![doc = include_str!("../README.md")]

mod framer;
mod pool;
mod replay;
mod run;
mod sink;
mod told;

pub use pool::{connect, pool};
pub use replay::{ReplayError, replay};
pub use run::{Config, connection, registry, run};
pub use sink::ProgressSink;
