//! Pages tell no more of a learner than they are meant to.

use lp_credential_pages::{Language, NotFoundPage, Status};

use crate::dom::{parse, select, text};
use crate::samples::full;

#[test]
fn a_hidden_name_is_nowhere() {
    for language in Language::ALL {
        let mut page = full(language, Status::Valid);
        assert!(page.render().contains("Alice Lovelace"));
        page.learner = None;
        let html = page.render();
        assert!(!html.contains("Alice"), "{html}");
        assert_eq!(select(&parse(&html), ".hidden-name").len(), 1, "{html}");
    }
}

#[test]
fn a_withdrawn_credential_tells_nothing_of_its_holder() {
    for language in Language::ALL {
        let withdrawn = full(language, Status::Withdrawn);
        let html = withdrawn.render();
        let mut without = withdrawn;
        without.learner = None;
        without.awarded_at = "1999-09-09T09:09:09Z".parse().unwrap();
        (without.valid_from, without.valid_until) = (None, None);
        (without.grade, without.hours, without.courses) = (None, None, vec![]);
        let links = &mut without.links;
        (links.json, links.pdf, links.png, links.svg, links.picture) = (None, None, None, None, None);
        assert_eq!(html, without.render());
        for gone in ["Alice", "2026", "2029", "92", "120", "Kafka", "credential.json", "linkedin", "1999"] {
            let shown = html.replace(&without.criteria.clone().unwrap(), "");
            let page = parse(&shown);
            let seen = text(select(&page, ".award")[0])
                + &text(select(&page, ".side")[0])
                + &text(select(&page, ".check")[0]);
            assert!(!seen.contains(gone), "{gone}: {seen}");
        }
    }
}

#[test]
fn a_page_that_is_not_found_hangs_on_its_language_alone() {
    for language in Language::ALL {
        let html = NotFoundPage { language, offered: Language::ALL.to_vec() }.render();
        let page = parse(&html);
        assert_eq!(select(&page, "link, meta[property], article, .status").len(), 0, "{html}");
        assert_eq!(select(&page, "a[href]:not([href^='?lang='])").len(), 0, "{html}");
    }
}
