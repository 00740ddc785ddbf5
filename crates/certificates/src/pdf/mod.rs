mod about;
mod lines;
mod shape;
mod write;

use krilla::configure::ValidationError;
use krilla::error::KrillaError;
use usvg::{ImageHrefResolver, Options};

use self::shape::shaped;
use self::write::write;
use crate::svg::Page;
use crate::values::image;
use crate::{Certificate, DrawError, Fonts, TemplateError};

/// A PDF, the same bytes for the same certificate, template and fonts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// What it may say of itself.
    pub conformance: Conformance,
}

/// What a PDF conforms to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conformance {
    /// PDF/A-3a and PDF/UA-1.
    Archive,
    /// Neither, since no font has some character. It looks and is tagged as the other, with boxes in place of these.
    Plain,
}

/// How the SVG of a certificate is read.
pub(crate) fn options<'a>(certificate: &'a Certificate, fonts: &'a Fonts) -> Options<'a> {
    fonts.options(ImageHrefResolver {
        resolve_data: Box::new(|_, _, _| None),
        resolve_string: Box::new(|name, _| image(certificate, name).map(crate::Picture::kind)),
    })
}

pub(crate) fn draw(pages: &[Page], certificate: &Certificate, fonts: &Fonts) -> Result<Pdf, DrawError> {
    let pages = shaped(pages, certificate, fonts)?;
    let archive = write(&pages, certificate, fonts, Conformance::Archive);
    let (written, conformance) = match archive {
        // The template itself was found to conform, so it is a character.
        Err(KrillaError::Validation(_)) => {
            (write(&pages, certificate, fonts, Conformance::Plain), Conformance::Plain)
        }
        written => (written, Conformance::Archive),
    };
    Ok(Pdf { bytes: written.map_err(DrawError::Pdf)?, conformance })
}

/// Says what keeps a template's PDF from being archivable and accessible, other than characters.
pub(crate) fn try_profile(
    pages: &[Page],
    certificate: &Certificate,
    fonts: &Fonts,
) -> Result<(), TemplateError> {
    use ValidationError::{ContainsNotDefGlyph, NoCodepointMapping};
    let pages = shaped(pages, certificate, fonts)?;
    match write(&pages, certificate, fonts, Conformance::Archive) {
        Ok(_) => Ok(()),
        Err(KrillaError::Validation(found)) => {
            let mut found = found.into_iter().map(|(error, _)| error);
            match found.find(|error| !matches!(error, ContainsNotDefGlyph(..) | NoCodepointMapping(..))) {
                None => Ok(()),
                Some(error) => Err(TemplateError::Profile(format!("{error:?}"))),
            }
        }
        Err(error) => Err(TemplateError::Pdf(error.to_string())),
    }
}
