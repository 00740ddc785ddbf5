//! Values that would like to be more than text.

use lp_credential_pages::{
    AchievementPage, Alignment, Course, Issuer, Language, Links, Signatory, Status, VerifyPage, WebUrl,
};
use proptest::proptest;

use crate::dom::{outline, parse, select};
use crate::samples::{achievement, full, url};

const VALUES: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</title></style></bdi><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% include \"x\" %}",
    "&lt;b&gt;&amp;&#x22;&quot",
    "javascript:alert(1)",
    "<!-- --> ]]> <![CDATA[ <?php",
    "\u{202e}gpj.exe\u{2066}\u{200f}عربي",
    "O’Brien \"the\" <Great> & Söhne",
    "👩‍🚀🏳️‍🌈é\u{301}\u{1f1fa}",
    "\u{0}\u{8}\u{1b}[31m\u{7f}\u{9f}\u{feff}\u{fffe}\u{10ffff}",
    " \t\n two\r\nlines \u{2028}\u{a0}",
    "%22%3E%3Cscript%3E",
];

/// The page with this in every place for text.
fn everywhere(text: &str, status: Status) -> VerifyPage {
    let some = || Some(text.to_owned());
    let course = |grade| Course { title: text.to_owned(), grade };
    let page = full(Language::English, status);
    VerifyPage {
        learner: some(),
        title: text.to_owned(),
        description: some(),
        issuer: Issuer { name: text.to_owned(), ..page.issuer },
        courses: vec![course(Some(1.0)), course(None)],
        signatories: vec![Signatory {
            name: text.to_owned(),
            title: some(),
            organisation: some(),
            signature: None,
        }],
        credential_id: text.to_owned(),
        alignments: alignments(text),
        ..page
    }
}

fn alignments(text: &str) -> Vec<Alignment> {
    let some = || Some(text.to_owned());
    let name = text.to_owned();
    vec![Alignment { name, url: None, framework: some(), code: some(), description: some() }]
}

/// The page of an achievement with this in every place for text.
fn achieved(text: &str) -> AchievementPage {
    let page = achievement(Language::English);
    AchievementPage {
        title: text.to_owned(),
        description: text.to_owned(),
        issuer: Issuer { name: text.to_owned(), ..page.issuer },
        alignments: alignments(text),
        path: text.to_owned(),
        ..page
    }
}

fn revoked_for(text: &str) -> VerifyPage {
    let at = "2027-01-01T00:00:00Z".parse().unwrap();
    everywhere(text, Status::Revoked { at, reason: Some(text.to_owned()) })
}

/// What is left of a text on a page: the characters that the pages' README says are taken out, by another way than theirs.
fn cleaned(text: &str) -> String {
    let taken = |c: &char| {
        let code = u32::from(*c);
        let control = (code < 0x20 && ![9, 10].contains(&code)) || (0x7f..0xa0).contains(&code);
        let noncharacter = code % 0x10000 >= 0xfffe || (0xfdd0..0xfdf0).contains(&code);
        control || noncharacter || (0x202a..0x202f).contains(&code) || (0x2066..0x206a).contains(&code)
    };
    text.chars().filter(|c| !taken(c)).collect()
}

/// The tree is that of a page with a harmless text, with the other in its place, and nothing else differs.
fn stays_text(page: impl Fn(&str) -> String, text: &str) {
    const HARMLESS: &str = "harmless";
    let text_of_outline = format!("{:?}", cleaned(text));
    let inside = &text_of_outline[1..text_of_outline.len() - 1];
    let expected: Vec<_> =
        outline(&page(HARMLESS)).iter().map(|line| line.replace(HARMLESS, inside)).collect();
    let seen = outline(&page(text));
    for (seen, expected) in seen.iter().zip(&expected) {
        // The form's address has the text in its own encoding, which the tests of `linkedin` read.
        if !seen.contains("href=\"https://www.linkedin.com/profile/add?") {
            assert_eq!(seen, expected);
        }
    }
    assert_eq!(seen.len(), expected.len());
}

#[test]
fn no_value_leaves_its_text() {
    for value in VALUES.into_iter().map(str::to_owned).chain(["W".repeat(300), "\"'<&>".repeat(60)]) {
        all_stay_text(&value);
    }
}

fn all_stay_text(value: &str) {
    stays_text(|text| everywhere(text, Status::Valid).render(), value);
    stays_text(|text| revoked_for(text).render(), value);
    stays_text(|text| achieved(text).render(), value);
}

proptest! {
    #[test]
    fn no_text_at_all_leaves_its_place(value in "(?s)([<>\"'&;/=!-]|[a-z ]{0,6}|.){0,30}") {
        // An empty text is no node of the tree.
        let value = format!("a{value}z");
        all_stay_text(&value);
    }
}

#[test]
fn criteria_bring_nothing_but_formatted_text() {
    for value in VALUES {
        let mut page = full(Language::English, Status::Valid);
        page.criteria = Some(format!(
            "{value}\n\n# {value}\n\n- {value}\n\n[{value}]({value}) ![{value}]({value})\n\n{value}"
        ));
        let html = page.render();
        let page = parse(&html);
        for element in select(&page, ".markdown *") {
            let element = element.value();
            assert!(["p", "h3", "ul", "li", "em", "br", "pre", "code"].contains(&element.name()), "{html}");
            assert_eq!(element.attrs().count(), 0, "{html}");
        }
    }
}

#[test]
fn a_url_stays_in_its_attribute() {
    let everywhere = |to: &WebUrl| {
        let page = full(Language::English, Status::Valid);
        let some = || Some(to.clone());
        VerifyPage {
            criteria_url: some(),
            issuer: Issuer { url: some(), image: some(), ..page.issuer },
            links: Links {
                page: to.clone(),
                json: some(),
                pdf: some(),
                png: some(),
                svg: some(),
                achievement: some(),
                picture: some(),
                status_list: some(),
                did: to.clone(),
            },
            ..page
        }
    };
    let harmless = "https://harmless.example/";
    for part in VALUES {
        let to = url(&format!("https://example.org/{part}?{part}#{part}"));
        let expected: Vec<_> = outline(&everywhere(&url(harmless)).render())
            .iter()
            .map(|line| line.replace(harmless, to.as_str()))
            .filter(|line| !line.contains("linkedin.com"))
            .collect();
        let seen: Vec<_> = outline(&everywhere(&to).render())
            .into_iter()
            .filter(|line| !line.contains("linkedin.com"))
            .collect();
        assert_eq!(seen, expected, "{part:?}");
    }
}
