#![doc = include_str!("../README.md")]

mod background;
pub mod http;
mod lms;
mod run;

pub use http::openapi;
pub use run::{Config, run};
