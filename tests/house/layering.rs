//! Dependencies point down: docs/decisions/0007-layers.md.

use std::collections::BTreeMap;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// The rows, lowest first; a crate depends only on rows before its own.
const ROWS: [&[&str]; 7] = [
    &["opaque-keys", "lp-postgres", "lp-open-badges", "lp-credential-pages", "lp-certificates"],
    &["lp-domain"],
    &["lp-audit", "lp-events", "lp-inbox", "lp-outbox"],
    &[
        "lp-kafka",
        "lp-http",
        "lp-schema-registry",
        "lp-lms-client",
        "lp-progress-store",
        "lp-credentials-store",
        "lp-devstack",
    ],
    &["lp-runtime"],
    &["lp-progress-consumer", "lp-query-api", "lp-credentials", "lp-admin-api", "lp-plugin-api"],
    &["learning-paths", "lp-tests", "lp-benches", "xtask"],
];

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".into()])
        .exec()
        .unwrap()
}

fn rows() -> BTreeMap<&'static str, usize> {
    ROWS.iter().enumerate().flat_map(|(row, names)| names.iter().map(move |name| (*name, row))).collect()
}

#[test]
fn a_crate_depends_only_on_rows_below_its_own() {
    let (metadata, rows) = (metadata(), rows());
    let mut wrong = vec![];
    for package in metadata.workspace_packages() {
        let Some(own) = rows.get(package.name.as_str()) else {
            wrong.push(format!("{} is in no row", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dep| dep.kind == DependencyKind::Normal) {
            if rows.get(dependency.name.as_str()).is_some_and(|row| row >= own) {
                wrong.push(format!("{} may not depend on {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_binary_and_tools_use_the_embedded_parts() {
    let metadata = metadata();
    let users: Vec<_> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| {
            package
                .dependencies
                .iter()
                .any(|dep| dep.kind == DependencyKind::Normal && dep.name == "lp-devstack")
        })
        .map(|package| package.name.to_string())
        .filter(|name| !ROWS[ROWS.len() - 1].contains(&name.as_str()))
        .collect();
    assert!(users.is_empty(), "{users:?}");
}

#[test]
fn every_crate_is_in_the_decision_record() {
    let record = std::fs::read_to_string(root().join("docs/decisions/0007-layers.md")).unwrap();
    for name in ROWS.iter().flat_map(|names| names.iter()) {
        let short = name.strip_prefix("lp-").unwrap_or(name);
        assert!(record.contains(&format!("`{short}`")), "{name} is missing there");
    }
}
