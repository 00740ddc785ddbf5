use std::fmt::Write as _;

use super::advances::{lacking, moves};
use super::faces::parts;
use super::fit::{Room, Width, fit, width_of};
use super::font::Font;
use super::measure::measure;
use super::order::{Run, runs};
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
    pub(crate) font: Font,
}

/// The text as SVG, a text element a line; nothing for an empty one.
pub(crate) fn place(fonts: &Fonts, block: &Block, text: &str) -> String {
    let pieces = pieces(text);
    if pieces.is_empty() {
        return String::new();
    }
    let Block { y, width, height, size, leading, .. } = *block;
    let room = Room { width, height, size, leading };
    let widths = widths(fonts, &block.font, &pieces);
    let fit = fit(&widths, room, block.align == Align::Middle);
    let step = fit.size * leading;
    #[expect(clippy::cast_precision_loss, reason = "a few lines")]
    let used = fit.lines.len() as f32 * step;
    let top = if block.top { y } else { y + (height - used) / 2.0 };
    // The middle of small letters and capitals lies about a third of the size above the line they stand on.
    let mut baseline = top + step / 2.0 + fit.size * 0.32;
    let rtl = begins_rtl(text);
    let mut svg = String::new();
    for (index, line) in fit.lines.iter().enumerate() {
        let mut words = pieces[line.clone()].concat().trim_end().to_owned();
        if fit.is_cut && index + 1 == fit.lines.len() {
            words.push('…');
        }
        let runs = runs(fonts, block.font.face, &words, rtl);
        let widths = match &runs[..] {
            // Known already, when all of it is in one font and direction.
            [_] => vec![width_of(&widths[line.clone()])],
            runs => {
                measure(fonts, &block.font, &runs.iter().map(|run| (run.text, run.face)).collect::<Vec<_>>())
                    .0
            }
        };
        place_line(fonts, block, &runs, &widths, (fit.size, baseline), &mut svg);
        baseline += step;
    }
    svg
}

/// Of the pieces; each may have parts in several fonts.
fn widths(fonts: &Fonts, font: &Font, pieces: &[&str]) -> Vec<Width> {
    let mut texts = Vec::new();
    let mut owners = Vec::new();
    for (owner, piece) in pieces.iter().enumerate() {
        let piece = piece.trim_end();
        for part in parts(fonts, font.face, piece) {
            texts.push((&piece[part.range], part.face));
            owners.push(owner);
        }
    }
    let (measured, space) = measure(fonts, font, &texts);
    let mut widths = vec![Width { with_space: 0.0, without: 0.0 }; pieces.len()];
    for (owner, width) in owners.into_iter().zip(measured) {
        widths[owner].without += width;
    }
    for (width, piece) in widths.iter_mut().zip(pieces) {
        width.with_space = width.without + if piece.ends_with(' ') { space } else { 0.0 };
    }
    widths
}

/// One line at its size and height on the page: each part in one font and direction begins where the one before it ends.
fn place_line(
    fonts: &Fonts,
    block: &Block,
    runs: &[Run],
    widths: &[f32],
    (size, baseline): (f32, f32),
    svg: &mut String,
) {
    let Block { x, width, font, .. } = block;
    let over = width - widths.iter().sum::<f32>() * size;
    let mut left = match (block.align, block.rtl) {
        (Align::Middle, _) => x + over / 2.0,
        (Align::Start, false) | (Align::End, true) => *x,
        (Align::End, false) | (Align::Start, true) => x + over,
    };
    let mut placed = Vec::with_capacity(runs.len());
    for (run, width) in runs.iter().zip(widths) {
        placed.push((run, left));
        left += width * size;
    }
    // Written as they are read, which is what a PDF goes by.
    placed.sort_by_key(|(run, _)| run.start);
    // Writing into a text does not fail.
    let _ = write!(svg, "<text {} font-size='{size:.2}' xml:space='preserve'>", font.attributes);
    for (run, left) in placed {
        let family = Font::of_part(fonts, run.face);
        let _ = write!(svg, "<tspan x='{left:.2}' y='{baseline:.2}'{family}");
        let moves = run.face.filter(|_| !run.rtl).map(|face| moves(&lacking(fonts, face, run.text), size));
        if let Some(moves) = moves.filter(|moves| !moves.is_empty()) {
            let moves: Vec<String> = moves.iter().map(|one| format!("{one:.3}")).collect();
            let _ = write!(svg, " dx='{}'", moves.join(" "));
        }
        // Between two marks, what has no direction is in that of its run.
        let mark = if run.rtl { "\u{200f}" } else { "" };
        let _ = write!(svg, ">{mark}{}{mark}</tspan>", escape(run.text));
    }
    svg.push_str("</text>");
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
