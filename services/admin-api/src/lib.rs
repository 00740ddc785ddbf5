#![doc = include_str!("../README.md")]

mod background;
mod courses;
pub mod http;
mod run;

pub use http::openapi;
pub use run::{Config, run};
