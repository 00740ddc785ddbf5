//! The live Python library, on keys from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::io::{BufRead as _, BufReader, Write as _, stderr};
use std::process::{Command, Stdio};
use std::thread;

use opaque_keys::OpaqueKey;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::agreement::{Answer, Difference, compare};
use crate::generate::Generator;

/// Names a Python interpreter that has what `oracle/requirements.txt` lists.
const PYTHON: &str = "LP_OPAQUE_KEYS_PYTHON";
const KEYS: usize = 20_000;
const SEED: u64 = 0x0a0b_0c0d;

#[test]
fn generated_keys_read_as_in_the_live_python_library() {
    let Some(python) = python() else { return };
    let mut generator = Generator::new(SEED);
    let keys: BTreeSet<String> = (0..KEYS).map(|_| generator.key()).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let answers: Vec<Answer> = ask(&python, &keys);

    let mut met = BTreeMap::<_, usize>::new();
    let mut kinds = BTreeMap::<_, usize>::new();
    let mut wrong = Vec::new();
    for (key, answer) in keys.iter().zip(&answers) {
        match compare(key, answer) {
            Ok(difference) => *met.entry(difference).or_default() += 1,
            Err(why) => wrong.push(format!("{key:?}: {why}")),
        }
        *kinds.entry(answer.key.as_ref().map(|python| python.kind.clone())).or_default() += 1;
    }
    writeln!(stderr(), "{} keys, by kind: {kinds:?}, differences: {met:?}", keys.len()).unwrap();
    let total = wrong.len();
    wrong.truncate(20);
    assert!(total == 0, "{total} keys read otherwise than in Python, among them:\n{}", wrong.join("\n"));
    for difference in Difference::ALL {
        // Which letters are newer depends on the Python.
        let expected = difference != Difference::NewerLetters;
        assert!(!expected || met.contains_key(&Some(difference)), "{difference:?} was never met");
    }
    assert!(kinds.len() >= 15 && kinds.values().all(|count| *count >= 100), "too few keys of a kind");
    assert!(kinds[&None] * 10 > keys.len(), "too few bad keys");
}

#[test]
fn generated_keys_compare_as_in_the_live_python_library() {
    let Some(python) = python() else { return };
    let mut generator = Generator::new(SEED + 1);
    let keys: Vec<String> =
        (0..KEYS).map(|_| generator.key()).filter(|key| OpaqueKey::parse(key).is_ok()).collect();
    let answers: Vec<Answer> = ask(&python, &keys);
    let holds_more = |index: usize| answers[index].key.as_ref().is_some_and(|key| !key.prints_all);

    // Each key with its printed form, with itself in another case, and with the one before it.
    let mut pairs = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let printed = OpaqueKey::parse(key).unwrap().to_string();
        pairs.push((index, [key.clone(), printed]));
        pairs.push((index, [key.clone(), key.replace('X', "x")]));
        pairs.push((index, [key.clone(), keys[index.saturating_sub(1)].clone()]));
    }
    let questions: Vec<_> = pairs.iter().map(|(_, pair)| pair).collect();
    let equal: Vec<Option<bool>> = ask(&python, &questions);
    let mut counts = BTreeMap::<_, usize>::new();
    for ((index, [one, other]), python) in pairs.iter().zip(equal) {
        let (Some(python), Ok(first), Ok(second)) = (python, OpaqueKey::parse(one), OpaqueKey::parse(other))
        else {
            continue;
        };
        let ours = first == second;
        let explained = ours && (holds_more(*index) || holds_more(index.saturating_sub(1)));
        assert!(
            ours == python || explained,
            "{one:?} and {other:?}: equal here: {ours}, in Python: {python}"
        );
        *counts.entry((ours, python)).or_default() += 1;
    }
    writeln!(stderr(), "{} pairs, by (equal here, equal in Python): {counts:?}", pairs.len()).unwrap();
    assert!([(true, true), (false, false), (true, false)].iter().all(|outcome| counts.contains_key(outcome)));
}

/// The interpreter; where there is none, says so past the capture of tests' output.
fn python() -> Option<String> {
    let python = env::var(PYTHON).ok();
    if python.is_none() {
        writeln!(stderr(), "not run: {PYTHON} names no Python interpreter with the opaque-keys library")
            .unwrap();
    }
    python
}

/// Puts the questions to `oracle/answer.py`, one a line.
fn ask<Q: Serialize, A: DeserializeOwned>(python: &str, questions: &[Q]) -> Vec<A> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/answer.py");
    let mut process = Command::new(python)
        .args(["-B", "-X", "utf8", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let lines: Vec<String> =
        questions.iter().map(|question| serde_json::to_string(question).unwrap()).collect();
    // Written beside the reading, so that neither pipe fills up; a script that ended early is told of below.
    let writer = thread::spawn(move || lines.iter().all(|line| writeln!(input, "{line}").is_ok()));
    let output = BufReader::new(process.stdout.take().unwrap());
    let answers: Vec<A> = output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let written = writer.join().unwrap();
    let status = process.wait().unwrap();
    assert!(written && status.success(), "the Python script ended with {status}");
    assert_eq!(answers.len(), questions.len());
    answers
}
