//! SVG: an element as the first child of the root.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use super::{BakeError, keeps};

const SVG: Namespace<'_> = Namespace("http://www.w3.org/2000/svg");
const OPEN_BADGES: Namespace<'_> = Namespace("https://purl.imsglobal.org/ob/v3p0");
const PREFIX: &str = "xmlns:openbadges";
const MALFORMED: BakeError = BakeError::Malformed("SVG");

/// The picture with the credential in it, everything else as it was.
///
/// # Errors
///
/// [`BakeError`]
pub fn bake_svg(svg: &str, credential: &str) -> Result<String, BakeError> {
    keeps(credential)?;
    let picture = scan(svg)?;
    if picture.root.prefixed || !picture.credentials.is_empty() {
        return Err(BakeError::Twice);
    }
    let Root { name, ends_at, empty, .. } = picture.root;
    // `<svg …/>` is opened, and closed after the credential.
    let (tag, close) = if empty { (ends_at - 2, format!("</{name}>")) } else { (ends_at - 1, String::new()) };
    // `]]>` would end the section, so it is cut in two.
    let json = credential.replace("]]>", "]]]]><![CDATA[>");
    let (before, after) = (&svg[..tag], &svg[ends_at..]);
    let Namespace(namespace) = OPEN_BADGES;
    Ok(format!(
        r#"{before} {PREFIX}="{namespace}"><openbadges:credential><![CDATA[{json}]]></openbadges:credential>{close}{after}"#
    ))
}

/// The credential that the picture carries, byte by byte, if it carries one.
///
/// # Errors
///
/// [`BakeError::Malformed`]; [`BakeError::Twice`], when there are two.
pub fn read_svg(svg: &str) -> Result<Option<String>, BakeError> {
    let mut credentials = scan(svg)?.credentials;
    let credential = credentials.pop();
    if credentials.is_empty() { Ok(credential) } else { Err(BakeError::Twice) }
}

struct Picture {
    root: Root,
    credentials: Vec<String>,
}

struct Root {
    /// With its prefix, as it is written.
    name: String,
    /// The byte after its tag.
    ends_at: usize,
    empty: bool,
    /// Is our prefix taken?
    prefixed: bool,
}

