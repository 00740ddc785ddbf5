use lp_certificates::{Badge, Language, Template};
use resvg::tiny_skia::Pixmap;

use crate::support::{BUNDLED, certificate};

fn badge(title: &str) -> Badge {
    Badge { title: title.into(), organisation: "Northbridge University".into() }
}

#[test]
fn a_badge_is_a_square_png_and_the_same_each_time() {
    let drawn = badge("Data & <Engineering>").png(&BUNDLED).unwrap();
    let picture = Pixmap::decode_png(&drawn).unwrap();
    assert_eq!((picture.width(), picture.height()), (600, 600));
    // Its corners are clear, its middle is not.
    assert_eq!(picture.pixel(0, 0).unwrap().alpha(), 0);
    assert_eq!(picture.pixel(300, 300).unwrap().alpha(), 255);
    assert_eq!(drawn, badge("Data & <Engineering>").png(&BUNDLED).unwrap());
    assert_ne!(drawn, badge("Something else").png(&BUNDLED).unwrap());
}

#[test]
fn a_badge_as_svg_needs_no_font() {
    let drawn = badge("Data & <Engineering>").svg(&BUNDLED).unwrap();
    assert!(drawn.starts_with("<svg ") && !drawn.contains("<text"), "{drawn:.80}");
    assert!(drawn.len() < 100_000, "{} bytes", drawn.len());
}

#[test]
fn a_preview_has_the_size_that_link_previews_ask_for_and_may_hide_the_name() {
    let design = Template::preview(&BUNDLED).unwrap();
    let named = design.png(&certificate("Ada Lovelace", Language::English)).unwrap();
    let hidden = design.png(&certificate("", Language::English)).unwrap();
    let picture = Pixmap::decode_png(&named).unwrap();
    assert_eq!((picture.width(), picture.height()), (1200, 630));
    assert_ne!(named, hidden);
}
