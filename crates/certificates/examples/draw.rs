//! Draws both designs, the badge and the preview into a folder: `cargo run -p lp-certificates --example draw -- FOLDER`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "an example")]

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use lp_certificates::{Badge, Certificate, Course, Fonts, Language, Picture, Signatory, Template};

const LOGO: &str = include_str!("logo.svg");
const SIGNATURES: [&str; 2] = [include_str!("signature-1.svg"), include_str!("signature-2.svg")];

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder"));
    fs::create_dir_all(&folder).expect("the folder can be made");
    let fonts = Fonts::load();
    let designs = [
        ("certificate", Template::certificate(&fonts).expect("it is tested")),
        ("transcript", Template::transcript(&fonts).expect("it is tested")),
    ];
    let preview = Template::preview(&fonts).expect("it is tested");
    for language in Language::ALL {
        let certificate = certificate(language);
        for (name, design) in &designs {
            let pdf = design.pdf(&certificate).expect("it is drawn");
            println!("{name} in {language:?}: {:?}, {} bytes", pdf.conformance, pdf.bytes.len());
            write(&folder, &format!("{name}-{}.pdf", language.tag()), &pdf.bytes);
        }
        let png = preview.png(&certificate).expect("it is drawn");
        write(&folder, &format!("preview-{}.png", language.tag()), &png);
    }
    let badge = Badge {
        title: "Foundations of Data Engineering".into(),
        organisation: "Northbridge University".into(),
    };
    write(&folder, "badge.png", &badge.png(&fonts).expect("it is drawn"));
    write(&folder, "badge.svg", badge.svg(&fonts).expect("it is drawn").as_bytes());
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("the file can be written");
}

fn certificate(language: Language) -> Certificate {
    let (learner, title, description, organisation) = match language {
        Language::Arabic => (
            "ليلى عبد الرحمن الخطيب",
            "أسس هندسة البيانات (Data Engineering)",
            "مسار من خمسة مقررات في نمذجة البيانات وقواعد البيانات ومعالجة التدفقات.",
            "جامعة الجسر الشمالي",
        ),
        Language::English => (
            "Alexandra Rosalind Whitfield",
            "Foundations of Data Engineering",
            "Five courses on modelling, storing, moving and checking data, with a project that was reviewed by peers.",
            "Northbridge University",
        ),
        Language::Spanish => (
            "María Fernanda Núñez Ibáñez",
            "Fundamentos de ingeniería de datos",
            "Cinco cursos sobre cómo modelar, guardar, mover y comprobar datos, con un proyecto revisado por pares.",
            "Universidad de Puente Norte",
        ),
        Language::French => (
            "Éloïse Bérénice d’Aubigné-Lefèvre",
            "Fondements de l’ingénierie des données",
            "Cinq cours pour modéliser, conserver, déplacer et vérifier des données, avec un projet relu par des pairs.",
            "Université du Pont-Nord",
        ),
    };
    let signatory = |name: &str, title: &str, signature: &str| Signatory {
        name: name.to_owned(),
        title: Some(title.to_owned()),
        organisation: Some(organisation.to_owned()),
        signature: Some(Picture::parse(signature.as_bytes()).expect("it is good")),
    };
    let courses = ["Data modelling", "Relational databases", "Distributed systems", "Stream processing"];
    let courses = courses.iter().cycle().take(if language == Language::French { 45 } else { 9 }).enumerate();
    let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).expect("a date");
    Certificate {
        learner: learner.to_owned(),
        title: title.to_owned(),
        description: Some(description.to_owned()),
        organisation: organisation.to_owned(),
        logo: (language != Language::Spanish).then(|| Picture::parse(LOGO.as_bytes()).expect("it is good")),
        awarded: date(5, 1),
        expires: NaiveDate::from_ymd_opt(2029, 5, 1),
        grade: Some(0.925),
        hours: Some(120.0),
        by_decision: false,
        courses: courses
            .map(|(at, title)| Course {
                title: format!("{title} {}", at + 1),
                completed: (at != 3).then(|| date(1 + u32::try_from(at % 4).unwrap_or(0), 7)),
                grade: (at != 4).then(|| 0.97 - f64::from(u8::try_from(at).unwrap_or(0)) * 0.013),
            })
            .collect(),
        signatories: vec![
            signatory("Prof. Helen Marchetti", "Dean of Engineering", SIGNATURES[0]),
            signatory("Dr. Samuel Okafor", "Registrar", SIGNATURES[1]),
        ],
        verify_url: "https://credentials.example.org/verify/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e".to_owned(),
        credential_id: "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e".to_owned(),
        language,
        credential: Some(br#"{"type":["VerifiableCredential","OpenBadgeCredential"]}"#.to_vec()),
    }
}
