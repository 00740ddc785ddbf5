use usvg::roxmltree::{Document, Node};

use crate::TemplateError;

/// Elements that a template may have. No scripts, no HTML, no filters (they would be bitmaps), no animation.
const ELEMENTS: [&str; 26] = [
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "stop",
    "style",
    "svg",
    "symbol",
    "text",
    "title",
    "tspan",
    "use",
];

/// Refuses elements that may not be there and whatever refers to something outside; `is_image` knows the images handed in.
pub(crate) fn check(document: &Document, is_image: impl Fn(&str) -> bool) -> Result<(), TemplateError> {
    for element in document.descendants().filter(Node::is_element) {
        let name = element.tag_name().name();
        if !ELEMENTS.contains(&name) {
            return Err(TemplateError::Element { name: name.to_owned() });
        }
        // What figures show is told, not looked up.
        for attribute in element.attributes().filter(|attribute| attribute.name() != "data-alt") {
            let value = attribute.value();
            let is_link = attribute.name() == "href";
            let is_inside = value.starts_with('#') || (name == "image" && is_image(value));
            if (is_link && !is_inside) || refers_outside(value) {
                return Err(TemplateError::Reference { target: value.to_owned() });
            }
        }
        let style = if name == "style" { element.text().unwrap_or_default() } else { "" };
        if refers_outside(style) || style.contains("@import") {
            return Err(TemplateError::Reference { target: style.to_owned() });
        }
    }
    Ok(())
}

/// Whether a style or an attribute has a `url(…)` that is not of the same document.
fn refers_outside(style: &str) -> bool {
    let lower = style.to_ascii_lowercase();
    let mut urls = lower.split("url(").skip(1);
    urls.any(|url| !url.trim_start_matches([' ', '"', '\'']).starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(inner: &str) -> Result<(), TemplateError> {
        let text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{inner}</svg>"
        );
        check(&Document::parse(&text).unwrap(), |name| name == "logo")
    }

    #[test]
    fn what_refers_to_files_or_hosts_is_refused() {
        for inner in [
            "<image href='http://example.org/a.png'/>",
            "<image href='/etc/passwd'/>",
            "<image href='data:image/png;base64,AAAA'/>",
            "<image xlink:href='file:///etc/passwd'/>",
            "<use href='other.svg#a'/>",
            "<rect fill='url(http://example.org/#a)'/>",
            "<rect style='fill:URL( \"//example.org\")'/>",
            "<style>@import 'a.css';</style>",
            "<style>rect { fill: url(a.svg#b) }</style>",
        ] {
            assert!(matches!(checked(inner), Err(TemplateError::Reference { .. })), "{inner}");
        }
    }

    #[test]
    fn scripts_html_and_filters_are_refused() {
        for name in ["script", "foreignObject", "filter", "a", "animate"] {
            let found = checked(&format!("<g><{name}/></g>"));
            assert!(matches!(found, Err(TemplateError::Element { name: told }) if told == name), "{name}");
        }
    }

    #[test]
    fn what_stays_inside_is_taken() {
        let inner = "<g data-alt='url(http://example.org/)'/><defs><linearGradient id='a'/><g id='b'/></defs><image href='logo'/><use xlink:href='#b'/>\
                     <rect fill='url(#a)'/><rect style=\"fill: url('#a')\"/>";
        checked(inner).unwrap();
    }
}
