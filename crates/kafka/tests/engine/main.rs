//! Consumer and publisher against librdkafka's mock cluster, with a database played in memory.
#![expect(clippy::unwrap_used, reason = "a test may fail in its helpers too")]

mod consuming;
mod faults;
mod probing;
mod publishing;
mod real;
mod refused;
mod support;
