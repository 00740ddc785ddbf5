//! What people write is read piece by piece, so that every problem is told and not only the first.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::check::{Problem, ProblemKind};
use crate::definition::{Definition, ItemId, Node};

/// A definition whose pieces are still to be read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDefinition {
    items: Vec<Value>,
    requirement: Value,
    #[serde(default)]
    no_double_counting: bool,
}

/// [`Node`] whose children are still to be read.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RawNode {
    Item(ItemId),
    AllOf(Vec<Value>),
    InOrder(Vec<Value>),
    AtLeast { k: u32, of: Vec<Value> },
    AtLeastPoints { points: u32, of: Vec<Value> },
}

impl Definition {
    /// Reads a definition that may be published: its JSON is right, and it passes [`Definition::check`].
    ///
    /// # Errors
    /// All problems, each with its RFC 6901 pointer into `value`. A tree is judged only against items that were all read,
    /// else it would be blamed for what is theirs.
    pub fn read(value: Value) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let definition = definition(value, &mut problems);
        match definition {
            Some(definition) if problems.is_empty() => definition.check().map(|()| definition),
            _ => Err(problems),
        }
    }
}

fn definition(value: Value, problems: &mut Vec<Problem>) -> Option<Definition> {
    let raw: RawDefinition = piece(value, "", problems)?;
    let items = each(raw.items, "/items", problems, piece);
    let requirement = node(raw.requirement, "/requirement", problems);
    Some(Definition { items, requirement: requirement?, no_double_counting: raw.no_double_counting })
}

fn node(value: Value, pointer: &str, problems: &mut Vec<Problem>) -> Option<Node> {
    let raw = piece(value, pointer, problems)?;
    let mut children = |of, group: &str| each(of, &format!("{pointer}/{group}"), problems, node);
    Some(match raw {
        RawNode::Item(id) => Node::Item(id),
        RawNode::AllOf(of) => Node::AllOf(children(of, "all_of")),
        RawNode::InOrder(of) => Node::InOrder(children(of, "in_order")),
        RawNode::AtLeast { k, of } => Node::AtLeast { k, of: children(of, "at_least/of") },
        RawNode::AtLeastPoints { points, of } => {
            Node::AtLeastPoints { points, of: children(of, "at_least_points/of") }
        }
    })
}

fn piece<T: DeserializeOwned>(value: Value, pointer: &str, problems: &mut Vec<Problem>) -> Option<T> {
    let read = serde_json::from_value(value);
    let wrong = |error: serde_json::Error| Problem {
        pointer: pointer.to_owned(),
        kind: ProblemKind::Malformed(error.to_string()),
    };
    read.map_err(|error| problems.push(wrong(error))).ok()
}

/// Reads what has a default for every field, each field alone.
pub(crate) fn fields<T: DeserializeOwned>(value: Value) -> Result<T, Vec<Problem>> {
    let mut problems = Vec::new();
    for (name, field) in value.as_object().into_iter().flatten() {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        piece::<T>(json!({ name: field }), &pointer, &mut problems);
    }
    let whole = if problems.is_empty() { piece(value, "", &mut problems) } else { None };
    whole.ok_or(problems)
}

fn each<T>(
    values: Vec<Value>,
    pointer: &str,
    problems: &mut Vec<Problem>,
    read: impl Fn(Value, &str, &mut Vec<Problem>) -> Option<T>,
) -> Vec<T> {
    let pieces = values.into_iter().enumerate();
    pieces.filter_map(|(index, value)| read(value, &format!("{pointer}/{index}"), problems)).collect()
}
