//! Certificates, transcripts, badges and previews, drawn when they are asked for.

use std::sync::Arc;

use anyhow::Context as _;
use lp_certificates::{Badge, Certificate, Conformance, DrawError, Fonts, Picture, Template};
use lp_open_badges::{BakeError, bake_png, bake_svg};
use tokio::sync::Semaphore;

use crate::store::issuing::images::ImageRow;

/// How many are drawn at once: each takes a core for some milliseconds, and some megabytes.
const AT_ONCE: usize = 2;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The certificate, across.
    Certificate,
    /// The transcript, upright, with what counted.
    Transcript,
    /// The badge with the credential in it.
    BadgePng,
    /// The same as SVG.
    BadgeSvg,
    /// The picture for previews of the page's link.
    Preview,
}

impl Format {
    pub(crate) const ALL: [Self; 5] =
        [Self::Certificate, Self::Transcript, Self::BadgePng, Self::BadgeSvg, Self::Preview];

    /// The file's name, in addresses too.
    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Certificate => "certificate.pdf",
            Self::Transcript => "transcript.pdf",
            Self::BadgePng => "badge.png",
            Self::BadgeSvg => "badge.svg",
            Self::Preview => "preview.png",
        }
    }

    /// The format of this name.
    pub(crate) fn of_file(file: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.file() == file)
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Certificate | Self::Transcript => "application/pdf",
            Self::BadgePng | Self::Preview => "image/png",
            Self::BadgeSvg => "image/svg+xml",
        }
    }
}

/// Why nothing was drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DrawingError {
    /// The drawing itself.
    #[error("it could not be drawn")]
    Draw(#[from] DrawError),
    /// The credential does not go into the picture.
    #[error("the credential could not be put into the picture")]
    Bake(#[from] BakeError),
    /// A task ended.
    #[error("drawing broke off")]
    Broken(#[from] tokio::task::JoinError),
}

/// Designs and fonts, read once.
#[derive(Debug, Clone)]
pub struct Drawing(Arc<Designs>);

#[derive(Debug)]
struct Designs {
    fonts: Fonts,
    certificate: Template,
    transcript: Template,
    preview: Template,
    slots: Semaphore,
}

impl Drawing {
    /// With our designs, or those that an operator gives instead: SVG with places for values.
    ///
    /// # Errors
    /// When one of them cannot be used; says why.
    pub fn new(certificate: Option<&str>, transcript: Option<&str>) -> anyhow::Result<Self> {
        let fonts = Fonts::load();
        let own = |svg: &str| Template::parse(svg, &fonts);
        Ok(Self(Arc::new(Designs {
            certificate: certificate
                .map_or_else(|| Template::certificate(&fonts), own)
                .context("the design of certificates cannot be used")?,
            transcript: transcript
                .map_or_else(|| Template::transcript(&fonts), own)
                .context("the design of transcripts cannot be used")?,
            preview: Template::preview(&fonts)?,
            fonts,
            slots: Semaphore::new(AT_ONCE),
        })))
    }

    /// A file, drawn off the threads that serve requests; `picture` is the badge's own, where it has one.
    pub(crate) async fn draw(
        &self,
        format: Format,
        certificate: Certificate,
        picture: Option<ImageRow>,
    ) -> Result<Vec<u8>, DrawingError> {
        // Whoever waits too long is given up by the request's own limit.
        let _slot = self.0.slots.acquire().await;
        let designs = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || designs.draw(format, &certificate, picture)).await?
    }
}

/// A badge's own picture, as the file that is asked for: one of the other kind is made into it, where that can be.
fn own(format: Format, picture: ImageRow) -> Option<Vec<u8>> {
    let read = || Picture::parse(&picture.bytes).ok();
    match format {
        _ if picture.media_type == format.media_type() => Some(picture.bytes),
        Format::BadgePng => read()?.png().ok(),
        Format::BadgeSvg => read()?.svg().ok().map(String::into_bytes),
        Format::Certificate | Format::Transcript | Format::Preview => None,
    }
}

impl Designs {
    fn draw(
        &self,
        format: Format,
        certificate: &Certificate,
        picture: Option<ImageRow>,
    ) -> Result<Vec<u8>, DrawingError> {
        let credential = certificate
            .credential
            .as_deref()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default();
        let own = picture.and_then(|picture| own(format, picture));
        let badge =
            Badge { title: certificate.title.clone(), organisation: certificate.organisation.clone() };
        Ok(match format {
            Format::Certificate | Format::Transcript => {
                let design = if format == Format::Certificate { &self.certificate } else { &self.transcript };
                let pdf = design.pdf(certificate)?;
                if pdf.conformance == Conformance::Plain {
                    metrics::counter!("lp_credentials_plain_pdfs_total").increment(1);
                }
                pdf.bytes
            }
            Format::BadgePng => {
                let png = own.map_or_else(|| badge.png(&self.fonts), Ok)?;
                bake_png(&png, credential)?
            }
            Format::BadgeSvg => {
                let own = own.and_then(|bytes| String::from_utf8(bytes).ok());
                let svg = own.map_or_else(|| badge.svg(&self.fonts), Ok)?;
                bake_svg(&svg, credential)?.into_bytes()
            }
            Format::Preview => self.preview.png(certificate)?,
        })
    }
}
