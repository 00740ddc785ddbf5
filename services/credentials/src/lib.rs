#![doc = include_str!("../README.md")]

mod drawing;
pub mod http;
pub mod issuing;
mod replay;
mod run;
mod sink;
mod told;

use lp_credentials_store as store;

pub use drawing::Drawing;
pub use http::openapi;
pub use replay::{ReplayError, replay};
pub use run::{Config, run};
pub use sink::AwardsSink;
