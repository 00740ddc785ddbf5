//! docker-compose.yml against the list of settings.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names that begin with `LP_`.
fn names(text: &str) -> BTreeSet<&str> {
    let word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    text.split(|c| !word(c)).filter(|name| name.starts_with("LP_")).collect()
}

#[test]
fn every_variable_of_the_compose_file_is_a_known_setting() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let compose = fs::read_to_string(root.join("docker-compose.yml")).unwrap();
    let operating = fs::read_to_string(root.join("docs/operating.md")).unwrap();
    let listed: Vec<&str> = operating.lines().filter(|line| line.starts_with("| `LP_")).collect();
    let listed = listed.join("\n");
    let (used, known) = (names(&compose), names(&listed));
    assert!(!used.is_empty() && !known.is_empty());
    let unknown: Vec<_> = used.difference(&known).collect();
    assert!(unknown.is_empty(), "no such settings: {unknown:?}");
}
