//! What holds for every page.

use std::collections::BTreeSet;

use lp_credential_pages::{Language, STYLE, Status};

use crate::dom::{attribute, outline, parse, select, text};
use crate::samples::{self, all, full};

#[test]
fn every_page_is_html_without_faults() {
    for (name, html) in all() {
        assert!(html.starts_with("<!doctype html>\n"), "{name}");
        assert!(outline(&html).len() > 30, "{name}");
    }
}

#[test]
fn every_page_says_its_language_and_direction() {
    for (name, html) in all() {
        let page = parse(&html);
        let tag = name.split('.').next_back();
        assert_eq!(attribute(&page, "html", "lang"), tag, "{name}");
        let direction = if tag == Some("ar") { "rtl" } else { "ltr" };
        assert_eq!(attribute(&page, "html", "dir"), Some(direction), "{name}");
    }
}

#[test]
fn every_page_has_one_main_and_one_heading_above_the_others() {
    for (name, html) in all() {
        let page = parse(&html);
        for selector in ["main", "main h1", "header"] {
            assert_eq!(select(&page, selector).len(), 1, "{name}: {selector}");
        }
    }
}

#[test]
fn ids_are_of_one_element_and_labels_of_one_that_is_there() {
    for (name, html) in all() {
        let page = parse(&html);
        let ids: Vec<_> = select(&page, "[id]").iter().filter_map(|element| element.attr("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}");
        for element in select(&page, "[aria-labelledby]") {
            assert!(ids.contains(&element.attr("aria-labelledby").unwrap()), "{name}");
        }
    }
}

#[test]
fn nothing_runs_and_the_only_style_is_ours() {
    for (name, html) in all() {
        let page = parse(&html);
        let styles = select(&page, "style");
        assert_eq!(styles.len(), 1, "{name}");
        assert_eq!(styles[0].text().collect::<String>(), STYLE, "{name}");
        for element in select(&page, "*") {
            assert!(
                !["script", "iframe", "form", "object", "base"].contains(&element.value().name()),
                "{name}"
            );
            assert!(
                element.value().attrs().all(|(name, _)| name != "style" && !name.starts_with("on")),
                "{name}"
            );
        }
    }
}

#[test]
fn links_lead_into_the_web_or_to_another_language() {
    for (name, html) in all() {
        let page = parse(&html);
        for (selector, attribute) in [("[href]", "href"), ("[src]", "src")] {
            for element in select(&page, selector) {
                let url = element.attr(attribute).unwrap();
                assert!(url.starts_with("https://") || url.starts_with("?lang="), "{name}: {url}");
            }
        }
    }
}

#[test]
fn a_page_offers_its_languages_and_marks_its_own() {
    for language in Language::ALL {
        let html = full(language, Status::Valid).render();
        let page = parse(&html);
        let links = select(&page, "nav a");
        let of = |name| links.iter().map(|link| link.attr(name).unwrap()).collect::<Vec<_>>();
        assert_eq!(of("href"), ["?lang=en", "?lang=es", "?lang=fr", "?lang=ar"]);
        assert_eq!(of("hreflang"), Language::ALL.map(Language::tag));
        assert_eq!(of("lang"), Language::ALL.map(Language::tag));
        let own = select(&page, "nav [aria-current]");
        assert_eq!((own.len(), own[0].attr("lang")), (1, Some(language.tag())));
    }
    assert!(!samples::bare(Language::French, Status::Valid).render().contains("<nav"));
}

#[test]
fn search_engines_are_told_to_stay_away_and_hosts_not_told_who_looks() {
    for (name, html) in all() {
        let page = parse(&html);
        assert_eq!(attribute(&page, "meta[name=robots]", "content"), Some("noindex"), "{name}");
        assert_eq!(attribute(&page, "meta[name=referrer]", "content"), Some("no-referrer"), "{name}");
    }
}

#[test]
fn a_shared_page_has_a_title_a_picture_and_no_status_that_would_grow_old() {
    let said = |html: &str| {
        let page = parse(html);
        let tags = select(&page, "meta[property^='og:'], meta[name^='twitter:'], link[rel]");
        tags.iter()
            .map(|tag| {
                let name = ["property", "name", "rel"].into_iter().find_map(|name| tag.attr(name)).unwrap();
                (name.to_owned(), tag.attr("content").or(tag.attr("href")).unwrap().to_owned())
            })
            .collect::<Vec<_>>()
    };
    let valid = said(&full(Language::English, Status::Valid).render());
    let at = |path: &str| format!("{}/credentials/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e{path}", samples::HOST);
    let expected = [
        ("canonical", at("")),
        ("alternate", at("/credential.json")),
        ("og:type", "website".to_owned()),
        ("og:url", at("")),
        ("og:site_name", "Example University".to_owned()),
        ("og:title", "Alice Lovelace · Data Engineering Path".to_owned()),
        ("og:description", "Digital credential · Example University".to_owned()),
        ("og:image", at("/preview.png")),
        ("og:image:alt", "Data Engineering Path".to_owned()),
        ("twitter:card", "summary_large_image".to_owned()),
    ];
    assert_eq!(valid, expected.map(|(name, value)| (name.to_owned(), value)));
    let bare = samples::bare(Language::English, Status::Valid).render();
    let title = ("og:title".to_owned(), "Data Engineering Path".to_owned());
    assert!(said(&bare).contains(&title), "{bare}");
    assert_eq!(said(&full(Language::English, Status::Expired).render()), valid);
}

#[test]
fn a_status_is_told_in_words_and_by_its_own_shape() {
    let pages = samples::statuses().map(|(_, status)| full(Language::English, status).render());
    let shown = pages.map(|html| {
        let page = parse(&html);
        let word = text(select(&page, ".status .word")[0]);
        assert!(text(select(&page, "title")[0]).ends_with(&word));
        (word, select(&page, ".status svg")[0].inner_html())
    });
    let words: Vec<_> = shown.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["Valid", "Revoked", "Suspended", "Expired", "Not yet valid", "Withdrawn"]);
    assert_eq!(shown.iter().map(|(_, shape)| shape).collect::<BTreeSet<_>>().len(), shown.len());
}

#[test]
fn an_instant_of_another_day_than_the_award_is_shown_as_the_first_of_validity() {
    let mut page = full(Language::English, Status::NotYetValid);
    let label = "<dt>Valid from</dt>";
    assert!(!page.render().contains(label));
    page.valid_from = Some("2026-06-01T00:00:00Z".parse().unwrap());
    let html = page.render();
    let shown =
        r#"<dt>Valid from</dt><dd><time datetime="2026-06-01T00:00:00Z">1 June 2026, 00:00 UTC</time>"#;
    assert!(html.contains(shown), "{html}");
}
