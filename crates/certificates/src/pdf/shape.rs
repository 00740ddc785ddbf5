use krilla::geom::Size;
use usvg::{Options, Tree};

use super::options;
use crate::svg::{Leaf, Page, Part, Tag};
use crate::{Certificate, Fonts, TemplateError};

/// A page whose parts are shaped.
pub(super) struct Shaped {
    pub(super) size: Size,
    pub(super) parts: Vec<ShapedPart>,
}

pub(super) enum ShapedPart {
    Group(Tag, Vec<ShapedPart>),
    Leaf(Tag, Option<String>, Box<Tree>),
}

pub(super) fn shaped(
    pages: &[Page],
    certificate: &Certificate,
    fonts: &Fonts,
) -> Result<Vec<Shaped>, TemplateError> {
    let options = options(certificate, fonts);
    let page = |page: &Page| {
        let size = Size::from_wh(page.width, page.height).ok_or(TemplateError::Size)?;
        Ok(Shaped { size, parts: shaped_parts(&page.parts, &options)? })
    };
    pages.iter().map(page).collect()
}

fn shaped_parts(parts: &[Part], options: &Options) -> Result<Vec<ShapedPart>, TemplateError> {
    let part = |part: &Part| {
        Ok(match part {
            Part::Group(tag, inner) => ShapedPart::Group(*tag, shaped_parts(inner, options)?),
            Part::Leaf(Leaf { tag, alt, svg }) => {
                let tree = Tree::from_str(svg, options).map_err(TemplateError::Svg)?;
                ShapedPart::Leaf(*tag, alt.clone(), Box::new(tree))
            }
        })
    };
    parts.iter().map(part).collect()
}
