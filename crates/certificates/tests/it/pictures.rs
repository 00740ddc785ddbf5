use lp_certificates::{Badge, Picture, PictureError};
use resvg::tiny_skia::{Pixmap, PremultipliedColorU8, Transform};
use usvg::{Options, Tree};

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

/// The colour in the middle of a PNG file, and its size.
fn middle(png: &[u8]) -> (PremultipliedColorU8, u32, u32) {
    let picture = Pixmap::decode_png(png).unwrap();
    let (width, height) = (picture.width(), picture.height());
    (picture.pixel(width / 2, height / 2).unwrap(), width, height)
}

#[test]
fn a_picture_of_one_kind_is_to_be_had_as_the_other() {
    let drawing = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 4'><rect width='8' height='4' fill='#0a141e'/></svg>";
    let drawn = Picture::parse(drawing.as_bytes()).unwrap();
    let png = drawn.png().unwrap();
    assert_eq!(middle(&png), (PremultipliedColorU8::from_rgba(10, 20, 30, 255).unwrap(), 600, 300));
    let picture = Picture::parse(&png).unwrap();
    assert_eq!(picture.png().unwrap(), png, "what is of the kind stays as it is");
    let held = picture.svg().unwrap();
    let tree = Tree::from_str(&held, &Options::default()).unwrap();
    let mut canvas = Pixmap::new(600, 300).unwrap();
    resvg::render(&tree, Transform::identity(), &mut canvas.as_mut());
    assert_eq!(canvas, Pixmap::decode_png(&png).unwrap());
    assert!(drawn.svg().unwrap().contains("#0a141e"));
    // However narrow it is.
    let narrow = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 90000'><rect width='1' height='90000'/></svg>";
    let (_, width, height) = middle(&Picture::parse(narrow.as_bytes()).unwrap().png().unwrap());
    assert_eq!((width, height), (1, 600));
}

#[test]
fn what_takes_too_long_to_draw_is_not_drawn() {
    let rect = "<rect width='9' height='9'/>";
    let wide = |inner: &str| svg(inner).unwrap().png().map(|_| ());
    wide(&rect.repeat(300)).unwrap();
    wide("<path d='M0 0H9' stroke='red' stroke-dasharray='.1'/>").unwrap();
    wide(&format!("<clipPath id='a'>{rect}</clipPath><g clip-path='url(#a)' opacity='.5'>{rect}</g>"))
        .unwrap();
    let deep = format!("{}{rect}{}", "<g opacity='.9'>".repeat(41), "</g>".repeat(41));
    let far = "<g opacity='.9'><rect x='-99' y='-99' width='999' height='999'/></g>".repeat(2);
    let masked = format!("<mask id='a'>{rect}</mask>{}", format!("<g mask='url(#a)'>{rect}</g>").repeat(20));
    let copied =
        format!("<defs><path id='a' d='M0 0{}'/></defs>{}", "h1".repeat(300), "<use href='#a'/>".repeat(700));
    for (what, inner) in [
        ("much paint", rect.repeat(301)),
        ("layers in layers", deep),
        ("layers beyond what is seen", far),
        ("masks", masked),
        ("copies of a long line", copied),
        ("dashes", "<path d='M0 0H900' stroke='red' stroke-dasharray='.001'/>".to_owned()),
        ("endless dashes", "<path d='M0 0H1e30V1e38' stroke='red' stroke-dasharray='1e-30'/>".to_owned()),
        (
            "a pattern",
            format!(
                "<pattern id='a' width='9' height='9' patternUnits='userSpaceOnUse'>{rect}</pattern><rect width='9' height='9' fill='url(#a)'/>"
            ),
        ),
    ] {
        assert_eq!(wide(&inner).unwrap_err(), PictureError::Heavy, "{what}");
    }
}

/// Reading such a file would take a minute and more, and each link of a chain would double that.
#[test]
fn parts_that_use_parts_that_use_parts_are_refused_before_they_are_read() {
    let rect = "<rect width='9' height='9'/>";
    let chain = |used: fn(u32) -> String| {
        let link =
            |at: u32| format!("<clipPath id='c{at}' class='k{at}'>{}</clipPath>", used(at + 1).repeat(2));
        format!(
            "{}<clipPath id='c15'>{rect}</clipPath>{}",
            (0..15).map(link).collect::<String>(),
            used(0).repeat(9)
        )
    };
    let by_attribute = chain(|at| format!("<rect width='9' height='9' clip-path='url(#c{at})'/>"));
    let by_style = chain(|at| format!("<rect width='9' height='9' style='clip-path: url( \"#c{at}\" )'/>"));
    let rule = |at: u32| format!(".a .r{at} {{ clip-path: url(#c{at}) }}\n");
    let rules: String = (0..16).map(rule).collect();
    let by_class = chain(|at| format!("<rect width='9' height='9' class='r{at}'/>"));
    let endless = "<clipPath id='c0'><rect width='9' height='9' clip-path='url(#c0)'/></clipPath>";
    let crowd = format!(
        "<clipPath id='a'>{}</clipPath>{}",
        rect.repeat(999),
        "<g clip-path='url(#a)'><path d='M0 0H9'/></g>".repeat(201)
    );
    for inner in [&by_attribute, &by_style, &format!("<style>{rules}</style>{by_class}"), endless, &crowd] {
        let refused = svg(inner).unwrap_err();
        assert_eq!(refused, PictureError::Element("so many uses of parts of it".to_owned()), "{inner:.300}");
    }
    // As drawing programs write it.
    let usual = format!(
        "<style>.a {{ clip-path: url(#c) }} .b {{ fill: url(#g) }}</style><linearGradient id='g'/><clipPath id='c'><rect class='b' \
         width='9' height='9'/></clipPath><clipPath id='d' clip-path='url(#c)'>{rect}</clipPath><g class='a'>{}</g><g clip-path='url(#d)'>{rect}</g>",
        "<rect class='b' width='9' height='9'/>".repeat(99)
    );
    svg(&usual).unwrap().png().unwrap();
}
