use usvg::fontdb::ID;

use crate::Fonts;
use crate::svg::escape;

/// The font that a text asks for.
#[derive(Debug)]
pub(crate) struct Font {
    /// Attributes of the text, escaped.
    pub(crate) attributes: String,
    /// What they come to.
    pub(crate) face: ID,
}

impl Font {
    /// The attribute by which a part of the text is in another font, a space before it.
    pub(super) fn of_part(fonts: &Fonts, face: Option<ID>) -> String {
        let family = face.and_then(|face| fonts.family(face));
        family
            .map(|family| format!(" font-family='{}'", escape(&format!("\"{family}\""))))
            .unwrap_or_default()
    }
}
