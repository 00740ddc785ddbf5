#![doc = include_str!("../README.md")]

pub mod lifecycle;
pub mod settings;
pub mod telemetry;
pub mod trace;

pub use lifecycle::{Outcome, Supervisor};
pub use settings::{Need, Settings, SettingsError, Source};
pub use telemetry::{Format, Telemetry};
pub use trace::{current_traceparent, span_with_remote_parent};
