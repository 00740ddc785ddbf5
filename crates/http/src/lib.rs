#![doc = include_str!("../README.md")]

pub mod api;
pub mod audit;
pub mod auth;
pub mod conditional;
pub mod connection;
#[cfg(feature = "testing")]
pub mod contract;
pub mod csv;
mod docs;
pub mod examples;
pub mod extract;
pub mod health;
pub mod layers;
pub mod page;
pub mod problem;
mod rate;
pub mod serve;
pub mod token;

pub use api::{Api, MetricsPage};
pub use auth::{Auth, Caller, Permission, Reach, ServiceToken, Target};
pub use connection::Connection;
pub use extract::{Json, Path, Query, Upload};
pub use health::Checks;
pub use layers::{Limits, RequestId};
pub use page::{Cursor, Page, PageSize, Paging};
pub use problem::{Kind, Problem};
pub use serve::serve;
pub use token::{TokenScheme, check_listen};
