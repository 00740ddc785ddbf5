#![doc = include_str!("../README.md")]

mod badge;
mod certificate;
mod error;
mod expanded;
mod fonts;
mod language;
mod pdf;
mod picture;
mod qr;
mod raster;
mod sample;
mod svg;
mod template;
mod text;
mod values;
mod weight;
mod words;

pub use badge::Badge;
pub use certificate::{Certificate, Course, Signatory};
pub use error::{DrawError, PictureError, TemplateError};
pub use fonts::Fonts;
pub use language::Language;
pub use pdf::{Conformance, Pdf};
pub use picture::Picture;
pub use template::Template;
