//! What veraPDF says.

use std::process::Command;

use lp_certificates::{Certificate, Conformance, Language};
use tempfile::TempDir;

use crate::support::{DESIGNS, NAMES, certificate, courses};

/// Ends with 0 when all files in a directory conform.
fn checks(classpath: &std::ffi::OsStr, flavour: &str, dir: &TempDir) -> (bool, String) {
    let mut files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let checker = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verapdf/Check.java");
    let mut java = Command::new("java");
    let output = java.arg("-cp").arg(classpath).args([checker, flavour]).args(files).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&told).into_owned())
}

fn certificates() -> Vec<Certificate> {
    let mut all: Vec<Certificate> =
        NAMES.iter().map(|(_, name)| certificate(name, Language::English)).collect();
    all.extend(Language::ALL.map(|language| certificate("Ada Lovelace", language)));
    all.push(Certificate { courses: courses(60), ..certificate("Ada Lovelace", Language::Arabic) });
    let bare = certificate("\u{200f}Ada & <b>", Language::French);
    all.push(Certificate {
        logo: None,
        credential: None,
        courses: Vec::new(),
        signatories: Vec::new(),
        ..bare
    });
    all
}

#[test]
fn what_says_that_it_conforms_does() {
    let Some(classpath) = std::env::var_os("LP_VERAPDF_CLASSPATH") else { return };
    let dir = TempDir::new().unwrap();
    let mut written = 0;
    for (at, certificate) in certificates().iter().enumerate() {
        for (design, template) in DESIGNS.iter().enumerate() {
            let pdf = template.pdf(certificate).unwrap();
            if pdf.conformance == Conformance::Archive {
                std::fs::write(dir.path().join(format!("{at}-{design}.pdf")), pdf.bytes).unwrap();
                written += 1;
            }
        }
    }
    assert!(written >= 12, "{written}");
    for flavour in ["3a", "ua1"] {
        let (good, told) = checks(&classpath, flavour, &dir);
        assert!(good, "{flavour}: {told}");
    }
}

#[test]
fn what_says_nothing_is_not_taken_for_an_archive() {
    let Some(classpath) = std::env::var_os("LP_VERAPDF_CLASSPATH") else { return };
    let dir = TempDir::new().unwrap();
    let pdf = DESIGNS[0].pdf(&certificate("Ada \u{378}", Language::English)).unwrap();
    assert_eq!(pdf.conformance, Conformance::Plain);
    std::fs::write(dir.path().join("plain.pdf"), pdf.bytes).unwrap();
    assert!(!checks(&classpath, "3a", &dir).0);
}
