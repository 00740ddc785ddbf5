//! A page as the tree that browsers make of it.

use scraper::{ElementRef, Html, Node, Selector};

/// The tree of a page that is written as HTML wants it.
pub(crate) fn parse(html: &str) -> Html {
    let parsed = Html::parse_document(html);
    assert_eq!(parsed.errors, Vec::<String>::new(), "{html}");
    parsed
}

/// The elements for a selector, in the page's order.
pub(crate) fn select<'a>(html: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(selector).unwrap()).collect()
}

/// The text of an element, with single spaces.
pub(crate) fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// An attribute of the first element for a selector.
pub(crate) fn attribute<'a>(html: &'a Html, selector: &str, name: &str) -> Option<&'a str> {
    select(html, selector).first()?.attr(name)
}

/// Every element with its attributes, every text, a line each.
pub(crate) fn outline(html: &str) -> Vec<String> {
    let parsed = parse(html);
    let lines = parsed.tree.nodes().map(|node| match node.value() {
        Node::Element(element) => {
            let mut attributes: Vec<_> =
                element.attrs().map(|(name, value)| format!(" {name}={value:?}")).collect();
            attributes.sort();
            format!("<{}{}>", element.name(), attributes.concat())
        }
        Node::Text(text) => format!("text {:?}", &**text),
        Node::Comment(_) => "comment".to_owned(),
        _ => "document".to_owned(),
    });
    lines.collect()
}
