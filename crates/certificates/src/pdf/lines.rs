//! Text as PDF has it: line by line, in the order in which it is read.
//!
//! krilla-svg draws glyph by glyph, and says for each what it stands for. Of letters that are made of several glyphs, as in
//! Devanagari or with the marks of Arabic, it then says it for one of them alone, and the PDF is neither archivable nor accessible.

use std::ops::Range;

use krilla::color::rgb;
use krilla::geom::{Point, Transform as PdfTransform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use usvg::layout::{PositionedGlyph, Span};
use usvg::{BlendMode, Group, Node, Paint, Text, TextChunk, Transform, Tree};

use crate::Fonts;
use crate::text::is_rtl;

/// Glyphs of one font on one line in one direction.
struct Run {
    font: Font,
    fill: Fill,
    size: f32,
    /// Of its first glyph.
    transform: Transform,
    text: String,
    glyphs: Vec<KrillaGlyph>,
}

/// What stands on one line in one font and direction, or several of these.
pub(super) struct Line {
    /// What it says, where its letters are so far apart that readers of PDF would take them for words.
    pub(super) says: Option<String>,
    runs: Vec<Run>,
}

/// The lines of a tree that is nothing but plain text; any other is left to krilla-svg.
pub(super) fn lines(tree: &Tree, fonts: &Fonts) -> Option<Vec<Line>> {
    let mut texts = Vec::new();
    plain(tree.root(), &mut texts)?;
    let mut lines = Vec::new();
    for text in texts {
        let (spans, chunks) = (text.layouted(), text.chunks());
        for (at, span) in spans.iter().enumerate() {
            let runs = runs(span, text.abs_transform(), fonts)?;
            let chunk = chunks.get(at).filter(|chunk| spans.len() == chunks.len() && is_apart(chunk, &runs));
            lines.push(Line { says: chunk.map(|chunk| chunk.text().to_owned()), runs });
        }
    }
    Some(lines)
}

impl Line {
    /// Draws it on a page on which a point is one unit.
    pub(super) fn draw(&self, surface: &mut Surface) {
        for run in &self.runs {
            let Transform { sx, ky, kx, sy, tx, ty } = run.transform;
            surface.push_transform(&PdfTransform::from_row(sx, ky, kx, sy, tx, ty));
            surface.set_fill(Some(run.fill.clone()));
            surface.set_stroke(None);
            let start = Point::from_xy(0.0, 0.0);
            surface.draw_glyphs(start, &run.glyphs, run.font.clone(), &run.text, run.size, false);
            surface.pop();
        }
    }
}

/// Of letters of several glyphs krilla itself says what they are, which must not stand in such a saying, and text from the right is
/// turned around by readers that do not know it to be said already.
fn is_apart(chunk: &TextChunk, runs: &[Run]) -> bool {
    let is_composed = |run: &Run| run.glyphs.windows(2).any(|pair| pair[0].text_range == pair[1].text_range);
    let is_spaced = chunk.spans().iter().any(|span| span.letter_spacing() != 0.0);
    is_spaced && !runs.iter().any(is_composed) && !chunk.text().chars().any(is_rtl)
}

/// Gathers the texts of groups that change nothing but places.
fn plain<'a>(group: &'a Group, texts: &mut Vec<&'a Text>) -> Option<()> {
    let is_plain = group.opacity().get() >= 1.0
        && group.blend_mode() == BlendMode::Normal
        && group.clip_path().is_none()
        && group.mask().is_none()
        && group.filters().is_empty();
    for node in group.children().iter().filter(|_| is_plain) {
        match node {
            Node::Group(group) => plain(group, texts)?,
            Node::Text(text) => texts.push(text),
            Node::Path(_) | Node::Image(_) => return None,
        }
    }
    is_plain.then_some(())
}

