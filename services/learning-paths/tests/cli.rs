//! The binary as people run it.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

/// The binary with exactly these settings.
fn command(settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_learning-paths"));
    command.args(arguments).env_clear().envs(settings.iter().copied()).stdin(Stdio::null());
    command
}

fn run(settings: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    answer(command(settings, arguments).output().unwrap())
}

fn answer(Output { status, stdout, stderr }: Output) -> (Option<i32>, String, String) {
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Nothing listens there.
const NOWHERE: &[(&str, &str)] = &[
    ("LP_DATABASE_URL", "postgres://canary:canary-secret@127.0.0.1:9/progress"),
    ("LP_CREDENTIALS_DATABASE_URL", "postgres://canary:canary-secret@127.0.0.1:9/credentials"),
    ("LP_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9"),
    ("LP_SCHEMA_REGISTRY_URL", "http://127.0.0.1:9"),
];

#[test]
fn wrong_settings_are_told_all_at_once_and_nothing_starts() {
    let settings = [
        ("LP_KAFKA_BOOTSTRAP_SERVERS", "kafka"),
        ("LP_QUERY_LISTEN", "0.0.0.0:0"),
        ("LP_BATCH_MAX_MESSAGES", "none"),
    ];
    let (code, _, errors) = run(&settings, &["serve", "all"]);
    assert_eq!(code, Some(2), "{errors}");
    for name in [
        "LP_DATABASE_URL is not set",
        "LP_CREDENTIALS_DATABASE_URL is not set",
        "LP_SCHEMA_REGISTRY_URL is not set",
        "LP_KAFKA_BOOTSTRAP_SERVERS is \"kafka\"",
        "LP_QUERY_LISTEN is 0.0.0.0:0",
        "LP_BATCH_MAX_MESSAGES is \"none\"",
    ] {
        assert!(errors.contains(name), "{name} is missing in\n{errors}");
    }
}

#[test]
fn a_file_gives_settings_and_its_unknown_keys_are_refused() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "databse_url = \"postgres://h/d\"\nbatch_max_messages = 0").unwrap();
    let path = file.path().to_str().unwrap();
    let (code, _, errors) = run(&[("LP_CONFIG_FILE", path)], &["rebuild"]);
    assert_eq!(code, Some(2), "{errors}");
    assert!(
        errors.contains("databse_url, which is no setting") && errors.contains("LP_BATCH_MAX_MESSAGES is"),
        "{errors}"
    );
    let (code, _, errors) = run(&[("LP_CONFIG_FILE", "/does/not/exist.toml")], &["rebuild"]);
    assert_eq!(code, Some(2));
    assert!(errors.contains("/does/not/exist.toml"), "{errors}");
}

#[test]
fn the_doctor_says_what_to_do_about_each_failure() {
    let (code, report, _) = run(NOWHERE, &["doctor"]);
    assert_eq!(code, Some(1));
    for heading in ["Configuration", "Progress database", "Credentials database", "Kafka", "Schema registry"]
    {
        assert!(report.contains(&format!("{heading}\n")), "{heading} is missing in\n{report}");
    }
    assert_eq!(report.matches("FAIL").count(), 4, "{report}");
    assert_eq!(report.matches("→").count(), 4, "{report}");
    assert!(!report.contains("canary-secret"), "{report}");
    let (code, report, _) = run(&[("LP_KAFKA_TOPIC", "x")], &["doctor"]);
    assert_eq!(code, Some(1));
    assert!(report.contains("LP_KAFKA_TOPIC is set, but is no setting"), "{report}");
    assert!(report.contains("set LP_DATABASE_URL"), "{report}");
}

#[test]
fn a_wrong_import_file_is_refused_before_anything_is_asked_of_a_database() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(
        file,
        "paths: [{{organisation: O, number: N, titel: T}}]\nenrolments: [{{run: x, learners: [0]}}]"
    )
    .unwrap();
    let (code, _, errors) = run(NOWHERE, &["import", file.path().to_str().unwrap()]);
    assert_eq!(code, Some(2), "{errors}");
    for pointer in ["/paths/0:", "/enrolments/0/run:", "/enrolments/0/learners/0:"] {
        assert!(errors.contains(pointer), "{pointer} is missing in\n{errors}");
    }
}

#[test]
fn every_api_prints_its_document() {
    for api in ["query", "credentials"] {
        let (code, document, errors) = run(&[], &["openapi", api]);
        assert_eq!(code, Some(0), "{errors}");
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    }
}
