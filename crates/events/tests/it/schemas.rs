//! The files of `schemas/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lp_events::{WriterSchema, event_type, schema_text};

use crate::support::messages;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Event type and text of each file of a folder, without the end of line.
fn files(folder: &str) -> Vec<(String, String)> {
    fs::read_dir(root().join("schemas").join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let text = text
                .strip_suffix('\n')
                .unwrap_or_else(|| panic!("{} ends without an end of line", path.display()));
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), text.to_owned())
        })
        .collect()
}

#[test]
fn every_known_event_type_has_its_file() {
    let (consumed, produced) = (files("consumed"), files("produced"));
    let there: BTreeSet<&str> = consumed.iter().chain(&produced).map(|(name, _)| name.as_str()).collect();
    let written = [
        event_type::PATH_ENROLLMENT_CREATED,
        event_type::PATH_ENROLLMENT_CHANGED,
        event_type::PATH_TIME_STATUS_CHANGED,
    ];
    assert_eq!(there, event_type::ALL.iter().copied().chain(written).collect());
    assert_eq!(produced.len(), 9);
}

#[test]
fn files_are_named_by_the_event_type_of_their_schema() {
    for (name, text) in files("consumed").into_iter().chain(files("produced")) {
        assert_eq!(WriterSchema::parse(&text).unwrap().event_type(), name);
    }
}

#[test]
fn consumed_schemas_are_those_of_the_captured_producer() {
    let mut compared = 0;
    for (name, text) in files("consumed") {
        for message in messages().iter().filter(|message| message.envelope().event_type == name) {
            assert_eq!(message.schema, text, "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, messages().len() - 1, "all but the one of a type that is skipped");
}

#[test]
fn produced_schemas_are_those_that_are_emitted() {
    for (name, text) in files("produced") {
        assert_eq!(schema_text(&name), Some(text.as_str()));
    }
    assert_eq!(schema_text(event_type::CERTIFICATE_CREATED), None);
}

#[test]
fn produced_schemas_hold_nothing_that_open_edx_cannot_read() {
    for (name, text) in files("produced") {
        assert!(!text.contains("logicalType") && !text.contains("\"enum\""), "{name}");
        let array_of_records = text.contains(r#""items": {"#);
        assert!(!array_of_records, "{name}");
        for default in text.match_indices("\"default\": ") {
            assert!(text[default.0..].starts_with("\"default\": null"), "{name}");
        }
    }
}

#[test]
fn produced_schemas_are_those_that_open_edx_generated_from_our_classes() {
    let path = root().join("integrations/openedx/tests/generated_schemas.json");
    assert_eq!(by_event_type(&fs::read(path).unwrap()), files("produced").into_iter().collect());
}

/// Only where `LP_OPENEDX_PYTHON` names a Python with openedx-events; else the committed copy above stands for it.
#[test]
fn produced_schemas_are_those_that_open_edx_generates_from_our_classes() {
    let Ok(python) = std::env::var("LP_OPENEDX_PYTHON") else { return };
    let output = Command::new(python)
        .args(["-m", "openedx_learning_paths_events.schemas"])
        .env("PYTHONPATH", root().join("integrations/openedx/src"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(by_event_type(&output.stdout), files("produced").into_iter().collect());
}

fn by_event_type(json: &[u8]) -> BTreeMap<String, String> {
    serde_json::from_slice(json).unwrap()
}
