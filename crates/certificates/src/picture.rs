//! Logos, signatures and the like.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::Pixmap;
use usvg::{ImageHrefResolver, ImageKind, Options, Tree, WriteOptions, roxmltree};

use crate::PictureError;
use crate::expanded::is_small;
use crate::raster::draw;
use crate::weight::is_light;

/// Of one file.
pub(crate) const MAX_BYTES: usize = 1_000_000;
/// Of one PNG; each takes four bytes while it is drawn.
pub(crate) const MAX_PIXELS: u64 = 4_000_000;
/// Elements of one SVG file.
const MAX_ELEMENTS: u32 = 20_000;
/// Width or height of an SVG file as PNG, whichever is more: as our own badge has.
const SIDE: f32 = 600.0;
/// What costs more than it weighs, needs fonts, or asks for other files.
const REFUSED: [&str; 6] = ["filter", "foreignObject", "image", "marker", "script", "text"];

/// A picture that may be drawn: read once, and known to ask for no more than itself.
#[derive(Clone)]
pub struct Picture(ImageKind);

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Picture")
    }
}

impl Picture {
    /// Reads a PNG or SVG file.
    ///
    /// # Errors
    /// When it is neither, too large, or an SVG file that could cost more than it weighs.
    pub fn parse(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.len() > MAX_BYTES {
            return Err(PictureError::Large);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return png(bytes).map(|()| Self(ImageKind::PNG(Arc::new(bytes.to_owned()))));
        }
        let text = str::from_utf8(bytes).map_err(|_| PictureError::Unreadable)?;
        svg(text).map(|tree| Self(ImageKind::SVG(tree)))
    }

    /// The picture as a PNG file: itself, or drawn, 600 pixels wide or high.
    ///
    /// # Errors
    /// When it is an SVG file that takes too long to draw.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        match &self.0 {
            ImageKind::SVG(tree) if !is_light(tree) => Err(PictureError::Heavy),
            ImageKind::SVG(tree) => {
                let size = tree.size();
                draw(tree, SIDE / size.width().max(size.height())).ok_or(PictureError::Unreadable)
            }
            ImageKind::PNG(bytes) => Ok(bytes.to_vec()),
            // No picture is of another kind.
            _ => Err(PictureError::Unreadable),
        }
    }

    /// The picture as an SVG file: itself as it was understood, or the PNG file in one.
    ///
    /// # Errors
    /// None: what was read is of one of the two kinds.
    pub fn svg(&self) -> Result<String, PictureError> {
        match &self.0 {
            ImageKind::SVG(tree) => Ok(tree.to_string(&WriteOptions::default())),
            ImageKind::PNG(bytes) => {
                let (width, height) = size(bytes).ok_or(PictureError::Unreadable)?;
                let data = STANDARD.encode(bytes.as_slice());
                Ok(format!(
                    r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" xlink:href="data:image/png;base64,{data}"/></svg>"#
                ))
            }
            _ => Err(PictureError::Unreadable),
        }
    }

    pub(crate) fn kind(&self) -> ImageKind {
        self.0.clone()
    }
}

/// Width and height, which stand right after the signature and the header's length and name.
fn size(png: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| png.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    number(16).zip(number(20))
}

/// Reads the size before it decodes.
fn png(bytes: &[u8]) -> Result<(), PictureError> {
    let (width, height) = size(bytes).ok_or(PictureError::Unreadable)?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::Pixels);
    }
    Pixmap::decode_png(bytes).map(|_| ()).map_err(|_| PictureError::Unreadable)
}

fn svg(text: &str) -> Result<Tree, PictureError> {
    let limits = roxmltree::ParsingOptions { nodes_limit: MAX_ELEMENTS, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, limits).map_err(|error| match error {
        roxmltree::Error::DtdDetected => PictureError::Element("a document type".to_owned()),
        _ => PictureError::Unreadable,
    })?;
    let elements = || document.descendants().filter(roxmltree::Node::is_element);
    let target = |link: roxmltree::Node| {
        let id = link.attributes().find(|one| one.name() == "href")?.value().strip_prefix('#')?.to_owned();
        elements().find(|element| element.attribute("id") == Some(&id))
    };
    let is_use = |element: &roxmltree::Node| element.tag_name().name() == "use";
    for element in elements() {
        let name = element.tag_name().name();
        // Copies of copies: thirty lines of them make a thousand million elements.
        let copies = || target(element).is_some_and(|copied| copied.descendants().any(|one| is_use(&one)));
        if REFUSED.contains(&name) || (is_use(&element) && copies()) {
            return Err(PictureError::Element(name.to_owned()));
        }
    }
    if !is_small(&document) {
        return Err(PictureError::Element("so many uses of parts of it".to_owned()));
    }
    let options = Options { image_href_resolver: no_images(), ..Options::default() };
    Tree::from_xmltree(&document, &options).map_err(|_| PictureError::Unreadable)
}

/// Refuses every image.
pub(crate) fn no_images() -> ImageHrefResolver<'static> {
    ImageHrefResolver { resolve_data: Box::new(|_, _, _| None), resolve_string: Box::new(|_, _| None) }
}
