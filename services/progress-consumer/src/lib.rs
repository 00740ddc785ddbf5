#![doc = include_str!("../README.md")]

mod replay;
mod run;
mod sink;
mod told;

pub use replay::{ReplayError, replay};
pub use run::{Config, run};
pub use sink::ProgressSink;
pub use told::Intake;
