#![doc = include_str!("../README.md")]

pub mod http;
mod run;
mod words;

pub use http::openapi;
pub use run::{Config, run};
