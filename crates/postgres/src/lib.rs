#![doc = include_str!("../README.md")]

mod failure;
mod pool;

pub use failure::{in_words, is_about_the_data, is_away, is_transient};
pub use pool::{reader, writer};
