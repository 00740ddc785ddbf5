//! What others' software says of our credentials: `tests/open-badges`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lp_open_badges::{CONTEXTS, bake_png, bake_svg};
use serde_json::{Value, json};

use crate::cases::{self, Answer, Case, compare};
use crate::issuer::{did, public};

/// The directory from the environment; without it the tests only say that they did not run.
#[expect(clippy::print_stderr, reason = "nobody shall take these tests for passed")]
fn from_env(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os(name);
    if path.is_none() {
        eprintln!("not run: {name} is not set");
    }
    path.map(PathBuf::from)
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/open-badges")
}

fn answer(command: &mut Command, asked: &Value) -> Value {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Digital Bazaar's implementation, which finds packages beside the script only.
fn npm_agrees(cases: &[Case]) {
    let Some(modules) = from_env("LP_OPEN_BADGES_NODE_MODULES") else { return };
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(scripts().join("verify.mjs"), dir.path().join("verify.mjs")).unwrap();
    std::os::unix::fs::symlink(modules, dir.path().join("node_modules")).unwrap();
    let answers = answer(Command::new("node").arg(dir.path().join("verify.mjs")), &json!({ "cases": cases }));
    compare(cases, &serde_json::from_value::<Vec<Answer>>(answers).unwrap());
}

fn python(script: &str, asked: &Value) -> Option<Value> {
    let python = from_env("LP_OPEN_BADGES_PYTHON")?;
    let mut command = Command::new(python);
    command.arg(scripts().join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
    Some(answer(&mut command, asked))
}

fn python_agrees(cases: &[Case], schema: &Value) {
    let contexts: serde_json::Map<_, _> =
        CONTEXTS.iter().map(|(url, document)| ((*url).to_owned(), json!(document))).collect();
    let asked = json!({ "contexts": contexts, "schema": schema, "cases": cases });
    let Some(answers) = python("verify.py", &asked) else { return };
    compare(cases, &serde_json::from_value::<Vec<Answer>>(answers).unwrap());
}

fn both_agree(cases: &[Case]) {
    npm_agrees(cases);
    python_agrees(cases, &Value::Null);
}

#[test]
fn others_verify_every_shape() {
    both_agree(&cases::shapes());
}

#[test]
fn others_read_revoked_and_suspended_from_our_lists() {
    both_agree(&cases::statuses());
}

#[test]
fn others_read_no_neighbour_of_a_credentials_bit() {
    both_agree(&cases::neighbours());
}

#[test]
fn others_see_what_is_expired_and_not_valid_yet() {
    both_agree(&cases::dates());
}

#[test]
fn others_believe_the_keys_that_the_issuer_lists() {
    both_agree(&cases::keys());
}

#[test]
fn others_see_every_change() {
    both_agree(&cases::changes());
}

#[test]
fn others_see_what_was_added() {
    npm_agrees(&cases::additions());
}

/// `LP_OPEN_BADGES_SCHEMA` names 1EdTech's schema of `AchievementCredential`, or several with colons between.
#[test]
fn every_shape_fits_the_schema_of_open_badges() {
    let Some(schemas) = from_env("LP_OPEN_BADGES_SCHEMA") else { return };
    for schema in std::env::split_paths(&schemas) {
        let schema = serde_json::from_slice(&std::fs::read(schema).unwrap()).unwrap();
        python_agrees(&cases::shapes_of_open_badges(), &schema);
    }
}

#[test]
fn others_take_our_credentials_out_of_pictures_and_believe_them() {
    let pixel = hex::decode(include_str!("pixel.png.hex").trim()).unwrap();
    let svg = r#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h1"/></svg>"#;
    let baked = |case: &Case| {
        let png = hex::encode(bake_png(&pixel, &case.credential).unwrap());
        json!({ "png": png, "svg": bake_svg(svg, &case.credential).unwrap() })
    };
    let cases = cases::shapes();
    let pictures: Vec<_> = cases.iter().map(baked).collect();
    let asked = json!({ "did": did().document(&public(1), &[]), "pictures": pictures });
    let Some(read) = python("unbake.py", &asked) else { return };
    for (case, read) in cases.iter().zip(read.as_array().unwrap()) {
        let Case { name, credential, .. } = case;
        assert_eq!(*read, json!({ "png": credential, "svg": credential, "error": "" }), "{name}");
    }
}
