//! Certificates that every template is tried with.

use chrono::NaiveDate;

use crate::{Certificate, Course, Language, Picture, Signatory};

/// With everything and with nothing, from left to right and from right to left. Their letters are in the fonts that we bring.
pub(crate) fn all() -> [Certificate; 4] {
    [full(Language::English), bare(Language::English), full(Language::Arabic), bare(Language::Arabic)]
}

fn full(language: Language) -> Certificate {
    let picture = Picture::parse(PICTURE.as_bytes()).ok();
    let course =
        Course { title: "Course".to_owned(), completed: Some(NaiveDate::default()), grade: Some(0.9) };
    let signatory = Signatory {
        name: "Signatory".to_owned(),
        title: Some("Title".to_owned()),
        organisation: Some("Organisation".to_owned()),
        signature: picture.clone(),
    };
    Certificate {
        description: Some("Description".to_owned()),
        logo: picture,
        expires: Some(NaiveDate::default()),
        grade: Some(0.925),
        hours: Some(40.0),
        courses: vec![course],
        signatories: vec![signatory; 3],
        credential: Some(b"{}".to_vec()),
        ..bare(language)
    }
}

fn bare(language: Language) -> Certificate {
    Certificate {
        learner: "Learner".to_owned(),
        title: "Title".to_owned(),
        description: None,
        organisation: "Organisation".to_owned(),
        logo: None,
        awarded: NaiveDate::default(),
        expires: None,
        grade: None,
        hours: None,
        by_decision: false,
        courses: Vec::new(),
        signatories: Vec::new(),
        verify_url: "https://example.org/".to_owned(),
        credential_id: "urn:uuid:0".to_owned(),
        language,
        credential: None,
    }
}

const PICTURE: &str =
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect width='9' height='9'/></svg>";
