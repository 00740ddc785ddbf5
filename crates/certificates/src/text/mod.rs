//! Texts: clean, measured, broken into lines that fit.

mod block;
mod clean;
mod fit;
mod measure;
mod pieces;

pub(crate) use block::{Align, Block, is_rtl, place};
pub(crate) use clean::clean;
