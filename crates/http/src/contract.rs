//! What an API has promised: its OpenAPI document as it was, held against the document as it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::examples;

/// Which way values go: what a client sends may be taken more widely, what it is answered may be answered more narrowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Sent,
    Answered,
}

/// What a client that goes by `old` would trip over with `new`, one sentence each; nothing where there are only additions.
#[must_use]
pub fn breakages(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Found { old, new, seen: BTreeSet::new(), sentences: Vec::new() };
    let (olds, news) = (operations(old), operations(new));
    for (name, before) in olds {
        match news.get(&name) {
            Some(after) => found.operation(&name, before, after),
            None => found.say(&name, "is gone"),
        }
    }
    found.sentences
}

/// Values in the document without an example, and examples that are none of their schema.
///
/// # Panics
/// When a schema of the document is none.
#[must_use]
pub fn wrong_examples(document: &Value) -> Vec<String> {
    let mut schemas: Vec<(String, Value)> = Vec::new();
    for (name, schema) in object(&document["components"]["schemas"]) {
        schemas.push((name.clone(), schema.clone()));
    }
    let mut wrong = Vec::new();
    for (operation, value) in operations(document) {
        for parameter in array(&value["parameters"]) {
            let mut schema = parameter["schema"].clone();
            if let (Some(example), Some(fields)) = (parameter.get("example"), schema.as_object_mut()) {
                fields.insert("example".into(), example.clone());
            }
            schemas.push((format!("{operation}: {}", parameter["name"]), schema));
        }
        let answers = object(&value["responses"]).map(|(_, answer)| answer);
        for body in answers.chain([&value["requestBody"]]).flat_map(|of| object(&of["content"])) {
            let mut schema = body.1["schema"].clone();
            if let (Some(example), Some(fields)) = (body.1.get("example"), schema.as_object_mut()) {
                fields.insert("example".into(), example.clone());
            }
            schemas.push((format!("{operation}: {}", body.0), schema));
        }
    }
    for (name, mut schema) in schemas {
        look_at(document, &name, &name, &mut schema, &mut wrong);
    }
    wrong
}

fn look_at(document: &Value, place: &str, name: &str, schema: &mut Value, wrong: &mut Vec<String>) {
    let several = schema["examples"].as_array().into_iter().flatten();
    let shown: Vec<Value> = schema.get("example").into_iter().chain(several).cloned().collect();
    if !shown.is_empty() {
        let mut whole = schema.clone();
        whole["components"] = document["components"].clone();
        let validator = jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("{place}: {error}"));
        for example in &shown {
            wrong.extend(validator.iter_errors(example).map(|error| format!("{place}: {example}: {error}")));
        }
        return;
    }
    let untold = schema.is_object() && !examples::is_told(schema);
    let parts = examples::parts(name, schema);
    if parts.is_empty() && untold {
        wrong.push(format!("{place}: no example"));
    }
    for (name, part) in parts {
        look_at(document, &format!("{place}/{name}"), name, part, wrong);
    }
}

struct Found<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Pairs of named schemas that were compared, or are being compared.
    seen: BTreeSet<(String, String, Way)>,
    sentences: Vec<String>,
}

impl<'a> Found<'a> {
    fn say(&mut self, place: &str, what: &str) {
        self.sentences.push(format!("{place}: {what}"));
    }

