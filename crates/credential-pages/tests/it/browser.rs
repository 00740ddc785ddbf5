//! Pages in a real browser, looked at by axe: `tests/pages`.
//!
//! Only where `LP_CHROMIUM` names a Chromium and `LP_PAGES_NODE_MODULES` the packages. With `LP_PAGES_PICTURES` naming a directory, its
//! pictures are taken there.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lp_credential_pages::CONTENT_SECURITY_POLICY;
use serde_json::{Value, json};

use crate::samples;

/// The path from the environment; without it the test only says that it did not run.
fn from_env(name: &str) -> Option<PathBuf> {
    let path = env::var_os(name);
    if path.is_none() {
        eprintln!("not run: {name} is not set");
    }
    path.map(PathBuf::from)
}

/// What is wrong with pages, in sentences.
fn audit(chromium: &Path, modules: &Path, pages: &[(String, String)]) -> Vec<String> {
    let pages: Vec<_> = pages.iter().map(|(name, html)| json!({ "name": name, "html": html })).collect();
    let asked = json!({
        "chromium": chromium,
        "policy": CONTENT_SECURITY_POLICY,
        "host": samples::HOST,
        "pages": pages,
        "pictures": env::var("LP_PAGES_PICTURES").map_or(Value::Null, |directory| {
            json!({ "directory": directory, "names": ["valid.en.desktop", "valid.en.phone", "revoked.ar.phone"] })
        }),
    });
    // Node looks for packages beside a script only.
    let dir = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/pages/audit.mjs");
    std::fs::copy(script, dir.path().join("audit.mjs")).unwrap();
    std::os::unix::fs::symlink(modules, dir.path().join("node_modules")).unwrap();
    let mut child = Command::new("node")
        .arg(dir.path().join("audit.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_page_is_fit_to_read_on_phone_and_desk_in_light_and_dark() {
    let (Some(chromium), Some(modules)) = (from_env("LP_CHROMIUM"), from_env("LP_PAGES_NODE_MODULES")) else {
        return;
    };
    let wrong = audit(&chromium, &modules, &samples::all());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // And it does see what is wrong.
    let faulty = "<!doctype html><html><title>x</title><p style=\"color: #eee\">pale</p><img src=\"https://elsewhere.example/x\">\
                  <script>alert(1)</script><div style=\"width: 2000px\">wide</div>";
    let wrong = audit(&chromium, &modules, &[("faulty".to_owned(), faulty.to_owned())]).join("\n");
    for seen in [
        "html-has-lang (serious)",
        "image-alt (critical)",
        "asks for https://elsewhere",
        "inline style",
        "inline script",
        "has no style",
    ] {
        assert!(wrong.contains(seen), "{seen}: {wrong}");
    }
}