fn runs(span: &Span, of_text: Transform, fonts: &Fonts) -> Option<Vec<Run>> {
    if !span.visible {
        return Some(Vec::new());
    }
    let is_decorated = span.underline.is_some() || span.overline.is_some() || span.line_through.is_some();
    if is_decorated || span.stroke.is_some() {
        return None;
    }
    let fill = fill(span)?;
    let size = span.font_size.get();
    let mut runs = Vec::new();
    for glyphs in span.positioned_glyphs.chunk_by(|a, b| a.font == b.font) {
        let font = fonts.of_pdf(glyphs.first()?.font)?;
        let place = |glyph: &PositionedGlyph| {
            let to_size = font.units_per_em() / size;
            of_text.pre_concat(glyph.transform()).pre_concat(Transform::from_scale(to_size, to_size))
        };
        let glyphs: Vec<_> = glyphs.iter().map(|glyph| (glyph, place(glyph))).collect();
        for line in glyphs.chunk_by(|(_, a), (_, b)| is_on_line(*a, *b, size)) {
            for (is_reversed, clusters) in directions(clusters(line)) {
                let (transform, text, glyphs) = run(&clusters, is_reversed, size)?;
                runs.push(Run { font: font.clone(), fill: fill.clone(), size, transform, text, glyphs });
            }
        }
    }
    Some(runs)
}

fn fill(span: &Span) -> Option<Fill> {
    let fill = span.fill.as_ref()?;
    let Paint::Color(color) = fill.paint() else { return None };
    Some(Fill {
        paint: rgb::Color::new(color.red, color.green, color.blue).into(),
        opacity: NormalizedF32::new(fill.opacity().get())?,
        rule: FillRule::NonZero,
    })
}

/// Whether a glyph follows another without being turned, or on a line below.
fn is_on_line(a: Transform, b: Transform, size: f32) -> bool {
    let close = |a: f32, b: f32| (a - b).abs() < 0.001;
    let linear = close(a.sx, b.sx) && close(a.kx, b.kx) && close(a.ky, b.ky) && close(a.sy, b.sy);
    linear && (a.ty - b.ty).abs() < size
}

type Glyph<'a> = (&'a PositionedGlyph, Transform);

/// What stands for one or more characters at once.
struct Cluster<'a> {
    text: &'a str,
    glyphs: Vec<Glyph<'a>>,
}

impl Cluster<'_> {
    /// Whether it is read from right to left; `None` for what goes along with its neighbours.
    fn is_rtl(&self) -> Option<bool> {
        let strong = self.text.chars().find(|character| character.is_alphanumeric())?;
        Some(is_rtl(strong) && strong.is_alphabetic())
    }

    /// What of the text a glyph stands for, from the right. Letters and their marks are one glyph each, the marks first; a letter
    /// that is one with some of its marks has these.
    fn part_of(&self, glyph: usize) -> Range<usize> {
        let starts: Vec<usize> =
            self.text.char_indices().map(|(at, _)| at).chain([self.text.len()]).collect();
        let (glyphs, characters) = (self.glyphs.len(), starts.len() - 1);
        if glyphs > characters {
            return 0..self.text.len();
        }
        let end = characters - glyph;
        let start = if glyph + 1 == glyphs { 0 } else { end - 1 };
        starts[start]..starts[end]
    }
}

/// Puts together what usvg took apart: of a cluster's glyphs one has its text, the others none. From left to right that is the
/// last of them, from right to left the first.
fn clusters<'a>(line: &[Glyph<'a>]) -> Vec<Cluster<'a>> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut waiting: Vec<Glyph> = Vec::new();
    for &(glyph, place) in line {
        if glyph.text.is_empty() {
            match clusters.last_mut() {
                Some(last) if last.is_rtl() == Some(true) => last.glyphs.push((glyph, place)),
                _ => waiting.push((glyph, place)),
            }
        } else {
            let mut glyphs = std::mem::take(&mut waiting);
            glyphs.push((glyph, place));
            clusters.push(Cluster { text: &glyph.text, glyphs });
        }
    }
    if let Some(last) = clusters.last_mut() {
        last.glyphs.extend(waiting);
    }
    // The marks around our lines are not drawn, so that nobody copies them.
    clusters.retain(|cluster| cluster.text != "\u{200f}");
    clusters
}

/// Splits a line where its direction changes.
fn directions(clusters: Vec<Cluster>) -> Vec<(bool, Vec<Cluster>)> {
    let mut current = clusters.iter().find_map(Cluster::is_rtl).unwrap_or_default();
    let mut parts: Vec<(bool, Vec<Cluster>)> = Vec::new();
    for cluster in clusters {
        current = cluster.is_rtl().unwrap_or(current);
        match parts.last_mut() {
            Some((is_rtl, part)) if *is_rtl == current => part.push(cluster),
            _ => parts.push((current, vec![cluster])),
        }
    }
    parts
}