fn scan(svg: &str) -> Result<Picture, BakeError> {
    // A byte order mark is no part of what is counted.
    let body = svg.strip_prefix('\u{FEFF}').unwrap_or(svg);
    let mut reader = NsReader::from_str(body);
    reader.config_mut().expand_empty_elements = true;
    let (mut root, mut credentials) = (None, vec![]);
    let (mut depth, mut within) = (0_usize, None::<(usize, String)>);
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| MALFORMED)?;
        let ours = namespace == ResolveResult::Bound(OPEN_BADGES);
        let drawing = namespace == ResolveResult::Bound(SVG);
        match event {
            Event::Start(tag) if depth == 0 => {
                let read = usize::try_from(reader.buffer_position()).map_err(|_| MALFORMED)?;
                let first = self::root(&tag, drawing, &svg[..svg.len() - body.len() + read])?;
                if root.replace(first).is_some() {
                    return Err(MALFORMED);
                }
                depth = 1;
            }
            Event::Start(tag) => {
                depth += 1;
                if ours && tag.local_name().as_ref() == "credential" {
                    within = Some((depth, String::new()));
                }
            }
            Event::End(_) => {
                let ended = within.take_if(|(began, _)| *began == depth);
                credentials.extend(ended.map(|(_, credential)| credential));
                depth -= 1;
            }
            Event::Text(text) if depth == 0 && !text.trim().is_empty() => return Err(MALFORMED),
            Event::CData(_) | Event::GeneralRef(_) if depth == 0 => return Err(MALFORMED),
            Event::CData(text) => {
                if let Some((began, credential)) = &mut within
                    && *began == depth
                {
                    credential.push_str(&text);
                }
            }
            Event::Decl(declaration) => {
                // The text is UTF-8; a reader that believes another name would read another credential.
                let encoding = declaration.encoding().transpose().map_err(|_| MALFORMED)?;
                if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("utf-8")) {
                    return Err(MALFORMED);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match root {
        Some(root) if depth == 0 => Ok(Picture { root, credentials }),
        _ => Err(MALFORMED),
    }
}

/// The root, of which `read` is all up to the end of its tag.
fn root(tag: &BytesStart<'_>, drawing: bool, read: &str) -> Result<Root, BakeError> {
    if !drawing || tag.local_name().as_ref() != "svg" {
        return Err(MALFORMED);
    }
    let mut prefixed = false;
    for attribute in tag.attributes() {
        prefixed |= attribute.map_err(|_| MALFORMED)?.key.as_ref() == PREFIX;
    }
    let name = tag.name().as_ref().to_owned();
    Ok(Root { name, ends_at: read.len(), empty: read.ends_with("/>"), prefixed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIAL: &str = r#"{"name":"Ω \"quoted\" <b> &amp; ]]> ]]]]>> שלום"}"#;
    const PICTURES: [&str; 6] = [
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1"/></svg>"#,
        r#"<svg xmlns="http://www.w3.org/2000/svg"/>"#,
        r"<s:svg xmlns:s='http://www.w3.org/2000/svg' />",
        "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- <svg> -->\n<svg\n xmlns=\"http://www.w3.org/2000/svg\" a=\"1 > 0\"\n>\n</svg>\n<!-- end -->\n",
        r#"<!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg"><text>é &amp; <![CDATA[x]]></text></svg>"#,
        r#"<svg xmlns="http://www.w3.org/2000/svg"><svg><svg/></svg><style>a&gt;b</style></svg>"#,
    ];

    #[test]
    fn a_baked_picture_gives_the_same_bytes_back() {
        for svg in PICTURES {
            let baked = bake_svg(svg, CREDENTIAL).unwrap();
            assert_eq!(read_svg(&baked).unwrap().as_deref(), Some(CREDENTIAL), "{baked}");
            assert_eq!(read_svg(svg), Ok(None));
            assert_eq!(bake_svg(&baked, CREDENTIAL), Err(BakeError::Twice));
        }
    }

    #[test]
    fn the_element_is_the_first_child_and_all_else_is_kept() {
        let element = r#"<openbadges:credential><![CDATA[{"a":1}]]></openbadges:credential>"#;
        let namespace = r#" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0""#;
        for (svg, baked) in [
            (
                PICTURES[0],
                format!(
                    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"{namespace}>{element}<path d="M0 0h1"/></svg>"#
                ),
            ),
            (PICTURES[1], format!(r#"<svg xmlns="http://www.w3.org/2000/svg"{namespace}>{element}</svg>"#)),
            (
                PICTURES[2],
                format!(r"<s:svg xmlns:s='http://www.w3.org/2000/svg' {namespace}>{element}</s:svg>"),
            ),
        ] {
            assert_eq!(bake_svg(svg, r#"{"a":1}"#).unwrap(), baked);
        }
    }

    #[test]
    fn a_credential_under_another_prefix_is_one_too() {
        let other = r#"<svg xmlns="http://www.w3.org/2000/svg"><ob:credential xmlns:ob="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{}]]></ob:credential></svg>"#;
        assert_eq!(bake_svg(other, CREDENTIAL), Err(BakeError::Twice));
        assert_eq!(read_svg(other).unwrap().as_deref(), Some("{}"));
        let twice = bake_svg(PICTURES[0], "{}").unwrap().replace("<path", "<openbadges:credential/><path");
        assert_eq!(read_svg(&twice), Err(BakeError::Twice));
    }

    #[test]
    fn what_is_no_whole_svg_is_refused() {
        for svg in [
            "",
            "text",
            "<svg/>",
            r#"<html xmlns="http://www.w3.org/1999/xhtml"/>"#,
            r#"<g xmlns="http://www.w3.org/2000/svg"/>"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg">"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg"><g></svg>"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg"></g>"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg"/><svg xmlns="http://www.w3.org/2000/svg"/>"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg"/>more"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg" a="1" a="2"/>"#,
            r#"<svg xmlns="http://www.w3.org/2000/svg" a/>"#,
            r#"<?xml version="1.0" encoding="ISO-8859-1"?><svg xmlns="http://www.w3.org/2000/svg"/>"#,
        ] {
            assert_eq!(bake_svg(svg, CREDENTIAL), Err(MALFORMED), "{svg}");
        }
        for length in 1..PICTURES[0].len() {
            assert_eq!(bake_svg(&PICTURES[0][..length], CREDENTIAL), Err(MALFORMED), "{length} bytes");
        }
    }

    #[test]
    fn what_a_picture_would_not_keep_is_refused() {
        assert_eq!(bake_svg(PICTURES[0], "{\r\n}"), Err(BakeError::Credential));
    }
}
