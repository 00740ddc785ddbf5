use usvg::roxmltree::{Document, Node};

use crate::TemplateError;

/// A page as it is drawn: its parts one by one, in the order in which they are read.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) parts: Vec<Part>,
}

/// One tagged part, or an ornament between them.
#[derive(Debug)]
pub(crate) enum Part {
    /// It holds others.
    Group(Tag, Vec<Part>),
    /// It is drawn.
    Leaf(Leaf),
}

/// What is drawn at once.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) tag: Tag,
    /// What a figure shows, or a heading says.
    pub(crate) alt: Option<String>,
    /// A whole SVG document that draws this part where it is on the page.
    pub(crate) svg: String,
}

/// What a part is to somebody who cannot see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Nothing: an ornament, or what another page has told.
    Artifact,
    /// The heading of the document.
    Heading,
    Paragraph,
    /// A paragraph that leads to the verify page.
    Link,
    Figure,
    Table,
    Row,
    /// A cell that names its column.
    Header,
    Cell,
}

impl Tag {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "artifact" => Self::Artifact,
            "h1" => Self::Heading,
            "p" => Self::Paragraph,
            "link" => Self::Link,
            "figure" => Self::Figure,
            "table" => Self::Table,
            "tr" => Self::Row,
            "th" => Self::Header,
            "td" => Self::Cell,
            _ => return None,
        })
    }

    /// Whether it may stand in another.
    fn is_within(self, outer: Option<Self>) -> bool {
        match outer {
            None => !matches!(self, Self::Row | Self::Header | Self::Cell),
            Some(Self::Table) => matches!(self, Self::Row | Self::Artifact),
            Some(Self::Row) => matches!(self, Self::Header | Self::Cell | Self::Artifact),
            Some(_) => false,
        }
    }
}

/// Takes a page apart. Each leaf keeps the start tags of the elements that it stands in, and the page's definitions.
pub(crate) fn parts(document: &Document) -> Result<Page, TemplateError> {
    let root = document.root_element();
    let (width, height) = size(root).ok_or(TemplateError::Size)?;
    let shared: String = root.children().filter(is_shared).map(source).collect();
    let mut walk = Walk { open: vec![start_tag(root), &shared], within: Vec::new() };
    Ok(Page { width, height, parts: walk.children(root)? })
}

/// Width and height in points, of at most 200 inches as PDF has it.
fn size(root: Node) -> Option<(f32, f32)> {
    if root.has_attribute("width") || root.has_attribute("height") {
        return None;
    }
    let numbers: Vec<f32> = root
        .attribute("viewBox")?
        .split([' ', ','])
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let &[0.0, 0.0, width, height] = &*numbers else { return None };
    let is_good = |side: f32| (3.0..=14_400.0).contains(&side);
    (is_good(width) && is_good(height)).then_some((width, height))
}

struct Walk<'a> {
    /// Start tags, and what all share, that go before a part.
    open: Vec<&'a str>,
    /// Tags that a part stands in.
    within: Vec<Tag>,
}

impl<'a> Walk<'a> {
    fn children(&mut self, of: Node<'a, '_>) -> Result<Vec<Part>, TemplateError> {
        let mut parts = Vec::new();
        for child in of.children().filter(|child| child.is_element() && !is_shared(child)) {
            let own = child.attribute("data-tag");
            let tag = match own {
                Some(text) => Some(self.tag(text)?),
                None => None,
            };
            let holds = matches!(tag, Some(Tag::Table | Tag::Row));
            if holds || (tag.is_none() && has_tags(child)) {
                self.open.push(start_tag(child));
                self.within.extend(tag);
                let inner = self.children(child)?;
                if let Some(tag) = tag {
                    self.within.pop();
                    parts.push(Part::Group(tag, inner));
                } else {
                    parts.extend(inner);
                }
                self.open.pop();
            } else {
                parts.push(Part::Leaf(self.leaf(child, tag)?));
            }
        }
        Ok(parts)
    }

    fn tag(&self, text: &str) -> Result<Tag, TemplateError> {
        let tag = Tag::parse(text).filter(|tag| tag.is_within(self.within.last().copied()));
        tag.ok_or_else(|| TemplateError::Tag { tag: text.to_owned() })
    }