/// The place of the first glyph, the text as it is read, and the glyphs from left to right with where in the text each is.
fn run(clusters: &[Cluster], is_reversed: bool, size: f32) -> Option<(Transform, String, Vec<KrillaGlyph>)> {
    let total: usize = clusters.iter().map(|cluster| cluster.text.len()).sum();
    let first = clusters.first()?.glyphs.first()?.1;
    let back = first.invert()?;
    let mut placed = Vec::new();
    let mut at = 0;
    for cluster in clusters {
        let length = cluster.text.len();
        let start = if is_reversed { total - at - length } else { at };
        at += length;
        for (index, (glyph, place)) in cluster.glyphs.iter().enumerate() {
            let mut point = usvg::tiny_skia_path::Point::from_xy(place.tx, place.ty);
            back.map_point(&mut point);
            let part = if is_reversed { cluster.part_of(index) } else { 0..length };
            let range = start + part.start..start + part.end;
            placed.push((GlyphId::new(u32::from(glyph.id.0)), point.x / size, point.y / size, range));
        }
    }
    let texts = clusters.iter().map(|cluster| cluster.text);
    let text: String = if is_reversed { texts.rev().collect() } else { texts.collect() };
    let mut glyphs = Vec::with_capacity(placed.len());
    for (index, (id, x, y, range)) in placed.iter().enumerate() {
        let advance = placed.get(index + 1).map_or(0.0, |(_, next, _, _)| next - x);
        // Up is down in SVG.
        glyphs.push(KrillaGlyph::new(*id, advance, 0.0, -y, 0.0, range.clone(), None));
    }
    Some((first, text, glyphs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::no_images;

    /// Glyphs that usvg has, glyphs that are drawn, and what each run of them says.
    fn told(fonts: &Fonts, family: &str, text: &str) -> (usize, usize, Vec<String>) {
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 900 90'>\
             <text y='50' font-family='{family}' font-size='20'>{text}</text></svg>"
        );
        let tree = Tree::from_str(&svg, &fonts.options(no_images())).unwrap();
        let mut texts = Vec::new();
        plain(tree.root(), &mut texts).unwrap();
        let glyphs =
            texts.iter().flat_map(|text| text.layouted()).map(|span| span.positioned_glyphs.len()).sum();
        let lines = lines(&tree, fonts).unwrap();
        let runs = || lines.iter().flat_map(|line| &line.runs);
        for run in runs() {
            assert!(run.glyphs.iter().all(|glyph| !glyph.text_range.is_empty()), "{text}");
            // One after the other, so that a reader of PDF knows which way they go.
            let ascend =
                run.glyphs.windows(2).all(|pair| pair[0].text_range.start <= pair[1].text_range.start);
            let descend =
                run.glyphs.windows(2).all(|pair| pair[0].text_range.start >= pair[1].text_range.end);
            assert!(ascend || descend, "{text}");
        }
        (glyphs, runs().map(|run| run.glyphs.len()).sum(), runs().map(|run| run.text.clone()).collect())
    }

    #[test]
    fn every_glyph_is_drawn_and_every_run_says_what_it_is() {
        let fonts = Fonts::load();
        for (letter, text, runs) in [
            ('a', "Ada e\u{301} fi", vec!["Ada e\u{301} fi"]),
            ('א', "שָׁלוֹם", vec!["שָׁלוֹם"]),
            ('ب', "تُمنح هذه التعلّم", vec!["تُمنح هذه التعلّم"]),
            ('ب', "\u{200f}في 2026\u{200f}", vec!["2026 ", "في"]),
            ('क', "अभियांत्रिकी श्रीकृष्ण", vec!["अभियांत्रिकी श्रीकृष्ण"]),
        ] {
            let own = fonts.find("", 400, false);
            let face = if fonts.face_has(own, letter) { Some(own) } else { fonts.fallback(letter, &[own]) };
            // Where no font has it there is nothing to be drawn.
            let Some(family) = face.and_then(|face| fonts.family(face)) else { continue };
            let (glyphs, drawn, told) = told(&fonts, family, text);
            let marks = text.matches('\u{200f}').count();
            assert_eq!(
                (drawn + marks, told),
                (glyphs, runs.into_iter().map(str::to_owned).collect()),
                "{family}"
            );
        }
    }
}
