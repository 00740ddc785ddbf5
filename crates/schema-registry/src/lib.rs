#![doc = include_str!("../README.md")]

mod client;
mod error;
mod http;
mod reader;

pub use client::{RegistryClient, Settings};
pub use error::RegistryError;
pub use reader::{EventReader, ReadError};
