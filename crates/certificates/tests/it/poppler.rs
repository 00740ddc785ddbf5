//! What Poppler's tools find; they need the Debian packages that the README names, fonts included.

use std::process::Command;

use lp_certificates::{Language, Pdf};
use tempfile::TempDir;

use crate::support::{BUNDLED_DESIGNS, CREDENTIAL, DESIGNS, FONTS, NAMES, VERIFY_URL, certificate, courses};

fn is_there() -> bool {
    std::env::var_os("LP_POPPLER").is_some()
}

/// What a tool prints of a PDF; `FILE` stands for it.
fn ask(pdf: &Pdf, tool: &str, arguments: &[&str]) -> String {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("a.pdf");
    std::fs::write(&file, &pdf.bytes).unwrap();
    let arguments = arguments.iter().map(|one| if *one == "FILE" { file.to_str().unwrap() } else { one });
    let output = Command::new(tool).args(arguments).output().unwrap();
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a PDF, without marks of direction.
fn text(pdf: &Pdf) -> String {
    let text = ask(pdf, "pdftotext", &["FILE", "-"]);
    let is_mark =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let text: String = text.chars().filter(|c| !is_mark(*c)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn names_of_all_scripts_are_in_the_text() {
    if !is_there() {
        return;
    }
    // Poppler puts some letters of several glyphs, and the marks of Arabic, apart from their words, and words of a line whose
    // directions mix in the order in which they stand.
    let letters = |text: &str| text.replace(['\u{651}', ' '], "");
    for (script, name) in NAMES {
        assert!(name.chars().all(|character| FONTS.has(character)), "no font for {script}");
        let text = text(&DESIGNS[0].pdf(&certificate(name, Language::English)).unwrap());
        let all = letters(&text);
        assert!(name.split(' ').all(|word| all.contains(&letters(word))), "{script}: {text}");
    }
}

#[test]
fn all_values_are_in_both_designs() {
    if !is_there() {
        return;
    }
    let certificate = certificate("O'Neil & <Sons> {{ title }}", Language::Spanish);
    for (design, heading) in DESIGNS.iter().zip(["CERTIFICADO", "EXPEDIENTE ACADÉMICO"]) {
        let text = text(&design.pdf(&certificate).unwrap());
        for value in [
            heading,
            "O'Neil & <Sons> {{ title }}",
            "Foundations of Data Engineering",
            "Northbridge University",
            "1 de mayo de 2026",
            "30 de noviembre de 2026",
            "92,5 %",
            "37,5",
            "Helen Marchetti",
            "Samuel Okafor",
            VERIFY_URL,
            "urn:uuid:6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e",
        ] {
            assert!(text.contains(value), "{value}: {text}");
        }
    }
}

#[test]
fn a_long_name_is_there_to_its_end() {
    if !is_there() {
        return;
    }
    let name = (1..=60).map(|number| format!("N{number:03}")).collect::<Vec<_>>().join(" ");
    assert_eq!(name.len(), 299);
    for design in &*DESIGNS {
        let text = text(&design.pdf(&certificate(&name, Language::English)).unwrap());
        assert!(text.contains(&name), "{text}");
    }
}

#[test]
fn parts_are_tagged_in_the_order_in_which_they_are_read() {
    if !is_there() {
        return;
    }
    let pdf = DESIGNS[0].pdf(&certificate("Ada Lovelace", Language::English)).unwrap();
    let told = ask(&pdf, "pdfinfo", &["-struct-text", "FILE"]);
    let mut rest = &told[..];
    for expected in [
        "Document",
        "Figure",
        "\"Northbridge University\"",
        "H1",
        "\"CERTIFICATE\"",
        "\"Ada Lovelace\"",
        "\"Foundations of Data Engineering\"",
        "\"Awarded\"",
        "\"1 May 2026\"",
        "\"Helen Marchetti\"",
        "Link",
        VERIFY_URL,
        "Object",
    ] {
        let at = rest.find(expected).unwrap_or_else(|| panic!("no {expected} in its place: {told}"));
        rest = &rest[at + expected.len()..];
    }
}

#[test]
fn a_transcript_is_one_table_over_all_its_pages() {
    if !is_there() {
        return;
    }
    let mut certificate = certificate("Ada Lovelace", Language::English);
    certificate.courses = courses(60);
    let pdf = DESIGNS[1].pdf(&certificate).unwrap();
    assert!(ask(&pdf, "pdfinfo", &["FILE"]).contains("Pages:           3"));
    let told = ask(&pdf, "pdfinfo", &["-struct-text", "FILE"]);
    let count = |line: &str| told.lines().filter(|told| told.trim().trim_end_matches(':') == line).count();
    assert_eq!(told.lines().filter(|line| line.trim().starts_with("Table")).count(), 1);
    assert_eq!((count("TR"), count("TH"), count("TD")), (61, 3, 180));
    assert!(told.contains("\"Course 60\"") && text(&pdf).contains("Page 3 / 3"));
}

#[test]
fn it_says_what_it_is() {
    if !is_there() {
        return;
    }
    let pdf = DESIGNS[0].pdf(&certificate("Ada Lovelace", Language::English)).unwrap();
    let told = ask(&pdf, "pdfinfo", &["FILE"]);
    for line in [
        "Title:           Foundations of Data Engineering – Ada Lovelace",
        "Author:          Northbridge University",
        "Tagged:          yes",
        "JavaScript:      no",
        "Pages:           1",
        "Encrypted:       no",
        "Page size:       842 x 595 pts (A4)",
        "CreationDate:    Fri May  1",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn the_credential_comes_out_as_it_went_in() {
    if !is_there() {
        return;
    }
    let pdf = DESIGNS[0].pdf(&certificate("Ada Lovelace", Language::English)).unwrap();
    assert!(ask(&pdf, "pdfdetach", &["-list", "FILE"]).contains("1: credential.json"));
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out.json");
    ask(&pdf, "pdfdetach", &["-save", "1", "-o", out.to_str().unwrap(), "FILE"]);
    assert_eq!(std::fs::read(out).unwrap(), CREDENTIAL);
}

#[test]
fn all_fonts_are_embedded_as_subsets() {
    if !is_there() {
        return;
    }
    let all = NAMES.map(|(_, name)| name).join(" ");
    for designs in [&*DESIGNS, &*BUNDLED_DESIGNS] {
        let pdf = designs[0].pdf(&certificate(&all, Language::English)).unwrap();
        let told = ask(&pdf, "pdffonts", &["FILE"]);
        let lines: Vec<&str> = told.lines().skip(2).collect();
        assert!(lines.len() >= 3, "{told}");
        assert!(lines.iter().all(|line| line.contains(" yes yes yes ")), "{told}");
        assert!(pdf.bytes.len() < 300_000, "{} bytes", pdf.bytes.len());
    }
}
