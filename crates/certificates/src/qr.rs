use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

use crate::DrawError;

/// A QR code to be drawn at any size.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Qr {
    /// Its width and height, without the margin of four that readers want.
    pub(crate) modules: usize,
    /// The dark modules as data of an SVG path, each one wide and high.
    pub(crate) path: String,
}

impl Qr {
    pub(crate) fn new(text: &str) -> Result<Self, DrawError> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| DrawError::Address)?;
        let modules = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(modules).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    // Writing into a text does not fail.
                    let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
                }
                x += run.len();
            }
        }
        Ok(Self { modules, path })
    }
}
