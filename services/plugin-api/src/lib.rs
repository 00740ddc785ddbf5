#![doc = include_str!("../README.md")]

pub mod http;
mod run;

pub use http::openapi;
pub use run::{Config, run};
