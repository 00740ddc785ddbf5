use chrono::{Datelike as _, NaiveDate};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata, TextDirection};
use krilla::outline::{Outline, OutlineNode};

use crate::Certificate;
use crate::text::clean;

/// What a PDF says of itself.
pub(super) fn metadata(certificate: &Certificate) -> Metadata {
    let direction =
        if certificate.language.is_rtl() { TextDirection::RightToLeft } else { TextDirection::LeftToRight };
    Metadata::new()
        .title(heading(certificate))
        .authors(vec![clean(&certificate.organisation, usize::MAX)])
        .language(certificate.language.tag().to_owned())
        .text_direction(direction)
        .creation_date(date(certificate.awarded))
        .document_id(certificate.credential_id.clone())
}

/// One entry: the whole document.
pub(super) fn outline(certificate: &Certificate) -> Outline {
    let mut outline = Outline::new();
    let top = XyzDestination::new(0, Point::from_xy(0.0, 0.0));
    outline.push_child(OutlineNode::new(heading(certificate), top));
    outline
}

fn heading(certificate: &Certificate) -> String {
    let (title, learner) = (clean(&certificate.title, 300), clean(&certificate.learner, 300));
    format!("{title} – {learner}")
}

/// A day as PDF writes it.
pub(super) fn date(date: NaiveDate) -> DateTime {
    let small = |number: u32| u8::try_from(number).unwrap_or(1);
    DateTime::new(u16::try_from(date.year()).unwrap_or_default())
        .month(small(date.month()))
        .day(small(date.day()))
}
