use lp_certificates::{Certificate, Conformance, DrawError, Fonts, Language, Template};

use crate::support::{BUNDLED_DESIGNS, DESIGNS, both, certificate, courses};

#[test]
fn a_machine_without_fonts_draws_archivable_certificates() {
    for language in [Language::English, Language::Spanish, Language::French] {
        for pdf in both(&certificate("Ευφροσύνη Ярослава Þórsdóttir נעמי", language), &BUNDLED_DESIGNS)
        {
            assert_eq!(pdf.conformance, Conformance::Archive, "{language:?}");
        }
    }
}

#[test]
fn a_character_that_no_font_has_gives_a_plain_pdf() {
    for pdf in both(&certificate("东方朔", Language::English), &BUNDLED_DESIGNS) {
        assert_eq!(pdf.conformance, Conformance::Plain);
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
        let text = String::from_utf8_lossy(&pdf.bytes);
        assert!(!text.contains("pdfaid") && !text.contains("pdfuaid"), "it says that it conforms");
    }
}

#[test]
fn the_same_certificate_gives_the_same_bytes() {
    let certificate = certificate("محمّد 歐陽詢 Ada", Language::Arabic);
    let first = both(&certificate, &DESIGNS);
    assert_eq!(both(&certificate, &DESIGNS), first);
    let [again, _] = &first;
    assert_eq!(Template::certificate(&Fonts::load()).unwrap().pdf(&certificate).unwrap(), *again);
    let later = Certificate { expires: None, ..certificate };
    assert_ne!(both(&later, &DESIGNS), first);
}

#[test]
fn the_least_that_a_certificate_can_have_is_enough() {
    let full = certificate("Ada Lovelace", Language::French);
    let bare = Certificate {
        description: None,
        logo: None,
        expires: None,
        grade: None,
        hours: None,
        courses: Vec::new(),
        signatories: Vec::new(),
        credential: None,
        ..full
    };
    for pdf in both(&bare, &BUNDLED_DESIGNS) {
        assert_eq!(pdf.conformance, Conformance::Archive);
    }
}

#[test]
fn a_hundred_courses_and_ten_signatories_are_drawn() {
    let mut certificate = certificate("Ada Lovelace", Language::English);
    certificate.courses = courses(100);
    certificate.signatories = certificate.signatories.iter().cycle().take(10).cloned().collect();
    for pdf in both(&certificate, &BUNDLED_DESIGNS) {
        assert_eq!(pdf.conformance, Conformance::Archive);
    }
}

#[test]
fn a_verify_url_that_no_qr_code_holds_is_an_error() {
    let mut certificate = certificate("Ada Lovelace", Language::English);
    certificate.verify_url = format!("https://example.org/{}", "a".repeat(3000));
    let drawn = BUNDLED_DESIGNS[0].pdf(&certificate);
    assert!(matches!(drawn, Err(DrawError::Address)));
}

#[test]
fn languages_are_found_by_the_first_part_of_their_tag() {
    for (tag, language) in [
        ("en", Some(Language::English)),
        ("es-419", Some(Language::Spanish)),
        ("FR_ca", Some(Language::French)),
        ("ar-EG", Some(Language::Arabic)),
        ("arn", None),
        ("", None),
    ] {
        assert_eq!(Language::of_tag(tag), language, "{tag}");
    }
}
