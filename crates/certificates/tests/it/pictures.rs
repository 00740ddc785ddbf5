use lp_certificates::{Badge, Picture, PictureError};

use crate::support::BUNDLED;

fn svg(inner: &str) -> Result<Picture, PictureError> {
    Picture::parse(
        format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{inner}</svg>").as_bytes(),
    )
}

fn png() -> Vec<u8> {
    Badge { title: "a".into(), organisation: "b".into() }.png(&BUNDLED).unwrap()
}

#[test]
fn png_and_svg_are_taken() {
    Picture::parse(&png()).unwrap();
    svg("<defs><path id='a' d='M0 0H9'/></defs><use href='#a'/><clipPath id='b'><use href='#a'/></clipPath>")
        .unwrap();
}

#[test]
fn what_is_no_picture_is_refused() {
    let png = png();
    for bytes in
        [&b""[..], b"GIF89a", b"<svg", b"<html/>", b"\xff\xd8\xff", &png[..20], &png[..png.len() / 2]]
    {
        assert_eq!(Picture::parse(bytes).unwrap_err(), PictureError::Unreadable, "{} bytes", bytes.len());
    }
    assert_eq!(Picture::parse(&vec![b' '; 1_000_001]).unwrap_err(), PictureError::Large);
}

#[test]
fn a_png_of_too_many_pixels_is_refused_before_it_is_decoded() {
    let mut bomb = png();
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    assert_eq!(Picture::parse(&bomb).unwrap_err(), PictureError::Pixels);
}

#[test]
fn svg_that_costs_more_than_it_weighs_is_refused() {
    let copies =
        "<defs><g id='a'><path d='M0 0H9'/></g><g id='b'><use href='#a'/><use href='#a'/></g></defs>";
    for (inner, name) in [
        (format!("{copies}<use href='#b'/>"), "use"),
        ("<g id='a'><use href='#a'/></g>".to_owned(), "use"),
        ("<image href='/etc/passwd'/>".to_owned(), "image"),
        ("<text>a</text>".to_owned(), "text"),
        ("<filter id='a'/>".to_owned(), "filter"),
    ] {
        assert_eq!(svg(&inner).unwrap_err(), PictureError::Element(name.to_owned()), "{inner}");
    }
    let entities = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'/>";
    let refused = Picture::parse(entities.as_bytes()).unwrap_err();
    assert_eq!(refused, PictureError::Element("a document type".to_owned()));
}
