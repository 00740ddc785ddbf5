#![doc = include_str!("../README.md")]

mod framer;
pub mod grants;
pub mod lifecycle;
mod relay;
pub mod settings;
pub mod telemetry;
pub mod trace;
pub mod work;

pub use grants::grants_in;
pub use lifecycle::{Outcome, Supervisor};
pub use relay::relay;
pub use settings::{Format, Need, Settings, SettingsError, Source};
pub use telemetry::Telemetry;
pub use trace::{current_traceparent, span_with_remote_parent};
