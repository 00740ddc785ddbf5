//! Pages of an imagined learner.

use lp_credential_pages::{
    AchievementPage, Alignment, Course, Issuer, Language, Links, NotFoundPage, Signatory, Status, VerifyPage,
    WebUrl,
};

/// Each status under a name.
pub(crate) fn statuses() -> [(&'static str, Status); 6] {
    let at = "2027-02-03T09:15:00Z".parse().expect("a date");
    let reason = Some("The exam was taken by somebody else.".to_owned());
    [
        ("valid", Status::Valid),
        ("revoked", Status::Revoked { at, reason }),
        ("suspended", Status::Suspended),
        ("expired", Status::Expired),
        ("not-yet-valid", Status::NotYetValid),
        ("withdrawn", Status::Withdrawn),
    ]
}

/// Where pages and pictures of the samples are.
pub(crate) const HOST: &str = "https://credentials.example.org";

/// Reads a URL that is one.
pub(crate) fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).expect("a URL")
}

const CRITERIA: &str = "Pass **three of four** courses, among them

- *Kafka basics*
- one on [SQL](https://example.org/sql)

with a mean grade of at least 70 %.";

/// A page with everything.
pub(crate) fn full(language: Language, status: Status) -> VerifyPage {
    let at = |path: &str| Some(url(&format!("{HOST}{path}")));
    let credential = "/credentials/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e";
    let course = |title: &str, grade| Course { title: title.to_owned(), grade };
    let signatory = |name: &str, title: &str| Signatory {
        name: name.to_owned(),
        title: Some(title.to_owned()),
        organisation: Some("Example University".to_owned()),
        signature: at("/pictures/signature.svg"),
    };
    VerifyPage {
        language,
        offered: Language::ALL.to_vec(),
        status,
        learner: Some("Alice Lovelace".to_owned()),
        title: "Data Engineering Path".to_owned(),
        description: Some(
            "Bring data from where it arises to where it is used, and see that it arrives.".to_owned(),
        ),
        criteria: Some(CRITERIA.to_owned()),
        criteria_url: Some(url("https://example.org/paths/data-engineering/criteria")),
        issuer: Issuer {
            name: "Example University".to_owned(),
            url: Some(url("https://example.org/")),
            image: at("/pictures/logo.svg"),
        },
        awarded_at: "2026-05-01T12:34:56Z".parse().expect("a date"),
        valid_from: Some("2026-05-01T12:34:56Z".parse().expect("a date")),
        valid_until: Some("2029-05-01T00:00:00Z".parse().expect("a date")),
        grade: Some(0.925),
        hours: Some(120.0),
        courses: vec![
            course("Kafka basics", Some(0.95)),
            course("SQL for analysts", Some(0.9)),
            course("البيانات الضخمة", None),
        ],
        alignments: alignments(),
        signatories: vec![
            signatory("Grace Hopper", "Dean of Computing"),
            signatory("Edsger Dijkstra", "Head of programme"),
        ],
        credential_id: "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e".to_owned(),
        links: Links {
            page: url(&format!("{HOST}{credential}")),
            json: at(&format!("{credential}/credential.json")),
            pdf: at(&format!("{credential}/certificate.pdf")),
            png: at(&format!("{credential}/badge.png")),
            svg: at(&format!("{credential}/badge.svg")),
            achievement: at("/achievements/path-v1:Org+DE+2026+all/revisions/3"),
            picture: at(&format!("{credential}/preview.png")),
            status_list: at("/status/revocation/1"),
            did: url(&format!("{HOST}/.well-known/did.json")),
        },
    }
}

/// One with all that there can be, one with little.
fn alignments() -> Vec<Alignment> {
    vec![
        Alignment {
            name: "Managing data, information and digital content".to_owned(),
            url: Some(url("https://example.org/frameworks/digital/1.3")),
            framework: Some("Digital competences".to_owned()),
            code: Some("1.3".to_owned()),
            description: Some("Keeps data, and finds them again.".to_owned()),
        },
        Alignment {
            name: "Kafka basics".to_owned(),
            url: None,
            framework: None,
            code: None,
            description: None,
        },
    ]
}

/// What the pages are credentials for.
pub(crate) fn achievement(language: Language) -> AchievementPage {
    let page = full(language, Status::Valid);
    AchievementPage {
        language,
        offered: page.offered,
        title: page.title,
        description: page.description.unwrap_or_default(),
        criteria: page.criteria.unwrap_or_default(),
        criteria_url: page.criteria_url,
        picture: Some(url(&format!("{HOST}/pictures/badge.svg"))),
        issuer: page.issuer,
        hours: page.hours,
        alignments: page.alignments,
        path: "path-v1:Org+DE+2026+all".to_owned(),
        revision: 3,
        page: url(&format!("{HOST}/achievements/path-v1:Org+DE+2026+all/revisions/3")),
    }
}

/// The same with nothing that may be left out, and texts as long as they come.
fn long_achievement(language: Language) -> AchievementPage {
    let word = "x".repeat(300);
    AchievementPage {
        offered: vec![language],
        title: "A very long name ".repeat(18),
        description: word.clone(),
        criteria: word.clone(),
        criteria_url: None,
        picture: None,
        issuer: Issuer { name: word.clone(), url: None, image: None },
        hours: None,
        alignments: vec![],
        path: word,
        ..achievement(language)
    }
}

/// A page with nothing that may be left out.
pub(crate) fn bare(language: Language, status: Status) -> VerifyPage {
    let page = full(language, status);
    VerifyPage {
        offered: vec![language],
        learner: None,
        description: None,
        criteria: None,
        criteria_url: None,
        issuer: Issuer { url: None, image: None, ..page.issuer },
        valid_from: None,
        valid_until: None,
        grade: None,
        hours: None,
        courses: vec![],
        alignments: vec![],
        signatories: vec![],
        links: Links {
            json: None,
            pdf: None,
            png: None,
            svg: None,
            achievement: None,
            picture: None,
            status_list: None,
            ..page.links
        },
        ..page
    }
}

/// A page whose texts are as long as they come.
pub(crate) fn long(language: Language) -> VerifyPage {
    let mut page = full(language, Status::Valid);
    let (words, word) = ("A very long name ".repeat(18), "x".repeat(300));
    page.learner = Some(words.clone());
    page.title = words;
    page.issuer.name.clone_from(&word);
    page.credential_id.clone_from(&word);
    page.courses[0].title.clone_from(&word);
    page.signatories[0].name.clone_from(&word);
    page.description = Some(word.clone());
    page.criteria = Some(format!("{word}\n\n    {word}\n"));
    page.links.did = url(&format!("{HOST}/{word}/did.json"));
    page
}

/// All pages, each under the name of its file, without ending.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut pages = vec![];
    for language in Language::ALL {
        let tag = language.tag();
        for (name, status) in statuses() {
            pages.push((format!("{name}.{tag}"), full(language, status).render()));
        }
        pages.push((format!("bare.{tag}"), bare(language, Status::Valid).render()));
        pages.push((format!("long.{tag}"), long(language).render()));
        pages.push((format!("achievement.{tag}"), achievement(language).render()));
        pages.push((format!("long-achievement.{tag}"), long_achievement(language).render()));
        let not_found = NotFoundPage { language, offered: Language::ALL.to_vec() };
        pages.push((format!("not-found.{tag}"), not_found.render()));
    }
    pages
}
