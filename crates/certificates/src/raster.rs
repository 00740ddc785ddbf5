use resvg::render;
use resvg::tiny_skia::{Pixmap, Transform};
use usvg::{Options, Tree};

use crate::{DrawError, TemplateError};

/// Draws SVG as PNG, a unit of it as `scale` pixels.
pub(crate) fn png(svg: &str, scale: f32, options: &Options) -> Result<Vec<u8>, DrawError> {
    let tree = Tree::from_str(svg, options).map_err(TemplateError::Svg)?;
    let size = tree.size().to_int_size().scale_by(scale).ok_or(DrawError::Png)?;
    let mut canvas = Pixmap::new(size.width(), size.height()).ok_or(DrawError::Png)?;
    render(&tree, Transform::from_scale(scale, scale), &mut canvas.as_mut());
    canvas.encode_png().map_err(|_| DrawError::Png)
}
