//! Draws certificates for some time: `cargo run --release -p lp-certificates --example measure [-- ROUNDS]`.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "an example")]

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use lp_certificates::{Certificate, Course, Fonts, Language, Template};

const NAMES: [&str; 4] = [
    "Alexandra Rosalind Whitfield",
    "Ευφροσύνη Παπαδοπούλου",
    "ليلى عبد الرحمن الخطيب",
    "歐陽詢 श्रीकृष्ण نعيم",
];

fn main() {
    let rounds = std::env::args().nth(1).map_or(200, |number| number.parse().expect("a number"));
    let begun = Instant::now();
    let fonts = Fonts::load();
    println!("{fonts:?}: {:.1} ms", ms(begun.elapsed()));
    for (name, design) in
        [("certificate", Template::certificate(&fonts)), ("transcript", Template::transcript(&fonts))]
    {
        let design = design.expect("it is tested");
        for learner in NAMES {
            let certificate = certificate(learner);
            let mut times: Vec<Duration> = (0..rounds)
                .map(|_| {
                    let begun = Instant::now();
                    design.pdf(&certificate).expect("it is drawn");
                    begun.elapsed()
                })
                .collect();
            let first = times[0];
            times.sort();
            println!(
                "{name}, {learner}: first {:.1}, median {:.1}, p99 {:.1} ms",
                ms(first),
                ms(times[times.len() / 2]),
                ms(times[times.len() * 99 / 100])
            );
        }
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("Rss"));
    memory.for_each(|line| println!("{line}"));
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn certificate(learner: &str) -> Certificate {
    let course = Course {
        title: "Relational databases".into(),
        completed: NaiveDate::from_ymd_opt(2026, 2, 3),
        grade: Some(0.9),
    };
    Certificate {
        learner: learner.into(),
        title: "Foundations of Data Engineering".into(),
        description: Some("Five courses on modelling, storing, moving and checking data.".into()),
        organisation: "Northbridge University".into(),
        logo: None,
        awarded: NaiveDate::from_ymd_opt(2026, 5, 1).expect("a date"),
        expires: None,
        grade: Some(0.925),
        hours: Some(120.0),
        by_decision: false,
        courses: vec![course; 5],
        signatories: Vec::new(),
        verify_url: "https://credentials.example.org/verify/6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e".into(),
        credential_id: "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e".into(),
        language: Language::English,
        credential: Some(vec![b' '; 4600]),
    }
}
