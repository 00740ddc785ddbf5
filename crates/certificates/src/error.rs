use krilla::error::KrillaError;
use usvg::roxmltree;

/// Why a template is refused. Nothing of a certificate is in it.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is no template, or what it does with a value fails.
    #[error("the template cannot be filled in: {0}")]
    Template(Box<minijinja::Error>),
    /// It asks for something that no certificate has.
    #[error("there is no {name}")]
    Unknown {
        /// What it asks for.
        name: String,
    },
    /// Filled in, it is not well-formed, or has a document type.
    #[error("filled in, it is no XML")]
    Xml(#[source] roxmltree::Error),
    /// It has an element that templates may not have, such as a script.
    #[error("an element {name} may not be in it")]
    Element {
        /// The element's name.
        name: String,
    },
    /// It refers to something outside itself.
    #[error("it may not refer to {target}")]
    Reference {
        /// What it refers to.
        target: String,
    },
    /// Its first element has no `viewBox="0 0 WIDTH HEIGHT"` in points, or a width or height besides.
    #[error(
        "it must have a viewBox that begins at 0 0 and is at most 14400 wide and high, and no other size"
    )]
    Size,
    /// `data-rows` is not one or two positive numbers.
    #[error("data-rows must have the numbers of rows of the first page and of the others")]
    Rows,
    /// A `data-tag` that there is not, or in the wrong place.
    #[error("a data-tag may not be {tag} there")]
    Tag {
        /// What it is.
        tag: String,
    },
    /// A text that is neither tagged nor said to be an ornament: who cannot see the page would miss it.
    #[error("a text is under no data-tag")]
    Untagged,
    /// A figure has no `data-alt`.
    #[error("a figure has no data-alt")]
    NoAlt,
    /// It cannot be drawn.
    #[error("it cannot be drawn")]
    Svg(#[source] usvg::Error),
    /// The sample that every template is tried with gives no archivable PDF.
    #[error("its PDF would be neither archivable nor accessible: {0}")]
    Profile(String),
    /// Anything else in the PDF of the sample.
    #[error("its PDF cannot be written: {0}")]
    Pdf(String),
}

impl From<minijinja::Error> for TemplateError {
    fn from(error: minijinja::Error) -> Self {
        Self::Template(Box::new(error))
    }
}

/// Why a certificate cannot be drawn. None of its values is in it.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The address to verify it at is too long for a QR code.
    #[error("the verify URL is too long for a QR code")]
    Address,
    /// The template works for the samples that it was tried with, but not for this one.
    #[error("the template does not take this certificate")]
    Template(#[from] TemplateError),
    /// The PDF cannot be written.
    #[error("the PDF cannot be written")]
    Pdf(#[source] KrillaError),
    /// The picture cannot be written.
    #[error("the picture cannot be written")]
    Png,
}

/// Why an uploaded picture is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Too many bytes.
    #[error("a picture may have at most {} bytes", crate::picture::MAX_BYTES)]
    Large,
    /// Too many pixels.
    #[error("a picture may have at most {} pixels", crate::picture::MAX_PIXELS)]
    Pixels,
    /// Neither PNG nor SVG, or a broken one.
    #[error("a picture must be a PNG or SVG file")]
    Unreadable,
    /// An SVG file that takes too long to draw as pixels.
    #[error("the SVG picture takes too long to draw")]
    Heavy,
    /// An SVG file with what may not be in one: a document type, text, filters, other files, or copies of copies.
    #[error("an SVG picture may not have {0}")]
    Element(String),
}
