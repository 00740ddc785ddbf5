//! Each key that we write is defined by a context, or it would be no part of what is signed.

use std::collections::BTreeSet;

use lp_open_badges::{CONTEXTS, StatusPurpose, sign};
use serde_json::{Map, Value};

use crate::issuer::{at, signer};
use crate::shapes;

/// The terms that a context defines, for objects of these types.
fn terms(contexts: &[&Map<String, Value>], types: &[&str]) -> BTreeSet<String> {
    let scoped = contexts.iter().flat_map(|context| {
        let definitions = types.iter().filter_map(|kind| context.get(*kind));
        definitions.filter_map(|definition| definition.get("@context")?.as_object())
    });
    contexts.iter().copied().chain(scoped).flat_map(|context| context.keys().cloned()).collect()
}

/// All keys below that no context defines, each with its path.
fn undefined(contexts: &[&Map<String, Value>], value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| undefined(contexts, value, path, found)),
        Value::Object(object) => {
            let types: Vec<_> = match object.get("type") {
                Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
                kind => kind.and_then(Value::as_str).into_iter().collect(),
            };
            let global = terms(contexts, &[]);
            let terms = terms(contexts, &types);
            let types = types.iter().filter(|kind| !global.contains(**kind));
            found.extend(types.map(|kind| format!("{path}: type {kind}")));
            for (key, value) in object {
                if key != "@context" && !terms.contains(key) {
                    found.push(format!("{path}/{key}"));
                }
                undefined(contexts, value, &format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

fn undefined_of(json: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(json).unwrap();
    let named = document["@context"].as_array().unwrap();
    let parsed: Vec<Value> = CONTEXTS
        .iter()
        .filter(|(url, _)| named.iter().any(|name| name == url))
        .map(|(_, json)| serde_json::from_str(json).unwrap())
        .collect();
    assert_eq!(parsed.len(), named.len());
    let contexts: Vec<_> = parsed.iter().map(|context| context["@context"].as_object().unwrap()).collect();
    let mut found = vec![];
    undefined(&contexts, &document, "", &mut found);
    found
}

#[test]
fn every_key_that_we_write_is_a_term() {
    let created = at("2026-05-01T12:35:00Z");
    let credential = sign(shapes::most(), &signer(1), created).unwrap();
    let list = sign(shapes::list(StatusPurpose::Revocation, &[1]), &signer(1), created).unwrap();
    for json in [credential, list] {
        assert_eq!(undefined_of(&json), Vec::<String>::new());
    }
}

#[test]
fn a_key_that_is_no_term_is_found() {
    let mut credential = serde_json::to_value(shapes::most()).unwrap();
    credential["credentialSubject"]["nickname"] = "Ada".into();
    credential["evidence"][0]["type"] = "Proof1".into();
    assert_eq!(
        undefined_of(&credential.to_string()),
        ["/credentialSubject/nickname", "/evidence: type Proof1"]
    );
}
