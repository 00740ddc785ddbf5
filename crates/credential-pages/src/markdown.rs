//! Criteria, which authors write in Markdown, as HTML that is nothing but text, lists, emphasis and links into the web.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd, html};

use crate::WebUrl;

/// HTML of a text in `CommonMark`.
///
/// Raw HTML becomes text, a picture its alternative text, and a link to anything but the web its text. Headings are put below those of the
/// page (`h3`).
pub(crate) fn to_html(markdown: &str) -> String {
    let mut linked = false;
    let events = Parser::new(markdown).filter_map(|event| {
        Some(match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
            Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
                let url = WebUrl::parse(&dest_url).ok();
                linked = url.is_some();
                let dest_url = url?.to_string().into();
                Event::Start(Tag::Link { link_type, dest_url, title: "".into(), id })
            }
            Event::End(TagEnd::Link) if !linked => return None,
            Event::Start(Tag::Heading { .. }) => Event::Start(Tag::Heading {
                level: HeadingLevel::H3,
                id: None,
                classes: vec![],
                attrs: vec![],
            }),
            Event::End(TagEnd::Heading(_)) => Event::End(TagEnd::Heading(HeadingLevel::H3)),
            Event::Start(Tag::CodeBlock(_)) => Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)),
            other => other,
        })
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use proptest::proptest;
    use scraper::Html;

    use super::to_html;

    #[test]
    fn text_is_formatted() {
        assert_eq!(
            to_html("# Rules\nComplete **3 of 4**:\n\n- *one*\n- [two](https://example.org/a?b=\"c&d)\n"),
            "<h3>Rules</h3>\n<p>Complete <strong>3 of 4</strong>:</p>\n<ul>\n<li><em>one</em></li>\n\
             <li><a href=\"https://example.org/a?b=%22c&amp;d\">two</a></li>\n</ul>\n"
        );
    }

    #[test]
    fn raw_html_is_text() {
        assert_eq!(
            to_html("<script>alert(1)</script>\n\na <b onclick='x'>b</b>"),
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;\n</p>\n<p>a &lt;b onclick='x'&gt;b&lt;/b&gt;</p>\n"
        );
    }

    #[test]
    fn links_lead_into_the_web_or_nowhere() {
        for markdown in [
            "[a](javascript:alert(1))",
            "[a](JAVASCRIPT&colon;alert(1))",
            "[a](<java\tscript:alert(1)>)",
            "[a](data:text/html,x)",
            "[a](/relative)",
            "[a](https://me@example.org/)",
            "[a][b]\n\n[b]: vbscript:x \"title\"",
        ] {
            assert_eq!(to_html(markdown), "<p>a</p>\n", "{markdown}");
        }
        assert_eq!(to_html("<me@example.org>"), "<p>me@example.org</p>\n");
    }

    #[test]
    fn a_picture_is_its_alternative_text() {
        assert_eq!(to_html("![a *b*](https://example.org/x.png \"t\")"), "<p>a <em>b</em></p>\n");
        assert_eq!(
            to_html("[![a](x.png)](https://example.org/) ![[b](https://example.org/c)](d)"),
            "<p><a href=\"https://example.org/\">a</a> <a href=\"https://example.org/c\">b</a></p>\n"
        );
    }

    const ELEMENTS: &str = "html head body a blockquote br code em h3 hr li ol p pre strong ul";

    fn is_harmless(html: &str) -> bool {
        Html::parse_document(html).tree.nodes().filter_map(|node| node.value().as_element()).all(|element| {
            let attributes = element.attrs().all(|(name, value)| match (element.name(), name) {
                ("a", "href") => value.starts_with("https://") || value.starts_with("http://"),
                ("ol", "start") => true,
                _ => false,
            });
            ELEMENTS.split(' ').any(|name| name == element.name()) && attributes
        })
    }

    proptest! {
        #[test]
        fn no_text_leads_to_other_elements(
            parts in proptest::collection::vec(
                proptest::sample::select(&[
                    "<", ">", "[", "]", "(", ")", "!", "\"", "'", "`", "```x\n", "\n", "\n\n", "    ", "- ", "1. ", "# ", "> ", "*", "_", "&",
                    "&lt;", "&#x3c;", "\\", "javascript:", "data:", "https://a.example/", "a@b.example", "script", "img src=x onerror=x",
                    "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "\u{202e}", "\u{0}", "é", "| a |\n|-|\n", "[^1]", "~~", "$",
                ][..]),
                0..40,
            )
        ) {
            let html = to_html(&parts.concat());
            assert!(is_harmless(&html), "{html}");
        }
    }
}
