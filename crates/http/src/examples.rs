//! Examples in OpenAPI documents, so that a reader sees whole bodies and a page can send them.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

/// The document, in which every parameter and every value in a body has an example: its own, or the one that its name has in
/// all our APIs.
#[must_use]
pub fn with_examples(document: &OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        fields(schemas).for_each(|(name, schema)| add(name, schema));
    }
    let paths = document.get_mut("paths").into_iter();
    for (_, operation) in paths.flat_map(fields).flat_map(|(_, item)| fields(item)) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            if parameter.get("example").is_none()
                && let Some(schema) = parameter.get_mut("schema")
            {
                add(&name, schema);
            }
        }
        let answers = operation.get_mut("responses").into_iter().flat_map(fields);
        answers.for_each(|(_, answer)| bodies(answer));
        operation.get_mut("requestBody").into_iter().for_each(bodies);
    }
    document
}

/// Adds to what is sent or answered, in whatever form.
fn bodies(of: &mut Value) {
    for (_, body) in of.get_mut("content").into_iter().flat_map(fields) {
        body.get_mut("schema").into_iter().for_each(|schema| add("", schema));
    }
}

/// The fields of an object; none of anything else. Indexing would make what is not there.
fn fields(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Whether a schema's value is told already: by an example, or as there are but few.
pub(crate) fn is_told(schema: &Value) -> bool {
    let says = |what| schema.get(what).is_some();
    let boolean = |kind: &Value| kind == "boolean" || kind == "null";
    let kind = &schema["type"];
    ["example", "examples", "enum", "const", "$ref"].into_iter().any(says)
        || boolean(kind)
        || kind.as_array().is_some_and(|kinds| kinds.iter().all(boolean))
}

/// The schemas that a schema is made of, with the names of their values.
pub(crate) fn parts<'a>(name: &'a str, schema: &'a mut Value) -> Vec<(&'a str, &'a mut Value)> {
    let mut parts = Vec::new();
    for (keyword, below) in fields(schema) {
        match (keyword.as_str(), below) {
            ("properties", properties) => {
                parts.extend(fields(properties).map(|(name, one)| (name.as_str(), one)));
            }
            ("oneOf" | "anyOf" | "allOf" | "prefixItems", Value::Array(all)) => {
                parts.extend(all.iter_mut().map(|one| (name, one)));
            }
            ("items" | "additionalProperties", one @ Value::Object(_)) => parts.push((name, one)),
            _ => {}
        }
    }
    parts
}

fn add(name: &str, schema: &mut Value) {
    if !schema.is_object() || is_told(schema) {
        return;
    }
    let parts = parts(name, schema);
    if !parts.is_empty() {
        for (name, part) in parts {
            add(name, part);
        }
        return;
    }
    if let Some(example) = example(name, &schema["type"], schema["format"].as_str()) {
        schema["example"] = example;
    }
}

/// An example by the name of a value, else by what kind of value it is.
fn example(name: &str, kind: &Value, format: Option<&str>) -> Option<Value> {
    let is = |word: &str| kind == word || kind.as_array().is_some_and(|kinds| kinds.contains(&word.into()));
    match format {
        Some("date-time") => return Some(json!("2026-05-01T12:34:56Z")),
        Some("date") => return Some(json!("2026-05-01")),
        Some("uuid") => return Some(json!("6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e")),
        _ => {}
    }
    if is("integer") {
        return Some(match name {
            "learner_id" | "user_id" | "lms_user_id" | "user" | "from" | "into" => json!(1001),
            "limit" => json!(50),
            "month" => json!(6),
            "inactive_days" | "days" => json!(14),
            "calls_per_minute" => json!(100),
            "next_offset" => json!(48_213),
            "total_rows" | "learners" | "enrolled" | "count" | "total" => json!(120),
            "seconds_left" => json!(90),
            _ => json!(1),
        });
    }
    if is("number") {
        return Some(match name {
            "idle_seconds" | "oldest_age_seconds" => json!(2.5),
            "progress" | "progress_min" => json!(0.5),
            "weight" | "progress_max" => json!(1.0),
            "required_completion" => json!(0.8),
            "required_grade" => json!(0.75),
            _ => json!(0.85),
        });
    }
    if is("object") {
        return Some(json!({}));
    }
    is("string").then(|| word(name).map(|word| json!(word))).flatten()
}

fn word(name: &str) -> Option<&'static str> {
    Some(match name {
        "achievement" | "completion" => "completed",
        "action" => "enrol",
        "actor" | "healer" => "user:7",
        "after" | "Cursor" | "cursor" | "next" => "WyJwYXRoLXYxOk9wZW5lZFgrREFUQSsyMDI2K29wZW4iXQ",
        "award" => "valid",
        "banner_image_urls" | "image" => "https://lms.example.com/media/data-analyst.png",
        "before" => "2026-05-01",
        "bottlenecks" | "item" | "ItemId" | "id" => "sql",
        "ContextKey" | "context_key" | "counted" | "satisfied_by" | "missing" => {
            "course-v1:OpenedX+SQL101+2026"
        }
        "context_title" | "title" | "display_name" | "path_name" => "Data analyst",
        "description" => "From spreadsheets to models.",
        "detail" => "what was sent is not of the form that it must have",
        "digest" => "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "duration" => "3 months",
        "time_commitment" => "4 hours a week",
        "effect" => "keeps",
        "email" => "learner@example.com",
        "error" => "unknown_learner",
        "evidence" => "https://example.com/transcripts/42",
        "external_key" => "S-2026-0042",
        "failed_replacements"
        | "successful_replacements"
        | "username_mappings"
        | "username"
        | "original_username" => "learner",
        "full_name" | "name" => "A. Learner",
        "idempotency-key" => "4f0c2a53-enrol-spring",
        "if-match" | "if-none-match" => "\"1\"",
        "last-event-id" => "12",
        "learning_path" | "learning_path_key" | "run_key" => "path-v1:OpenedX+DATA+2026+open",
        "level" => "Introductory",
        "mode" => "verified",
        "number" => "DATA",
        "org" | "orgs" | "organizations" => "OpenedX",
        "outcome" => "enrolled",
        "previous" => "https://lms.example.com/api/learning_paths/v1/learning-paths/?page=1",
        "reason" => "asked for by the faculty",
        "revocation_reason" => "requirement_no_longer_met",
        "role" => "path_manager",
        "search" => "data",
        "skill" | "skills_acquired" | "skills_required" => "SQL",
        "status" => "active",
        "subtitle" => "Ask data, and be answered",
        "target" => "run:path-v1:OpenedX+DATA+2026+open",
        "topic" => "prod-learning-certificate-lifecycle",
        _ => return None,
    })
}
