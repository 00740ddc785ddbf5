//! What pages say, as it was when somebody last looked at it: `tests/it/snapshots`.

use lp_credential_pages::{Language, NotFoundPage, STYLE, Status, VerifyPage};
use scraper::ElementRef;

use crate::dom::{parse, select, text};
use crate::samples::{achievement, bare, full, statuses};

/// A line for each element that holds text.
fn lines(html: &str) -> Vec<String> {
    let page = parse(html);
    let line = |element: ElementRef<'_>| format!("{}: {}", element.value().name(), text(element));
    select(&page, "title, header a, h1, h2, main p, main li:not(:has(p)), dt, dd, th, td, summary")
        .into_iter()
        .map(line)
        .collect()
}

/// The valid page whole; of the others, what they say that it does not.
fn said(language: Language) -> String {
    let valid = lines(&full(language, Status::Valid).render());
    let differs = |html: &str| lines(html).into_iter().filter(|line| !valid.contains(line)).collect();
    let hidden = VerifyPage { learner: None, ..full(language, Status::Valid) };
    let not_found = NotFoundPage { language, offered: Language::ALL.to_vec() };
    let others = statuses().into_iter().skip(1);
    let mut all = vec![("valid", valid.clone())];
    all.extend(others.map(|(name, status)| (name, differs(&full(language, status).render()))));
    all.push(("name hidden", differs(&hidden.render())));
    all.push(("achievement", differs(&achievement(language).render())));
    all.push(("not found", differs(&not_found.render())));
    let sections: Vec<_> =
        all.iter().map(|(name, lines)| format!("# {name}\n{}\n", lines.join("\n"))).collect();
    sections.join("\n")
}

#[test]
fn pages_in_english() {
    insta::assert_snapshot!(said(Language::English));
}

#[test]
fn pages_in_spanish() {
    insta::assert_snapshot!(said(Language::Spanish));
}

#[test]
fn pages_in_french() {
    insta::assert_snapshot!(said(Language::French));
}

#[test]
fn pages_in_arabic() {
    insta::assert_snapshot!(said(Language::Arabic));
}

#[test]
fn a_page_with_everything() {
    insta::assert_snapshot!(full(Language::English, Status::Valid).render().replace(STYLE, "…"));
}

#[test]
fn a_page_of_an_achievement() {
    insta::assert_snapshot!(achievement(Language::English).render().replace(STYLE, "…"));
}

#[test]
fn a_page_with_nothing_that_may_be_left_out() {
    let page = bare(Language::Arabic, Status::Suspended);
    insta::assert_snapshot!(page.render().replace(STYLE, "…"));
}

#[test]
fn a_page_that_is_not_found() {
    let page = NotFoundPage { language: Language::French, offered: Language::ALL.to_vec() };
    insta::assert_snapshot!(page.render().replace(STYLE, "…"));
}
