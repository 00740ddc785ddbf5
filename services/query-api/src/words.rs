//! What is missing, in words for people.

use lp_domain::{Criterion, Definition, Item, ItemId, Ratio};

/// The ways to complete the path, cheapest first: “Pass “A” and reach 80 % in “B”; or earn the certificate of “C””.
/// `None` when nothing is missing.
pub(crate) fn missing(definition: &Definition, ways: &[Vec<ItemId>]) -> Option<String> {
    let ways: Vec<String> = ways.iter().map(|way| one_way(definition, way)).collect();
    let words = ways.join("; or ");
    let first = words.chars().next()?;
    Some(first.to_uppercase().chain(words.chars().skip(1)).chain(['.']).collect())
}

fn one_way(definition: &Definition, way: &[ItemId]) -> String {
    let items = way.iter().filter_map(|id| definition.items.iter().find(|item| item.id == *id));
    enumerate(items.map(to_do).collect(), "and")
}

/// What to do for one item: “pass “Statistics””.
fn to_do(item: &Item) -> String {
    let what = criterion(&item.criterion, &item.title);
    match &item.mode {
        Some(mode) => format!("{what} (enrolled as {mode})"),
        None => what,
    }
}

fn criterion(rule: &Criterion, title: &str) -> String {
    match rule {
        Criterion::Passed => format!("pass “{title}”"),
        Criterion::Certificate => format!("earn the certificate of “{title}”"),
        Criterion::Grade(least) => format!("reach {} in “{title}”", percent(*least)),
        Criterion::Completion(least) => format!("complete {} of “{title}”", percent(*least)),
        Criterion::AnyOf(rules) => enumerate(rules.iter().map(|rule| criterion(rule, title)).collect(), "or"),
        Criterion::AllOf(rules) => {
            enumerate(rules.iter().map(|rule| criterion(rule, title)).collect(), "and")
        }
    }
}

/// “a”, “a and b”, “a, b and c”.
fn enumerate(mut parts: Vec<String>, word: &str) -> String {
    match parts.pop() {
        None => String::new(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} {word} {last}", parts.join(", ")),
    }
}

fn percent(ratio: Ratio) -> String {
    // To one decimal: 0.7 * 100 is 70.00000000000001 or so for some ratios.
    format!("{} %", (ratio.get() * 1000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition() -> Definition {
        serde_json::from_value(serde_json::json!({
            "items": [
                { "id": "a", "key": "course-v1:O+A+1", "title": "Tables" },
                { "id": "b", "key": "course-v1:O+B+1", "title": "Statistics", "criterion": { "grade": 0.7 } },
                { "id": "c", "key": "course-v1:O+C+1", "title": "R", "criterion": "certificate", "mode": "verified" },
                { "id": "d", "key": "course-v1:O+D+1", "title": "élan",
                  "criterion": { "any_of": ["passed", { "completion": 0.125 }] } },
            ],
            "requirement": { "all_of": [{ "item": "a" }, { "item": "b" }, { "item": "c" }, { "item": "d" }] },
        }))
        .unwrap()
    }

    fn said(ways: &[&[&str]]) -> Option<String> {
        let ids =
            |way: &&[&str]| way.iter().map(|id| serde_json::from_value((*id).into()).unwrap()).collect();
        missing(&definition(), &ways.iter().map(ids).collect::<Vec<_>>())
    }

    #[test]
    fn nothing_is_said_when_nothing_is_missing() {
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[&[]]), None);
    }

    #[test]
    fn each_way_says_what_to_do_for_each_item() {
        assert_eq!(said(&[&["a"]]).unwrap(), "Pass “Tables”.");
        assert_eq!(
            said(&[&["b"], &["a", "c", "d"]]).unwrap(),
            "Reach 70 % in “Statistics”; or pass “Tables”, earn the certificate of “R” (enrolled as verified) \
             and pass “élan” or complete 12.5 % of “élan”."
        );
    }
}
