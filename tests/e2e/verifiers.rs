//! What others' software says of our credentials: the verifiers of `tests/open-badges`.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use lp_open_badges::CONTEXTS;
use serde_json::{Map, Value, json};

/// The purposes whose bit is set, of a credential that is good; nothing of one that is not.
pub(crate) type Said = Option<Vec<&'static str>>;

/// Fails unless each verifier that is installed says this of each case: `{credential, did, lists, now}`, as `tests/open-badges` has them.
pub(crate) fn agree(cases: &[Value], expected: &[Said]) -> anyhow::Result<()> {
    ensure!(cases.len() == expected.len(), "{} cases, {} expected", cases.len(), expected.len());
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("open-badges");
    if let Some(modules) = installed("LP_OPEN_BADGES_NODE_MODULES") {
        // Node finds packages beside the script only.
        let dir = tempfile::tempdir()?;
        std::fs::copy(scripts.join("verify.mjs"), dir.path().join("verify.mjs"))?;
        std::os::unix::fs::symlink(modules, dir.path().join("node_modules"))?;
        let mut node = Command::new("node");
        compare(node.arg(dir.path().join("verify.mjs")), &json!({ "cases": cases }), expected)?;
    }
    if let Some(python) = installed("LP_OPEN_BADGES_PYTHON") {
        let contexts: Map<String, Value> =
            CONTEXTS.iter().map(|(url, document)| ((*url).to_owned(), json!(document))).collect();
        let asked = json!({ "contexts": contexts, "schema": null, "cases": cases });
        let mut command = Command::new(python);
        command.arg(scripts.join("verify.py")).env("PYTHONDONTWRITEBYTECODE", "1");
        compare(&mut command, &asked, expected)?;
    }
    Ok(())
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = env::var_os(name);
    if path.is_none() {
        println!("a verifier did not run: {name} is not set");
    }
    path.map(PathBuf::from)
}

fn compare(verifier: &mut Command, asked: &Value, expected: &[Said]) -> anyhow::Result<()> {
    let mut child = verifier.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("a pipe")?.write_all(asked.to_string().as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{verifier:?} ended with {}", output.status);
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    ensure!(answers.len() == expected.len(), "{} answers", answers.len());
    for ((answer, expected), case) in
        answers.iter().zip(expected).zip(asked["cases"].as_array().into_iter().flatten())
    {
        let said = match expected {
            Some(set) => answer["verified"] == true && answer["set"] == json!(set),
            None => answer["verified"] == false,
        };
        ensure!(said, "{verifier:?} says {answer}, {expected:?} expected of {}", case["credential"]);
    }
    Ok(())
}
