use resvg::render;
use resvg::tiny_skia::{Pixmap, Transform};
use usvg::{Options, Tree};

use crate::{DrawError, TemplateError};

/// Draws SVG as PNG, a unit of it as `scale` pixels.
pub(crate) fn png(svg: &str, scale: f32, options: &Options) -> Result<Vec<u8>, DrawError> {
    draw(&Tree::from_str(svg, options).map_err(TemplateError::Svg)?, scale).ok_or(DrawError::Png)
}

/// The same of what is read already.
pub(crate) fn draw(tree: &Tree, scale: f32) -> Option<Vec<u8>> {
    let size = tree.size().scale_by(scale)?.to_int_size();
    let mut canvas = Pixmap::new(size.width(), size.height())?;
    render(tree, Transform::from_scale(scale, scale), &mut canvas.as_mut());
    canvas.encode_png().ok()
}
