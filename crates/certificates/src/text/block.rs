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
    let rtl = begins_rtl(text);
    let mut words: Vec<String> =
        fit.lines.iter().map(|line| pieces[line.clone()].concat().trim_end().to_owned()).collect();
    if let Some(last) = words.last_mut().filter(|_| fit.is_cut) {
        last.push('…');
    }
    let mut lines: Vec<(Vec<Run>, Vec<f32>)> = Vec::with_capacity(words.len());
    for (line, words) in fit.lines.iter().zip(&words) {
        let runs = runs(fonts, block.font.face, words, rtl);
        // Known already, when all of it is in one font and direction, and no letters are set apart at the ends of pieces.
        let is_known = runs.len() == 1 && !block.font.attributes.contains("letter-spacing");
        let widths =
            if is_known { vec![width_of(&widths[line.clone()])] } else { of_runs(fonts, &block.font, &runs) };
        lines.push((runs, widths));
    }
    // Spaces are not equally wide in all fonts, so lines may be a little wider than their pieces.
    let widest = lines.iter().map(|(_, widths)| widths.iter().sum()).fold(f32::EPSILON, f32::max);
    let size = fit.size.min(width / widest);
    let step = size * leading;
    #[expect(clippy::cast_precision_loss, reason = "a few lines")]
    let used = lines.len() as f32 * step;
    let top = if block.top { y } else { y + (height - used) / 2.0 };
    // The middle of small letters and capitals lies about a third of the size above the line they stand on.
    let mut baseline = top + step / 2.0 + size * 0.32;
    let mut svg = String::new();
    for (runs, widths) in &lines {
        place_line(fonts, block, runs, widths, (size, baseline), &mut svg);
        baseline += step;
    }
    svg
}

fn of_runs(fonts: &Fonts, font: &Font, runs: &[Run]) -> Vec<f32> {
    let texts: Vec<_> = runs.iter().map(|run| (run.text, run.face)).collect();
    measure(fonts, font, &texts).0
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

#[cfg(test)]
mod tests {
    use usvg::Tree;

    use super::*;
    use crate::picture::no_images;

    /// Left, top, right and bottom of what is drawn in a box at 100, 50 that is 300 wide and 60 high.
    fn drawn(fonts: &Fonts, align: Align, rtl: bool, text: &str) -> [f32; 4] {
        let font = Font { attributes: "font-weight='600'".to_owned(), face: fonts.find("", 600, false) };
        let (x, y, width, height, size, leading) = (100.0, 50.0, 300.0, 60.0, 30.0, 1.2);
        let block = Block { x, y, width, height, size, leading, align, top: false, rtl, font };
        let inner = place(fonts, &block, text);
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 500 200'>{inner}</svg>");
        let tree = Tree::from_str(&svg, &fonts.options(no_images())).unwrap();
        let found = tree.root().abs_bounding_box();
        [found.left(), found.top(), found.right(), found.bottom()]
    }

    #[test]
    fn every_text_is_drawn_within_its_box() {
        let fonts = Fonts::load();
        let sentence = "Foundations of Data Engineering and of the Responsible Use of Machine Learning in Administration";
        for text in [
            "Ada",
            sentence,
            &"W".repeat(300),
            &"Wolfeschlegelsteinhausenbergerdorff ".repeat(8),
            &"北京".repeat(150),
            &"أكاديمية العلوم Academy ".repeat(12),
            &"अभियांत्रिकी कृष्ण ".repeat(12),
            &"שרה Ada ".repeat(30),
        ] {
            for (align, rtl) in
                [(Align::Start, false), (Align::Start, true), (Align::Middle, false), (Align::End, false)]
            {
                let [left, top, right, bottom] = drawn(&fonts, align, rtl, text);
                assert!(left > 97.0 && right < 403.0, "{align:?} {rtl}: {left} to {right}: {text}");
                assert!(top > 44.0 && bottom < 116.0, "{align:?} {rtl}: {top} to {bottom}: {text}");
            }
        }
    }

    #[test]
    fn parts_are_written_as_they_are_read_and_those_from_the_right_between_marks() {
        let fonts = Fonts::bundled();
        let font = Font { attributes: String::new(), face: fonts.find("", 400, false) };
        let (x, y, width, height, size, leading) = (0.0, 0.0, 300.0, 60.0, 30.0, 1.2);
        let block =
            Block { x, y, width, height, size, leading, align: Align::Start, top: true, rtl: true, font };
        let svg = place(&fonts, &block, "שרה (Ada).");
        let document = usvg::roxmltree::Document::parse(&svg).unwrap();
        let part = |node: usvg::roxmltree::Node| {
            let x: f32 = node.attribute("x").unwrap().parse().unwrap();
            (node.text().unwrap().to_owned(), x)
        };
        let parts: Vec<_> =
            document.descendants().filter(|one| one.has_tag_name("tspan")).map(part).collect();
        let texts: Vec<&str> = parts.iter().map(|(text, _)| &**text).collect();
        assert_eq!(texts, ["\u{200f}שרה (\u{200f}", "Ada", "\u{200f}).\u{200f}"]);
        // From the right, each further to the left than the one before.
        assert!(parts.windows(2).all(|pair| pair[0].1 > pair[1].1), "{parts:?}");
    }

    #[test]
    fn spaced_text_and_spaces_alone_are_as_wide_as_they_are_drawn() {
        let fonts = Fonts::bundled();
        let font =
            || Font { attributes: "letter-spacing='0.2em'".to_owned(), face: fonts.find("", 400, false) };
        let (x, y, width, height, size, leading) = (100.0, 50.0, 300.0, 60.0, 10.0, 1.2);
        let block = Block {
            x,
            y,
            width,
            height,
            size,
            leading,
            align: Align::End,
            top: true,
            rtl: false,
            font: font(),
        };
        let inner = place(&fonts, &block, "A B C D E F G");
        let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 500 200'>{inner}</svg>");
        let tree = Tree::from_str(&svg, &fonts.options(no_images())).unwrap();
        let right = tree.root().abs_bounding_box().right();
        assert!((right - 400.0).abs() < 3.0, "{right}");
        let (widths, space) = measure(&fonts, &font(), &[(" ", None), ("  ", None)]);
        assert_eq!(widths, [space, 2.0 * space]);
    }

    #[test]
    fn texts_stand_where_they_are_aligned() {
        let fonts = Fonts::bundled();
        for text in ["Ada", "שרה Ada"] {
            let near = |a: f32, b: f32| (a - b).abs() < 2.5;
            let [left, ..] = drawn(&fonts, Align::Start, false, text);
            let [_, _, right, _] = drawn(&fonts, Align::Start, true, text);
            let [from, _, to, _] = drawn(&fonts, Align::Middle, false, text);
            assert!(near(left, 100.0) && near(right, 400.0) && near(from - 100.0, 400.0 - to), "{text}");
        }
    }
}
