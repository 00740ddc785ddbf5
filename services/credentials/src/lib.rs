#![doc = include_str!("../README.md")]

mod database;
pub mod http;

use lp_credentials_store as store;
