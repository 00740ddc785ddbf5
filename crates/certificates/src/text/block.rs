use std::fmt::Write as _;

use super::fit::{Room, fit};
use super::measure::measure;
use super::pieces::pieces;
use crate::Fonts;
use crate::svg::escape;

/// Where a text stands in its box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// At the side where reading begins.
    Start,
    Middle,
    End,
}

/// A box with a text.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    /// The size that it has if it fits.
    pub(crate) size: f32,
    /// From line to line, in sizes.
    pub(crate) leading: f32,
    pub(crate) align: Align,
    /// Whether it stands at the top of its box, else in the middle.
    pub(crate) top: bool,
    /// Whether the start is at the right.
    pub(crate) rtl: bool,
    /// Further attributes of the text, escaped.
    pub(crate) attributes: String,
}

/// The text as SVG; nothing for an empty one.
pub(crate) fn place(fonts: &Fonts, block: &Block, text: &str) -> String {
    let pieces = pieces(text);
    if pieces.is_empty() {
        return String::new();
    }
    let widths = measure(fonts, &block.attributes, &pieces);
    let Block { x, y, width, height, size, leading, .. } = *block;
    let room = Room { width, height, size, leading };
    let fit = fit(&widths, room, block.align == Align::Middle);
    let step = fit.size * leading;
    #[expect(clippy::cast_precision_loss, reason = "a few lines")]
    let used = fit.lines.len() as f32 * step;
    let top = if block.top { y } else { y + (height - used) / 2.0 };
    // The middle of small letters and capitals lies about a third of the size above the line they stand on.
    let first = top + step / 2.0 + fit.size * 0.32;
    let (at, anchor) = match (block.align, block.rtl) {
        (Align::Middle, _) => (x + width / 2.0, "middle"),
        (Align::Start, false) | (Align::End, true) => (x, "start"),
        (Align::End, false) | (Align::Start, true) => (x + width, "end"),
    };
    let is_rtl = begins_rtl(text);
    let mut svg = format!(
        "<text {} font-size='{:.2}' text-anchor='{anchor}' xml:space='preserve'>",
        block.attributes, fit.size
    );
    let mut baseline = first;
    for (index, line) in fit.lines.iter().enumerate() {
        let is_last = index + 1 == fit.lines.len();
        let words = pieces[line.clone()].concat();
        let mut words = if is_last { words.trim_end().to_owned() } else { words };
        if is_last && fit.is_cut {
            words.push('…');
        }
        if is_rtl {
            words = format!("\u{2067}{}\u{2069}", words.trim_end());
        }
        // Writing into a text does not fail.
        let _ = write!(svg, "<tspan x='{at:.2}' y='{baseline:.2}'>{}</tspan>", escape(words.trim_end()));
        baseline += step;
    }
    svg.push_str("</text>");
    svg
}

/// Whether the first letter that has a direction is of a script from right to left.
fn begins_rtl(text: &str) -> bool {
    text.chars().find(|character| character.is_alphabetic()).is_some_and(is_rtl)
}

/// Whether a letter is of a script from right to left.
pub(crate) fn is_rtl(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x1_0800..=0x1_0fff | 0x1_e800..=0x1_efff
    )
}
