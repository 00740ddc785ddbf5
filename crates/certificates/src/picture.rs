//! Logos, signatures and the like.

use std::fmt;
use std::sync::Arc;

use resvg::tiny_skia::Pixmap;
use usvg::{ImageHrefResolver, ImageKind, Options, Tree, roxmltree};

use crate::PictureError;

/// Of one file.
pub(crate) const MAX_BYTES: usize = 1_000_000;
/// Of one PNG; each takes four bytes while it is drawn.
pub(crate) const MAX_PIXELS: u64 = 4_000_000;
/// Elements of one SVG file.
const MAX_ELEMENTS: u32 = 20_000;
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

    pub(crate) fn kind(&self) -> ImageKind {
        self.0.clone()
    }
}

/// Reads the size before it decodes: the header's length, name, width and height stand right after the signature.
fn png(bytes: &[u8]) -> Result<(), PictureError> {
    let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    let (Some(width), Some(height)) = (number(16), number(20)) else {
        return Err(PictureError::Unreadable);
    };
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
    let options = Options { image_href_resolver: no_images(), ..Options::default() };
    Tree::from_xmltree(&document, &options).map_err(|_| PictureError::Unreadable)
}

/// Refuses every image.
pub(crate) fn no_images() -> ImageHrefResolver<'static> {
    ImageHrefResolver { resolve_data: Box::new(|_, _, _| None), resolve_string: Box::new(|_, _| None) }
}
