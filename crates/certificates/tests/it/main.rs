//! The crate from outside. Poppler's tools look at what it writes where `LP_POPPLER` is set, and veraPDF where
//! `LP_VERAPDF_CLASSPATH` names its jars.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy sees only the tests themselves")]

mod badges;
mod designs;
mod names;
mod pictures;
mod poppler;
mod support;
mod templates;
mod verapdf;
