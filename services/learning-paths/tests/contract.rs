//! The documents of our APIs, held against what they have promised: `schemas/http`.

use std::path::Path;
use std::{env, fs};

use lp_http::contract::{breakages, wrong_examples};
use lp_http::examples::with_examples;
use serde_json::Value;
use utoipa::openapi::OpenApi;

fn documents() -> [(&'static str, OpenApi); 4] {
    [
        ("admin", lp_admin_api::openapi()),
        ("credentials", lp_credentials::openapi()),
        ("plugin", lp_plugin_api::openapi()),
        ("query", lp_query_api::openapi()),
    ]
}

/// The same without examples.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| *name != "example");
            Value::Object(kept.map(|(name, value)| (name.clone(), bare(value))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(bare).collect()),
        value => value.clone(),
    }
}

#[test]
fn examples_change_nothing_else() {
    for (name, document) in documents() {
        let plain = serde_json::to_value(&document).unwrap();
        assert_eq!(bare(&with_examples(&document)), bare(&plain), "{name}");
    }
}

#[test]
fn every_value_has_an_example_and_every_example_is_one() {
    for (name, document) in documents() {
        let wrong = wrong_examples(&with_examples(&document));
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

/// `LP_UPDATE_CONTRACT=1` writes down what only adds, `LP_UPDATE_CONTRACT=break` what breaks clients, which is a new version.
#[test]
fn what_was_promised_is_kept_and_what_is_new_is_written_down() {
    let update = env::var("LP_UPDATE_CONTRACT").unwrap_or_default();
    for (name, document) in documents() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemas/http/{name}.v1.json"));
        let now = with_examples(&document);
        let promised: Value =
            serde_json::from_str(&fs::read_to_string(&file).unwrap_or("{}".into())).unwrap();
        let broken = breakages(&promised, &now);
        assert!(broken.is_empty() || update == "break", "{name} breaks its clients:\n{}", broken.join("\n"));
        if update.is_empty() {
            assert!(
                promised == now,
                "{name} has changed, and breaks nobody: run this with LP_UPDATE_CONTRACT=1"
            );
        } else {
            fs::write(file, format!("{now:#}\n")).unwrap();
        }
    }
}
