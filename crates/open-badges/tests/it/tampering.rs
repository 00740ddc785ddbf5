//! Documents with one thing changed.

use serde_json::{Map, Value};

/// The document with each of its values changed, and each key and element taken away, one at a time.
pub(crate) fn tampered(value: &Value) -> Vec<Value> {
    changed(value, &|value| match value {
        Value::String(text) => {
            let mut text = text.clone();
            let last = text.pop();
            text.push(if last == Some('x') { 'y' } else { 'x' });
            vec![text.into(), Value::Null]
        }
        Value::Bool(value) => vec![(!value).into()],
        Value::Number(number) => vec![number.as_u64().map(|number| number + 1).into()],
        Value::Null => vec![],
        Value::Array(values) => (0..values.len()).map(|index| without_element(values, index)).collect(),
        Value::Object(object) => object.keys().map(|key| without_key(object, key)).collect(),
    })
}

/// The document with a key more in each of its objects, one at a time.
pub(crate) fn added(value: &Value) -> Vec<Value> {
    changed(value, &|value| {
        let Value::Object(object) = value else { return vec![] };
        let mut object = object.clone();
        object.insert("added".into(), "x".into());
        vec![object.into()]
    })
}

fn without_element(values: &[Value], index: usize) -> Value {
    let mut values = values.to_vec();
    values.remove(index);
    values.into()
}

fn without_key(object: &Map<String, Value>, key: &str) -> Value {
    let mut object = object.clone();
    object.remove(key);
    object.into()
}

/// The document with `change` at each of its places, one at a time.
fn changed(value: &Value, change: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    let mut all = change(value);
    let places: Vec<String> = match value {
        Value::Array(values) => (0..values.len()).map(|index| format!("/{index}")).collect(),
        Value::Object(object) => object.keys().map(|key| format!("/{key}")).collect(),
        _ => vec![],
    };
    for place in places {
        let within = value.pointer(&place).map(|within| changed(within, change)).unwrap_or_default();
        all.extend(within.into_iter().map(|within| {
            let mut value = value.clone();
            *value.pointer_mut(&place).unwrap() = within;
            value
        }));
    }
    all
}
