//! The way into a profile at LinkedIn.

use lp_credential_pages::{Language, Status, VerifyPage};
use url::Url;

use crate::dom::{attribute, parse, select, text};
use crate::samples::{full, statuses};

fn asked(page: &VerifyPage) -> Vec<(String, String)> {
    let html = page.render();
    let url = Url::parse(attribute(&parse(&html), ".linkedin a", "href").unwrap()).unwrap();
    assert_eq!(url.origin().ascii_serialization() + url.path(), "https://www.linkedin.com/profile/add");
    url.query_pairs().into_owned().collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_form_is_filled_in() {
    let mut page = full(Language::English, Status::Valid);
    page.title = "C++ & <Rust> = 100% ✓".to_owned();
    let expected = [
        ("startTask", "CERTIFICATION_NAME"),
        ("name", "C++ & <Rust> = 100% ✓"),
        ("organizationName", "Example University"),
        ("issueYear", "2026"),
        ("issueMonth", "5"),
        ("expirationYear", "2029"),
        ("expirationMonth", "5"),
        ("certUrl", page.links.page.as_str()),
        ("certId", "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e"),
    ];
    assert_eq!(asked(&page), pairs(&expected));
}

#[test]
fn what_does_not_expire_has_no_date_for_it() {
    let mut page = full(Language::English, Status::Valid);
    page.valid_until = None;
    assert!(asked(&page).iter().all(|(name, _)| !name.starts_with("expiration")));
    assert!(!page.render().contains("Expiration date"));
}

#[test]
fn the_same_values_are_there_to_be_copied() {
    let html = full(Language::Spanish, Status::Valid).render();
    let page = parse(&html);
    let shown: Vec<_> = select(&page, ".linkedin dd").into_iter().map(text).collect();
    let expected = [
        "Data Engineering Path",
        "Example University",
        "mayo de 2026",
        "mayo de 2029",
        "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e",
        "https://credentials.example.org/credentials/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn only_what_is_valid_is_offered_for_a_profile() {
    for (name, status) in statuses() {
        let offered = full(Language::English, status).render().contains("linkedin.com");
        assert_eq!(offered, name == "valid", "{name}");
    }
}
