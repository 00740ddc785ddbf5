use std::collections::HashMap;
use std::fmt::Write as _;

use usvg::fontdb::ID;
use usvg::{Group, Node, Tree};

use super::advances::lacking;
use super::font::Font;
use crate::Fonts;
use crate::picture::no_images;
use crate::svg::escape;

/// The size at which texts are measured.
const SIZE: f32 = 100.0;

/// Widths of texts at size 1, as they are drawn, and that of a space. Each is in one font, `None` for the one asked for.
pub(super) fn measure(fonts: &Fonts, font: &Font, texts: &[(&str, Option<ID>)]) -> (Vec<f32>, f32) {
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'>\
         <g xml:space='preserve' {} font-size='{SIZE}'><text id='without'>..</text><text id='with'>. .</text>",
        font.attributes
    );
    for (at, (text, face)) in texts.iter().enumerate() {
        let family = Font::of_part(fonts, *face);
        // Writing into a text does not fail.
        let _ = write!(svg, "<text id='{at}'{family}>{}</text>", escape(text));
    }
    svg.push_str("</g></svg>");
    let mut found = HashMap::new();
    if let Ok(tree) = Tree::from_str(&svg, &fonts.options(no_images())) {
        collect(tree.root(), &mut found);
    }
    let space = found.get("with").zip(found.get("without")).map_or(0.3, |(with, without)| with - without);
    // usvg leaves out texts of spaces alone. What else cannot be measured is as wide as its characters are many.
    #[expect(clippy::cast_precision_loss, reason = "a text's length")]
    let rough = |text: &str| text.chars().count() as f32 * if text.trim().is_empty() { space } else { 1.0 };
    let width = |(at, (text, face)): (usize, &(&str, Option<ID>))| {
        let lacks = face.map_or(0.0, |face| lacking(fonts, face, text).iter().sum());
        found.get(&at.to_string()).map_or_else(|| rough(text), |found| found + lacks)
    };
    let widths = texts.iter().enumerate().map(width).collect();
    (widths, space)
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