    fn leaf(&self, element: Node<'a, '_>, tag: Option<Tag>) -> Result<Leaf, TemplateError> {
        if let Some(inner) = element.descendants().skip(1).find_map(|one| one.attribute("data-tag")) {
            return Err(TemplateError::Tag { tag: inner.to_owned() });
        }
        if tag.is_none() && element.descendants().any(|one| one.has_tag_name((SVG, "text"))) {
            return Err(TemplateError::Untagged);
        }
        let tag = tag.unwrap_or(Tag::Artifact);
        let alt = match tag {
            Tag::Heading => {
                Some(element.descendants().filter(Node::is_text).filter_map(|one| one.text()).collect())
            }
            _ => element.attribute("data-alt").map(str::to_owned),
        };
        let alt = alt.filter(|alt: &String| !alt.trim().is_empty());
        if tag == Tag::Figure && alt.is_none() {
            return Err(TemplateError::NoAlt);
        }
        // The second of what is open is not an element.
        let closed = self.open.iter().skip(2).rev().map(|start| format!("</{}>", name(start)));
        let svg = format!("{}{}{}</svg>", self.open.concat(), source(element), closed.collect::<String>());
        Ok(Leaf { tag, alt, svg })
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// What the parts of a page share.
fn is_shared(node: &Node) -> bool {
    matches!(node.tag_name().name(), "defs" | "style" | "title" | "desc" | "metadata")
}

fn has_tags(element: Node) -> bool {
    element.descendants().any(|one| one.has_attribute("data-tag"))
}

fn source<'a>(node: Node<'a, '_>) -> &'a str {
    &node.document().input_text()[node.range()]
}

/// `<g …>` of an element that has children.
fn start_tag<'a>(element: Node<'a, '_>) -> &'a str {
    let range = element.range();
    let end = element.first_child().map_or(range.end, |child| child.range().start);
    &element.document().input_text()[range.start..end]
}

/// Of a start tag.
fn name(start: &str) -> &str {
    start.trim_start_matches('<').split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(inner: &str) -> Result<Page, TemplateError> {
        let text = format!("<svg xmlns='{SVG}' viewBox='0 0 200 100'>{inner}</svg>");
        parts(&Document::parse(&text).unwrap())
    }

    #[test]
    fn each_part_is_drawn_where_it_stands_with_what_the_page_shares() {
        let page = taken_apart(
            "<defs><g id='d'/></defs><g transform='scale(2)'><g><rect/><text data-tag='p'>a</text></g></g>",
        )
        .unwrap();
        let [Part::Leaf(rect), Part::Leaf(text)] = &page.parts[..] else { panic!("{page:?}") };
        assert_eq!((rect.tag, text.tag), (Tag::Artifact, Tag::Paragraph));
        assert_eq!(
            text.svg,
            format!(
                "<svg xmlns='{SVG}' viewBox='0 0 200 100'><defs><g id='d'/></defs>\
                 <g transform='scale(2)'><g><text data-tag='p'>a</text></g></g></svg>"
            )
        );
    }

    #[test]
    fn tables_hold_rows_and_rows_hold_cells() {
        let page =
            taken_apart("<g data-tag='table'><g data-tag='tr'><text data-tag='td'>a</text></g></g>").unwrap();
        let [Part::Group(Tag::Table, rows)] = &page.parts[..] else { panic!("{page:?}") };
        let [Part::Group(Tag::Row, cells)] = &rows[..] else { panic!("{page:?}") };
        assert!(matches!(&cells[..], [Part::Leaf(Leaf { tag: Tag::Cell, .. })]));
    }

    #[test]
    fn wrong_tags_are_named() {
        for (inner, wrong) in [
            ("<text data-tag='h7'>a</text>", "h7"),
            ("<text data-tag='td'>a</text>", "td"),
            ("<g data-tag='table'><text data-tag='p'>a</text></g>", "p"),
            ("<g data-tag='p'><text data-tag='figure'>a</text></g>", "figure"),
        ] {
            assert!(matches!(taken_apart(inner), Err(TemplateError::Tag { tag }) if tag == wrong), "{inner}");
        }
    }

    #[test]
    fn a_text_must_be_tagged_a_figure_described_and_a_page_have_a_size() {
        assert!(matches!(taken_apart("<g><text>a</text></g>"), Err(TemplateError::Untagged)));
        assert!(matches!(taken_apart("<g data-tag='figure' data-alt=' '/>"), Err(TemplateError::NoAlt)));
        for size in [
            "viewBox='1 0 200 100'",
            "viewBox='0 0 200'",
            "viewBox='0 0 200 1e9'",
            "viewBox='0 0 9 9' width='1in'",
        ] {
            let svg = format!("<svg xmlns='{SVG}' {size}/>");
            assert!(matches!(parts(&Document::parse(&svg).unwrap()), Err(TemplateError::Size)), "{size}");
        }
    }
}
