//! What producers may change without a release of ours.

use apache_avro::Schema;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;
use lp_events::{LmsEvent, frame, reason};
use serde_json::{Value as Json, json};

use crate::support::{Message, message};

/// A grade event of another release: `change` edits the fields of its data record, `values` gives these.
fn grade(change: impl FnOnce(&mut Vec<Json>), values: &[(&str, Value)]) -> Message {
    let message = message("grade");
    let mut schema: Json = serde_json::from_str(&message.schema).unwrap();
    change(schema["fields"][0]["type"]["fields"].as_array_mut().unwrap());
    let names: Vec<String> = schema["fields"][0]["type"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["name"].as_str().unwrap().into())
        .collect();
    let course = Value::Record(vec![
        ("course_key".into(), Value::String("course-v1:a+b+c".into())),
        ("display_name".into(), Value::String(String::new())),
        ("start".into(), Value::Union(0, Box::new(Value::Null))),
        ("end".into(), Value::Union(0, Box::new(Value::Null))),
    ]);
    let usual = |name: &str| match name {
        "user_id" => Value::Long(42),
        "course" => course.clone(),
        "percent_grade" => Value::Double(0.5),
        "passed_timestamp" => Value::String("2026-05-01T00:00:00+00:00".into()),
        _ => Value::String(String::new()),
    };
    let fields = names
        .iter()
        .map(|name| {
            let given = values.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone());
            (name.clone(), given.unwrap_or_else(|| usual(name)))
        })
        .collect();
    let text = schema.to_string();
    let parsed = Schema::parse_str(&text).unwrap();
    let datum = Value::Record(vec![("grade".into(), Value::Record(fields))]);
    let body = GenericDatumWriter::builder(&parsed).build().unwrap().write_value_to_vec(datum).unwrap();
    let mut changed = message.with_payload(frame::join(9, &body));
    changed.schema = text;
    changed
}

fn grade_of(message: &Message) -> f64 {
    let LmsEvent::CourseGrade(grade) = message.lms() else { panic!() };
    grade.grade.get()
}

#[test]
fn fields_may_be_added_and_moved() {
    let message = grade(
        |fields| {
            fields.push(json!({"name": "mood", "type": {"type": "map", "values": "string"}}));
            fields.reverse();
        },
        &[("mood", Value::Map([("a".into(), Value::String("b\0".into()))].into()))],
    );
    assert_eq!(grade_of(&message).to_string(), "0.5");
}

#[test]
fn fields_that_nobody_reads_may_go() {
    let read = ["user_id", "course", "percent_grade", "passed_timestamp"];
    let message = grade(|fields| fields.retain(|field| read.contains(&field["name"].as_str().unwrap())), &[]);
    assert_eq!(grade_of(&message).to_string(), "0.5");
}

#[test]
fn fields_may_become_nullable() {
    let nullable = |fields: &mut Vec<Json>| {
        for field in fields.iter_mut().filter(|field| field["name"] == "percent_grade") {
            field["type"] = json!(["double", "null"]);
        }
    };
    let there = Value::Union(0, Box::new(Value::Double(0.25)));
    assert_eq!(grade_of(&grade(nullable, &[("percent_grade", there)])).to_string(), "0.25");
    let null = Value::Union(1, Box::new(Value::Null));
    assert_eq!(grade(nullable, &[("percent_grade", null)]).reason(), reason::FIELD_MISSING);
}

#[test]
fn a_required_field_that_went_is_poison() {
    for name in ["user_id", "course", "percent_grade", "passed_timestamp"] {
        let message = grade(|fields| fields.retain(|field| field["name"] != name), &[]);
        let poison = message.read().unwrap_err();
        assert_eq!(poison.reason, reason::FIELD_MISSING);
        assert_eq!(poison.detail, format!("grade.{name} is not there"));
    }
}

#[test]
fn a_field_of_another_type_is_poison() {
    let retyped = |fields: &mut Vec<Json>| {
        for field in fields.iter_mut().filter(|field| field["name"] == "user_id") {
            field["type"] = json!("string");
        }
    };
    let poison = grade(retyped, &[("user_id", Value::String("42".into()))]).read().unwrap_err();
    assert_eq!((poison.reason, poison.detail.as_str()), (reason::FIELD_TYPE, "grade.user_id is no long"));
}
