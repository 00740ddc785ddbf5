use std::collections::HashMap;
use std::fmt::Write as _;

use usvg::{Group, Node, Tree};

use super::fit::Width;
use crate::Fonts;
use crate::picture::no_images;
use crate::svg::escape;

/// The size at which texts are measured.
const SIZE: f32 = 100.0;

/// Widths of pieces at size 1, as they are drawn: shaped, with the fonts that have their characters.
pub(super) fn measure(fonts: &Fonts, attributes: &str, pieces: &[&str]) -> Vec<Width> {
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><g xml:space='preserve' {attributes} font-size='{SIZE}'><text id='mark'>.</text>"
    );
    for (at, piece) in pieces.iter().enumerate() {
        // Writing into a text does not fail. A mark keeps the space at the end from being dropped.
        let _ = write!(svg, "<text id='a{at}'>{}</text>", escape(piece.trim_end()));
        if piece.ends_with(' ') {
            let _ = write!(svg, "<text id='b{at}'>{}.</text>", escape(piece));
        }
    }
    svg.push_str("</g></svg>");
    // What cannot be measured is as wide as its characters are many.
    let Ok(tree) = Tree::from_str(&svg, &fonts.options(no_images())) else {
        return pieces.iter().map(|piece| rough(piece)).collect();
    };
    let mut found = HashMap::new();
    collect(tree.root(), &mut found);
    let of = |id: &str| found.get(id).copied();
    let width = |(at, piece): (usize, &&str)| {
        let without = of(&format!("a{at}")).unwrap_or_else(|| rough(piece).without);
        let with_mark = of(&format!("b{at}"));
        let with_space = with_mark.zip(of("mark")).map_or(without, |(all, mark)| all - mark);
        Width { with_space, without }
    };
    pieces.iter().enumerate().map(width).collect()
}

fn rough(piece: &str) -> Width {
    #[expect(clippy::cast_precision_loss, reason = "a text's length")]
    let width = piece.chars().count() as f32;
    Width { with_space: width, without: width }
}

fn collect(group: &Group, into: &mut HashMap<String, f32>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, into),
            Node::Text(text) => {
                into.insert(text.id().to_owned(), text.bounding_box().width() / SIZE);
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}
