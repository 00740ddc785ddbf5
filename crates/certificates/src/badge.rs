use minijinja::context;
use usvg::{Tree, WriteOptions};

use crate::picture::no_images;
use crate::template::environment;
use crate::text::clean;
use crate::{DrawError, Fonts, TemplateError, raster};

/// A path's badge, for an operator who has uploaded none.
#[derive(Debug, Clone)]
pub struct Badge {
    /// Of the path.
    pub title: String,
    /// Who awards it.
    pub organisation: String,
}

/// Pixels of a PNG to a unit of the drawing, which is 400 wide and high.
const SCALE: f32 = 1.5;

impl Badge {
    /// As PNG, 600 wide and high.
    ///
    /// # Errors
    /// None: it is tested.
    pub fn png(&self, fonts: &Fonts) -> Result<Vec<u8>, DrawError> {
        raster::png(&self.filled_in(fonts)?, SCALE, &fonts.options(no_images()))
    }

    /// As SVG whose letters are drawn, so that it looks the same without any font.
    ///
    /// # Errors
    /// None: it is tested.
    pub fn svg(&self, fonts: &Fonts) -> Result<String, DrawError> {
        let tree = Tree::from_str(&self.filled_in(fonts)?, &fonts.options(no_images()));
        Ok(tree.map_err(TemplateError::Svg)?.to_string(&WriteOptions::default()))
    }

    fn filled_in(&self, fonts: &Fonts) -> Result<String, TemplateError> {
        let environment = environment(include_str!("../designs/badge.svg").to_owned(), fonts)?;
        let (title, organisation) = (clean(&self.title, 300), clean(&self.organisation, 300));
        Ok(environment.get_template(crate::template::NAME)?.render(context! { title, organisation })?)
    }
}
