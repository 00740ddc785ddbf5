//! Texts: clean, measured, broken into lines that fit, each part in a font that has its letters.

mod advances;
mod block;
mod clean;
mod faces;
mod fit;
mod font;
mod measure;
mod order;
mod pieces;

pub(crate) use block::{Align, Block, is_rtl, place};
pub(crate) use clean::clean;
pub(crate) use font::Font;
