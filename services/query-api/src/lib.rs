#![doc = include_str!("../README.md")]

pub mod http;
mod live;
mod run;
mod words;

pub use http::openapi;
pub use live::{Live, LiveLimits};
pub use run::{Config, run};
