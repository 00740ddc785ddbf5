//! How many elements there are in an SVG file once every copy, clip, mask and pattern stands where it is used: so many times each is
//! read and drawn.

use std::collections::HashMap;

use usvg::roxmltree::{Document, Node, NodeId};

/// The most of them.
const MAX: u64 = 200_000;
/// What hides a part of what hides a part, and so on.
const MAX_DEPTH: u32 = 16;
/// Rules of style sheets that use something.
const MAX_RULES: usize = 100;

/// Whether there are no more than that. Of style sheets is only looked which names their selectors have in them.
pub(crate) fn is_small(document: &Document) -> bool {
    let elements = || document.descendants().filter(Node::is_element);
    let with_id = elements().filter_map(|element| Some((element.attribute("id")?, element)));
    let mut expanded = Expanded { named: with_id.collect(), rules: Vec::new(), known: HashMap::new() };
    let sheets = elements().filter(|element| element.tag_name().name() == "style");
    let rules = sheets.filter_map(|sheet| sheet.text()).flat_map(|text| text.split('}'));
    for (selector, style) in rules.filter_map(|rule| rule.split_once('{')) {
        let used: Vec<Node> = expanded.used(style).collect();
        if !used.is_empty() {
            let names = selector.split(|c: char| !(c.is_alphanumeric() || "-_*".contains(c)));
            expanded.rules.push((names.filter(|name| !name.is_empty()).collect(), used));
        }
    }
    expanded.rules.len() <= MAX_RULES
        && expanded.count(document.root_element(), 0).is_some_and(|count| count <= MAX)
}

struct Expanded<'a, 'b> {
    named: HashMap<&'a str, Node<'a, 'b>>,
    /// Names of elements, classes and ids; what such elements use.
    rules: Vec<(Vec<&'a str>, Vec<Node<'a, 'b>>)>,
    known: HashMap<NodeId, u64>,
}

impl<'a, 'b> Expanded<'a, 'b> {
    /// An element with all below it; nothing when it is used by what it uses, or nearly so.
    fn count(&mut self, of: Node<'a, 'b>, depth: u32) -> Option<u64> {
        if let Some(count) = self.known.get(&of.id()) {
            return Some(*count);
        }
        if depth > MAX_DEPTH {
            return None;
        }
        let mut count = 0_u64;
        for element in of.descendants().filter(Node::is_element) {
            count += 1;
            for used in self.uses(element) {
                count = count.saturating_add(self.count(used, depth + 1)?);
            }
        }
        self.known.insert(of.id(), count);
        Some(count)
    }

    /// What an element uses by itself.
    fn uses(&self, element: Node<'a, 'b>) -> Vec<Node<'a, 'b>> {
        let name = element.tag_name().name();
        let attributes = || element.attributes().map(|attribute| attribute.value());
        let mut used: Vec<Node> = attributes().flat_map(|value| self.used(value)).collect();
        if name == "use" {
            let copied = element.attributes().find(|attribute| attribute.name() == "href");
            used.extend(copied.and_then(|link| self.named.get(link.value().strip_prefix('#')?)));
        }
        let classes: Vec<&str> = element.attribute("class").unwrap_or_default().split_whitespace().collect();
        let id = element.attribute("id").unwrap_or_default();
        for (names, by_rule) in &self.rules {
            if names.iter().any(|one| ["*", name, id].contains(one) || classes.contains(one)) {
                used.extend(by_rule);
            }
        }
        used
    }

    /// What is named by `url(#…)` in a style or an attribute, but for gradients, of which each is read once.
    fn used(&self, style: &str) -> impl Iterator<Item = Node<'a, 'b>> {
        let names = style.split("url(").skip(1).filter_map(|url| {
            let name = url.trim_start_matches([' ', '"', '\'']).strip_prefix('#')?;
            name.split([')', '"', '\'', ' ']).next()
        });
        let is_gradient = |node: &Node| node.tag_name().name().ends_with("Gradient");
        names.filter_map(|name| self.named.get(name).copied()).filter(move |node| !is_gradient(node))
    }
}
