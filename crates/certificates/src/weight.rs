//! What it costs at most to draw an SVG file as pixels: from what is in it, before anything is drawn.

use usvg::tiny_skia_path::{PathSegment, Point, Rect};
use usvg::{ClipPath, Group, Mask, Node, Path, Size, Tree};

/// Pixels that are painted, in whole pictures; each takes a millisecond or two of a core.
const MAX_PAINTED: f32 = 300.0;
/// Pixels of layers, in whole pictures; those of a layer within another are there at the same time.
const MAX_LAYERS: f32 = 40.0;
/// Segments of lines, with each dash of a dashed one.
const MAX_SEGMENTS: f32 = 200_000.0;

/// Whether it costs no more than that.
pub(crate) fn is_light(tree: &Tree) -> bool {
    let mut weight = Weight { size: tree.size(), painted: 0.0, layers: 0.0, segments: 0.0 };
    weight.add(tree.root(), None);
    // How large the tile of a pattern is hangs on nothing that is seen.
    tree.patterns().is_empty()
        && weight.painted <= MAX_PAINTED
        && weight.layers <= MAX_LAYERS
        && weight.segments <= MAX_SEGMENTS
}

struct Weight {
    size: Size,
    painted: f32,
    layers: f32,
    segments: f32,
}

impl Weight {
    /// `within` is the layer that all of it is drawn on at most, where its own places are another's.
    fn add(&mut self, group: &Group, within: Option<f32>) {
        let layer = within.unwrap_or_else(|| self.area(group.abs_layer_bounding_box().to_rect()));
        if group.should_isolate() {
            self.layers += layer;
            self.painted += layer;
        }
        let mut clip = group.clip_path();
        while let Some(one) = clip {
            self.apart(one.root(), layer);
            clip = ClipPath::clip_path(one);
        }
        let mut mask = group.mask();
        while let Some(one) = mask {
            self.apart(one.root(), layer);
            mask = Mask::mask(one);
        }
        for child in group.children() {
            match child {
                Node::Group(group) => self.add(group, within),
                Node::Path(path) => self.path(path, within),
                // Pictures have neither.
                Node::Image(_) | Node::Text(_) => {}
            }
        }
    }

    /// What hides parts of a layer, drawn on others of its size.
    fn apart(&mut self, root: &Group, layer: f32) {
        self.layers += 2.0 * layer;
        self.painted += 2.0 * layer;
        self.add(root, Some(layer));
    }

    fn path(&mut self, path: &Path, within: Option<f32>) {
        let area = within.unwrap_or_else(|| self.area(path.abs_stroke_bounding_box()));
        let (length, segments) = measure(path);
        let dashes = path.stroke().and_then(usvg::Stroke::dasharray).map_or(0.0, |dashes| {
            let period: f32 = dashes.iter().sum();
            length / period * many(dashes.len())
        });
        for _ in 0..usize::from(path.fill().is_some()) + usize::from(path.stroke().is_some()) {
            self.painted += area;
            self.segments += segments;
        }
        // Of an endless number of dashes, too.
        self.segments += if dashes.is_finite() { dashes } else { MAX_SEGMENTS * 2.0 };
    }

    /// In whole pictures, of which resvg draws no more than two to each side.
    fn area(&self, of: Rect) -> f32 {
        let (width, height) = (self.size.width(), self.size.height());
        let extent =
            |from: f32, to: f32, size: f32| (to.min(3.0 * size) - from.max(-2.0 * size)).max(0.0) / size;
        extent(of.left(), of.right(), width) * extent(of.top(), of.bottom(), height)
    }
}

/// How long the lines of a path are at most, and of how many segments they are.
fn measure(path: &Path) -> (f32, f32) {
    let (mut length, mut segments, mut last) = (0.0, 0.0, Point::zero());
    let mut start = last;
    for segment in path.data().segments() {
        let mut to = |points: &[Point]| {
            for point in points {
                length += last.distance(*point);
                last = *point;
            }
        };
        match segment {
            PathSegment::MoveTo(point) => (start, last) = (point, point),
            PathSegment::LineTo(point) => to(&[point]),
            PathSegment::QuadTo(one, point) => to(&[one, point]),
            PathSegment::CubicTo(one, two, point) => to(&[one, two, point]),
            PathSegment::Close => to(&[start]),
        }
        segments += 1.0;
    }
    (length, segments)
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn many(number: usize) -> f32 {
    number as f32
}
