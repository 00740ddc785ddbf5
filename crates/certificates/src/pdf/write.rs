use std::collections::VecDeque;
use std::num::NonZeroU16;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::configure::{Accessibility, Archival, Configuration, ConfigurationBuilder};
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::error::KrillaError;
use krilla::geom::{Rect, Size};
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag as PdfTag, TagGroup,
    TagKind, TagTree,
};
use krilla_svg::{SurfaceExt as _, SvgSettings};
use usvg::Tree;

use super::Conformance;
use super::about::{date, metadata, outline};
use super::lines::{Line, lines};
use super::shape::{Shaped, ShapedPart};
use crate::svg::Tag;
use crate::{Certificate, Fonts};

/// The name under which the signed credential is attached.
const ATTACHED: &str = "credential.json";

pub(super) fn write(
    pages: &[Shaped],
    certificate: &Certificate,
    fonts: &Fonts,
    conformance: Conformance,
) -> Result<Vec<u8>, KrillaError> {
    let settings = SerializeSettings {
        configuration: configuration(conformance),
        render_svg_glyph_fn: krilla_svg::render_svg_glyph,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let mut told: Vec<Node> = Vec::new();
    for shaped in pages {
        let mut page = document.start_page_with(PageSettings::new(shaped.size));
        let mut links = VecDeque::new();
        for rect in link_places(&shaped.parts) {
            let target = Target::Action(Action::Link(LinkAction::new(certificate.verify_url.clone())));
            let alt = certificate.language.words().verify.to_owned();
            let link = Annotation::new_link(LinkAnnotation::new(rect, target), Some(alt));
            links.push_back(page.add_tagged_annotation(link));
        }
        let mut surface = page.surface();
        let mut drawing = Drawing { surface: &mut surface, fonts, size: shaped.size, links };
        for node in drawing.parts(&shaped.parts) {
            match (continued(&mut told, &node), node) {
                (Some(table), Node::Group(more)) => table.children.extend(more.children),
                (_, node) => told.push(node),
            }
        }
        surface.finish();
        page.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(certificate.language.tag().to_owned()));
    for node in told {
        tree.push(node);
    }
    document.set_tag_tree(tree);
    document.set_metadata(metadata(certificate));
    document.set_outline(outline(certificate));
    if let Some(credential) = &certificate.credential {
        // The first file of its name, so there is none to collide with.
        let _ = document.embed_file(EmbeddedFile {
            path: ATTACHED.to_owned(),
            mime_type: MimeType::new("application/json"),
            description: Some(certificate.language.words().credential.to_owned()),
            association_kind: AssociationKind::Data,
            data: credential.clone().into(),
            modification_date: Some(date(certificate.awarded)),
            compress: Some(true),
            location: None,
        });
    }
    document.finish()
}

fn configuration(conformance: Conformance) -> Configuration {
    let builder = match conformance {
        Conformance::Archive => ConfigurationBuilder::new()
            .with_archival_validator(Archival::A3_A)
            .with_accessibility_validator(Accessibility::UA1),
        Conformance::Plain => ConfigurationBuilder::new(),
    };
    // These two go together, as a test of krilla's says, and of ours.
    builder.finish().unwrap_or_default()
}

/// The table of an earlier page that a page's table goes on.
fn continued<'a>(told: &'a mut [Node], node: &Node) -> Option<&'a mut TagGroup> {
    let is_table = |node: &&mut Node| matches!(node, Node::Group(TagGroup { tag: TagKind::Table(_), .. }));
    if !matches!(node, Node::Group(TagGroup { tag: TagKind::Table(_), .. })) {
        return None;
    }
    match told.iter_mut().find(is_table) {
        Some(Node::Group(table)) => Some(table),
        _ => None,
    }
}

struct Drawing<'a, 'b> {
    surface: &'a mut Surface<'b>,
    fonts: &'a Fonts,
    size: Size,
    /// Of the link parts, in their order.
    links: VecDeque<Identifier>,
}

impl Drawing<'_, '_> {
    fn parts(&mut self, parts: &[ShapedPart]) -> Vec<Node> {
        parts.iter().filter_map(|part| self.part(part)).collect()
    }

    fn part(&mut self, part: &ShapedPart) -> Option<Node> {
        match part {
            ShapedPart::Group(tag, inner) => {
                let inner = self.parts(inner);
                Some(TagGroup::with_children(tag_of(*tag, None), inner).into())
            }
            ShapedPart::Leaf(Tag::Artifact, _, tree) => {
                self.surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
                match lines(tree, self.fonts) {
                    Some(lines) => lines.iter().for_each(|line| line.draw(self.surface)),
                    None => self.svg(tree),
                }
                self.surface.end_tagged();
                None
            }
            ShapedPart::Leaf(tag, alt, tree) => {
                let drawn = self.leaf(tree);
                let group = match (tag, self.links.is_empty()) {
                    (Tag::Link, false) => {
                        let mut link = TagGroup::with_children(PdfTag::Link, drawn);
                        link.children.extend(self.links.pop_front().map(Node::from));
                        TagGroup::with_children(PdfTag::P, vec![link.into()])
                    }
                    _ => TagGroup::with_children(tag_of(*tag, alt.clone()), drawn),
                };
                Some(group.into())
            }
        }
    }

    /// A part that is told, line by line where it is text.
    fn leaf(&mut self, tree: &Tree) -> Vec<Node> {
        let Some(lines) = lines(tree, self.fonts) else {
            let drawn = self.surface.start_tagged(ContentTag::Other);
            self.svg(tree);
            self.surface.end_tagged();
            return vec![drawn.into()];
        };
        let line = |line: &Line| {
            let says = SpanTag::empty().with_actual_text(line.says.as_deref());
            let drawn = self.surface.start_tagged(ContentTag::Span(says));
            line.draw(self.surface);
            self.surface.end_tagged();
            drawn.into()
        };
        lines.iter().map(line).collect()
    }

    fn svg(&mut self, tree: &Tree) {
        self.surface.draw_svg(tree, self.size, SvgSettings::default());
    }
}

fn tag_of(tag: Tag, alt: Option<String>) -> TagKind {
    match tag {
        Tag::Heading => PdfTag::Hn(NonZeroU16::MIN, alt).into(),
        Tag::Artifact | Tag::Paragraph | Tag::Link => PdfTag::P.into(),
        Tag::Figure => PdfTag::Figure(alt).into(),
        Tag::Table => PdfTag::Table.into(),
        Tag::Row => PdfTag::TR.into(),
        Tag::Header => PdfTag::TH(TableHeaderScope::Column).into(),
        Tag::Cell => PdfTag::TD.into(),
    }
}

/// Where the links of a page are, in the order in which they are drawn.
fn link_places(parts: &[ShapedPart]) -> Vec<Rect> {
    let place = |part: &ShapedPart| match part {
        ShapedPart::Group(_, inner) => link_places(inner),
        ShapedPart::Leaf(Tag::Link, _, tree) => {
            let found = tree.root().abs_layer_bounding_box();
            Rect::from_ltrb(found.left(), found.top(), found.right(), found.bottom()).into_iter().collect()
        }
        ShapedPart::Leaf(..) => Vec::new(),
    };
    parts.iter().flat_map(place).collect()
}