    fn operation(&mut self, name: &str, old: &'a Value, new: &'a Value) {
        let key = |parameter: &Value| format!("{} {}", parameter["in"], parameter["name"]).replace('"', "");
        let named = |of: &'a Value| -> BTreeMap<String, &'a Value> {
            array(&of["parameters"]).map(|parameter| (key(parameter), parameter)).collect()
        };
        let (olds, news) = (named(old), named(new));
        for (key, before) in &olds {
            let place = format!("{name} {key}");
            match news.get(key) {
                Some(after) => self.schema(&place, &before["schema"], &after["schema"], Way::Sent),
                None => self.say(&place, "is no longer taken"),
            }
        }
        for (key, after) in &news {
            let was_required = olds.get(key).is_some_and(|before| before["required"] == true);
            if after["required"] == true && !was_required {
                self.say(&format!("{name} {key}"), "must be sent now");
            }
        }
        let (before, after) = (&old["requestBody"], &new["requestBody"]);
        if after["required"] == true && before["required"] != true {
            self.say(&format!("{name} body"), "must be sent now");
        }
        self.content(&format!("{name} body"), &before["content"], &after["content"], Way::Sent);
        for (status, before) in object(&old["responses"]) {
            let place = format!("{name} {status}");
            match new["responses"].get(status) {
                Some(after) => self.content(&place, &before["content"], &after["content"], Way::Answered),
                None => self.say(&place, "is no longer answered"),
            }
        }
        for (status, _) in object(&new["responses"]) {
            if status.starts_with('2') && old["responses"].get(status).is_none() {
                self.say(&format!("{name} {status}"), "is answered now");
            }
        }
    }

    fn content(&mut self, place: &str, old: &'a Value, new: &'a Value, way: Way) {
        for (media_type, before) in object(old) {
            let place = format!("{place} {media_type}");
            match new.get(media_type) {
                Some(after) => self.schema(&place, &before["schema"], &after["schema"], way),
                None => self.say(&place, "is gone"),
            }
        }
    }

    fn schema(&mut self, place: &str, old: &'a Value, new: &'a Value, way: Way) {
        let names = (old["$ref"].as_str(), new["$ref"].as_str());
        if let (Some(old), Some(new)) = names
            && !self.seen.insert((old.to_owned(), new.to_owned(), way))
        {
            return;
        }
        let (old, new) = (resolved(self.old, old), resolved(self.new, new));
        let (wider, narrower) = match way {
            Way::Sent => (new, old),
            Way::Answered => (old, new),
        };
        let (wide, narrow) = (kinds(wider), kinds(narrower));
        if !wide.is_empty() && !narrow.iter().all(|kind| takes(&wide, kind))
            || wide.is_empty() != narrow.is_empty()
        {
            self.say(place, "is of another type");
        }
        if old["format"] != new["format"] {
            self.say(place, "is of another format");
        }
        let (wide, narrow) = (values(wider), values(narrower));
        if wide.as_ref().is_some_and(|wide| narrow.as_ref().is_none_or(|narrow| !narrow.is_subset(wide))) {
            self.say(
                place,
                if way == Way::Sent { "takes fewer values" } else { "has values that it had not" },
            );
        }
        if way == Way::Sent && is_tighter(old, new) {
            self.say(place, "has tighter bounds");
        }
        self.properties(place, old, new, way);
        if old.get("items").is_some() {
            self.schema(&format!("{place}/*"), &old["items"], &new["items"], way);
        }
        if old["additionalProperties"].is_object() {
            let (old, new) = (&old["additionalProperties"], &new["additionalProperties"]);
            self.schema(&format!("{place}/*"), old, new, way);
        }
        for keyword in ["oneOf", "anyOf", "allOf"] {
            self.variants(&format!("{place} {keyword}"), array(&old[keyword]), array(&new[keyword]), way);
        }
    }

    fn properties(&mut self, place: &str, old: &'a Value, new: &'a Value, way: Way) {
        let required = |schema: &'a Value| -> BTreeSet<&'a str> {
            array(&schema["required"]).filter_map(Value::as_str).collect()
        };
        for (name, before) in object(&old["properties"]) {
            let place = format!("{place}/{name}");
            match new["properties"].get(name) {
                Some(after) => self.schema(&place, before, after, way),
                None => self.say(&place, "is gone"),
            }
        }
        let (before, after) = (required(old), required(new));
        let (lost, what) = match way {
            Way::Sent => (after.difference(&before), "must be sent now"),
            Way::Answered => (before.difference(&after), "is no longer always there"),
        };
        for name in lost {
            self.say(&format!("{place}/{name}"), what);
        }
    }

    /// Variants by their order; new ones come at the end, and none where a client must know them all.
    fn variants(
        &mut self,
        place: &str,
        old: impl Iterator<Item = &'a Value>,
        new: impl Iterator<Item = &'a Value>,
        way: Way,
    ) {
        let (old, new): (Vec<_>, Vec<_>) = (old.collect(), new.collect());
        for (at, (before, after)) in old.iter().zip(&new).enumerate() {
            self.schema(&format!("{place}/{at}"), before, after, way);
        }
        let is_fewer = new.len() < old.len();
        if is_fewer && way == Way::Sent || new.len() > old.len() && way == Way::Answered {
            self.say(place, if is_fewer { "has fewer variants" } else { "has variants that it had not" });
        }
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let named = schema["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    named.unwrap_or(schema)
}

fn kinds(schema: &Value) -> BTreeSet<&str> {
    match &schema["type"] {
        Value::String(kind) => BTreeSet::from([kind.as_str()]),
        kinds => array(kinds).filter_map(Value::as_str).collect(),
    }
}

fn takes(kinds: &BTreeSet<&str>, kind: &str) -> bool {
    kinds.contains(kind) || kind == "integer" && kinds.contains("number")
}

/// The values of a schema that names them, as text.
fn values(schema: &Value) -> Option<BTreeSet<String>> {
    let all = schema.get("enum").map(|all| array(all).map(Value::to_string).collect());
    all.or_else(|| schema.get("const").map(|one| BTreeSet::from([one.to_string()])))
}

fn is_tighter(old: &Value, new: &Value) -> bool {
    let moved = |name: &str, tighter: fn(f64, f64) -> bool| {
        new[name].as_f64().is_some_and(|after| old[name].as_f64().is_none_or(|before| tighter(after, before)))
    };
    let least = ["minimum", "exclusiveMinimum", "minLength", "minItems"];
    let most = ["maximum", "exclusiveMaximum", "maxLength", "maxItems"];
    least.iter().any(|name| moved(name, |after, before| after > before))
        || most.iter().any(|name| moved(name, |after, before| after < before))
        || new.get("pattern").is_some() && new["pattern"] != old["pattern"]
}

/// By method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let methods = ["get", "put", "post", "patch", "delete"];
    let mut all = BTreeMap::new();
    for (path, item) in object(&document["paths"]) {
        for method in methods {
            if let Some(operation) = item.get(method) {
                all.insert(format!("{} {path}", method.to_uppercase()), operation);
            }
        }
    }
    all
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "paths": { "/things": { "get": {
                "parameters": [
                    { "in": "query", "name": "limit", "schema": { "type": "integer", "maximum": 200 } },
                    { "in": "query", "name": "order", "schema": { "enum": ["name", "date"] } },
                ],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Asked" } } } },
                "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
                               "4XX": {} },
            } } },
            "components": { "schemas": {
                "Asked": { "type": "object", "required": ["name"],
                           "properties": { "name": { "type": "string" }, "more": { "type": ["integer", "null"] } } },
                "Thing": { "type": "object", "required": ["id"], "properties": {
                    "id": { "type": "integer", "format": "int64" },
                    "kind": { "type": "string", "enum": ["a", "b"] },
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } },
                    "is": { "oneOf": [{ "type": "string" }, { "type": "null" }] },
                } },
            } },
        })
    }

    /// The document with something else at a place; null takes away.
    fn with(pointer: &str, value: Value) -> Value {
        let mut document = document();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Value::Object(fields) if value.is_null() => drop(fields.remove(name)),
            parent => parent[name] = value,
        }
        document
    }

    const GET: &str = "/paths/~1things/get";
    const SCHEMAS: &str = "/components/schemas";

    #[test]
    fn every_kind_of_breakage_is_found_and_named() {
        assert_eq!(breakages(&document(), &document()), Vec::<String>::new());
        let (limit, order) =
            (format!("{GET}/parameters"), json!({ "in": "query", "name": "order", "schema": {} }));
        for (pointer, value, sentence) in [
            ("/paths/~1things/get".to_owned(), json!(null), "GET /things: is gone"),
            (limit.clone(), json!([order]), "GET /things query limit: is no longer taken"),
            (format!("{GET}/responses/4XX"), json!(null), "GET /things 4XX: is no longer answered"),
            (format!("{GET}/responses/202"), json!({}), "GET /things 202: is answered now"),
            (format!("{GET}/requestBody/required"), json!(true), "GET /things body: must be sent now"),
            (format!("{GET}/requestBody/content"), json!({}), "GET /things body application/json: is gone"),
            (format!("{SCHEMAS}/Asked/required"), json!(["name", "more"]), "/more: must be sent now"),
            (format!("{SCHEMAS}/Asked/properties/more/type"), json!("integer"), "/more: is of another type"),
            (format!("{SCHEMAS}/Asked/properties/more"), json!(null), "/more: is gone"),
            (format!("{SCHEMAS}/Asked/properties/name/maxLength"), json!(5), "/name: has tighter bounds"),
            (format!("{SCHEMAS}/Asked/properties/name/enum"), json!(["x"]), "/name: takes fewer values"),
            (format!("{SCHEMAS}/Thing/required"), json!([]), "/id: is no longer always there"),
            (format!("{SCHEMAS}/Thing/properties/id"), json!(null), "/id: is gone"),
            (format!("{SCHEMAS}/Thing/properties/id/type"), json!("number"), "/id: is of another type"),
            (format!("{SCHEMAS}/Thing/properties/id/format"), json!("int32"), "/id: is of another format"),
            (
                format!("{SCHEMAS}/Thing/properties/kind/enum"),
                json!(["a", "b", "c"]),
                "/kind: has values that it had not",
            ),
            (
                format!("{SCHEMAS}/Thing/properties/kind/enum"),
                json!(null),
                "/kind: has values that it had not",
            ),
            (
                format!("{SCHEMAS}/Thing/properties/parts/items"),
                json!({ "type": "string" }),
                "/parts/*: is of another type",
            ),
            (
                format!("{SCHEMAS}/Thing/properties/is/oneOf"),
                json!([{ "type": "string" }, { "type": "null" }, {}]),
                "/is oneOf: has variants that it had not",
            ),
        ] {
            let found = breakages(&document(), &with(&pointer, value));
            assert!(found.iter().any(|found| found.ends_with(sentence)), "{pointer}: {found:?}");
        }
        let parameters = json!([
            { "in": "query", "name": "limit", "required": true, "schema": { "type": "integer", "maximum": 100 } },
            { "in": "query", "name": "order", "schema": { "enum": ["name"] } },
        ]);
        let found = breakages(&document(), &with(&limit, parameters));
        for sentence in ["limit: must be sent now", "limit: has tighter bounds", "order: takes fewer values"]
        {
            assert!(found.iter().any(|found| found.ends_with(sentence)), "{found:?}");
        }
    }

    #[test]
    fn what_only_adds_breaks_nothing() {
        for (pointer, value) in [
            ("/paths/~1others".to_owned(), json!({ "get": { "responses": {} } })),
            (format!("{GET}/responses/5XX"), json!({})),
            (format!("{SCHEMAS}/Asked/required"), json!([])),
            (format!("{SCHEMAS}/Asked/properties/new"), json!({ "type": "string" })),
            (format!("{SCHEMAS}/Asked/properties/name/type"), json!(["string", "null"])),
            (format!("{SCHEMAS}/Thing/properties/new"), json!({ "type": "string" })),
            (format!("{SCHEMAS}/Thing/properties/kind/enum"), json!(["a"])),
            (format!("{SCHEMAS}/Thing/required"), json!(["id", "kind"])),
        ] {
            assert_eq!(breakages(&document(), &with(&pointer, value)), Vec::<String>::new(), "{pointer}");
        }
    }

    #[test]
    fn an_example_that_is_missing_or_wrong_is_found() {
        let wrong = wrong_examples(&document());
        assert!(wrong.contains(&"Thing/id: no example".to_owned()), "{wrong:?}");
        assert!(!wrong.iter().any(|wrong| wrong.starts_with("Thing/kind")), "{wrong:?}");
        let document = with(&format!("{SCHEMAS}/Thing/properties/id/example"), json!("one"));
        let wrong = wrong_examples(&document);
        assert!(wrong.iter().any(|wrong| wrong.starts_with("Thing/id: \"one\":")), "{wrong:?}");
    }
}
