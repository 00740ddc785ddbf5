//! Short ways to say definitions, facts and verdicts, and generators of them.

use chrono::{DateTime, TimeDelta, Utc};
use lp_domain::{
    ContextKey, Definition, Enrolment, EnrolmentState, ExamOutcome, Fact, FactValue, ItemVerdict,
    LearnerFacts, LearnerId, Node, PriorWork, Ratio, Regression, RunKey, RunPolicy, Timestamp, Verdict,
    evaluate,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

/// Noon of a day counted from the beginning of 2026.
pub(crate) fn day(days: i64) -> Timestamp {
    let start: DateTime<Utc> = "2026-01-01T12:00:00Z".parse().unwrap();
    Timestamp::try_from(start + TimeDelta::days(days)).unwrap()
}

pub(crate) fn key(name: &str) -> ContextKey {
    ContextKey::parse(&format!("course-v1:O+{name}+1")).unwrap()
}

pub(crate) fn learner() -> LearnerId {
    LearnerId::try_from(7).unwrap()
}

pub(crate) fn run() -> RunKey {
    RunKey::parse("path-v1:O+P+2026+open").unwrap()
}

pub(crate) fn ratio(value: f64) -> Ratio {
    Ratio::try_from(value).unwrap()
}

/// A fact of the course run `name` on a day; its id is derived from all of it.
pub(crate) fn fact(name: &str, days: i64, value: FactValue) -> Fact {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{name} {days} {value:?}").as_bytes());
    Fact { learner: learner(), context: key(name), at: day(days), id, value }
}

pub(crate) fn passing(name: &str, days: i64, passing: bool) -> Fact {
    fact(name, days, FactValue::Passing { passing })
}

pub(crate) fn grade(name: &str, days: i64, grade: f64) -> Fact {
    fact(name, days, FactValue::Grade { grade: ratio(grade) })
}

pub(crate) fn completion(name: &str, days: i64, completion: f64) -> Fact {
    fact(name, days, FactValue::Completion { completion: ratio(completion) })
}

pub(crate) fn certificate(name: &str, days: i64, status: &str, mode: &str) -> Fact {
    fact(name, days, FactValue::Certificate { status: status.into(), mode: mode.into() })
}

pub(crate) fn enrolment(name: &str, days: i64, active: bool, mode: &str) -> Fact {
    fact(name, days, FactValue::Enrolment { active, mode: mode.into() })
}

pub(crate) fn exam(name: &str, days: i64, outcome: ExamOutcome) -> Fact {
    fact(name, days, FactValue::Exam { outcome })
}

pub(crate) fn vouched(name: &str, days: i64, granted: bool, until: Option<i64>) -> Fact {
    fact(name, days, FactValue::Override { granted, expires_at: until.map(day) })
}

/// Items `a`, `b`, … of the course runs of the same names, with further fields, and a requirement.
pub(crate) fn definition(items: &[(&str, Value)], requirement: Value) -> Definition {
    let items: Vec<Value> = items
        .iter()
        .map(|(id, more)| {
            let mut item = json!({ "id": id, "key": key(id), "title": id });
            for (name, value) in more.as_object().unwrap() {
                item[name] = value.clone();
            }
            item
        })
        .collect();
    serde_json::from_value(json!({ "items": items, "requirement": requirement })).unwrap()
}

/// Plain items.
pub(crate) fn plain(ids: &[&str], requirement: Value) -> Definition {
    definition(&ids.iter().map(|id| (*id, json!({}))).collect::<Vec<_>>(), requirement)
}

pub(crate) fn all_of(ids: &[&str]) -> Value {
    json!({ "all_of": ids.iter().map(|id| json!({ "item": id })).collect::<Vec<_>>() })
}

pub(crate) fn at_least(k: u32, ids: &[&str]) -> Value {
    json!({ "at_least": { "k": k, "of": ids.iter().map(|id| json!({ "item": id })).collect::<Vec<_>>() } })
}

pub(crate) fn known<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> LearnerFacts {
    let mut known = LearnerFacts::default();
    for fact in facts {
        known.entry(fact.context.clone()).or_default().apply(fact);
    }
    known
}

pub(crate) fn enrolled(days: i64) -> Enrolment {
    Enrolment { state: EnrolmentState::Active, attempt: 1, attempt_started_at: day(days), revision: 1 }
}

/// The verdict on day 1,000 for somebody enrolled on day 0.
pub(crate) fn judge(definition: &Definition, policy: &RunPolicy, facts: &[Fact]) -> Verdict {
    evaluate(definition, policy, &enrolled(0), &known(facts), day(1000))
}

pub(crate) fn sticky(definition: &Definition, facts: &[Fact]) -> Verdict {
    judge(definition, &RunPolicy::default(), facts)
}

pub(crate) fn with(regression: Regression) -> RunPolicy {
    RunPolicy { regression, ..RunPolicy::default() }
}

pub(crate) fn prior(prior_work: PriorWork) -> RunPolicy {
    RunPolicy { prior_work, ..RunPolicy::default() }
}

pub(crate) fn item<'a>(verdict: &'a Verdict, id: &str) -> &'a ItemVerdict {
    verdict.items.iter().find(|item| &*item.id.0 == id).unwrap()
}

/// Courses that generated definitions and facts are about.
pub(crate) const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn any_ratio() -> impl Strategy<Value = f64> {
    (0_u32..=10).prop_map(|tenths| f64::from(tenths) / 10.0)
}

/// Facts of few courses on few days, so that they meet; without overrides taken back.
pub(crate) fn any_fact() -> impl Strategy<Value = Fact> {
    let mode = prop_oneof![Just("audit"), Just("verified")];
    let status = prop_oneof![Just("downloadable"), Just("unavailable"), Just("generating")];
    let outcome = prop_oneof![
        Just(ExamOutcome::Submitted),
        Just(ExamOutcome::Verified),
        Just(ExamOutcome::Rejected),
        Just(ExamOutcome::Reset)
    ];
    let value = prop_oneof![
        3 => any::<bool>().prop_map(|passing| FactValue::Passing { passing }),
        3 => any_ratio().prop_map(|grade| FactValue::Grade { grade: ratio(grade) }),
        3 => any_ratio().prop_map(|completion| FactValue::Completion { completion: ratio(completion) }),
        2 => (status, mode.clone())
            .prop_map(|(status, mode)| FactValue::Certificate { status: status.into(), mode: mode.into() }),
        2 => (any::<bool>(), mode)
            .prop_map(|(active, mode)| FactValue::Enrolment { active, mode: mode.into() }),
        1 => outcome.prop_map(|outcome| FactValue::Exam { outcome }),
        1 => Just(FactValue::Override { granted: true, expires_at: None }),
    ];
    (0..NAMES.len(), -20_i64..40, value).prop_map(|(name, days, value)| fact(NAMES[name], days, value))
}

/// Also overrides that are taken back or end.
pub(crate) fn any_fact_at_all() -> impl Strategy<Value = Fact> {
    let taken_back = (0..NAMES.len(), -20_i64..40, any::<bool>(), proptest::option::of(-20_i64..40))
        .prop_map(|(name, days, granted, until)| vouched(NAMES[name], days, granted, until));
    prop_oneof![9 => any_fact(), 1 => taken_back]
}

pub(crate) fn any_policy() -> impl Strategy<Value = RunPolicy> {
    let regression = prop_oneof![
        Just(Regression::Sticky),
        Just(Regression::Revocable),
        (0_u16..20).prop_map(|days| Regression::Grace { days }),
        Just(Regression::Review)
    ];
    (regression, any_prior_work()).prop_map(|(regression, prior_work)| RunPolicy {
        regression,
        prior_work,
        ..RunPolicy::default()
    })
}

pub(crate) fn any_prior_work() -> impl Strategy<Value = PriorWork> {
    prop_oneof![
        Just(PriorWork::AnyTime),
        (-20_i64..40).prop_map(|days| PriorWork::Since(day(days).get())),
        (0_u16..2).prop_map(PriorWork::WithinMonths),
        Just(PriorWork::AfterEnrolment)
    ]
}

fn any_criterion() -> impl Strategy<Value = Value> {
    let simple = prop_oneof![
        3 => Just(json!("passed")),
        1 => Just(json!("certificate")),
        2 => (1_u32..=10).prop_map(|tenths| json!({ "grade": f64::from(tenths) / 10.0 })),
        2 => (1_u32..=10).prop_map(|tenths| json!({ "completion": f64::from(tenths) / 10.0 })),
    ];
    simple.prop_recursive(2, 6, 3, |inner| {
        (any::<bool>(), proptest::collection::vec(inner, 1..3))
            .prop_map(|(any, of)| if any { json!({ "any_of": of }) } else { json!({ "all_of": of }) })
    })
}

/// Definitions that pass the static check, of up to six items.
pub(crate) fn any_definition() -> impl Strategy<Value = Definition> {
    let item = (0_u32..4, 1_u32..4, any_criterion(), any::<bool>(), proptest::option::of(0..NAMES.len()));
    (proptest::collection::vec(item, 1..=NAMES.len()), any_shape()).prop_filter_map(
        "refused by the static check",
        |(items, shape)| {
            let items: Vec<(&str, Value)> = items
                .into_iter()
                .zip(NAMES)
                .map(|((weight, points, criterion, verified, other), id)| {
                    let mut more =
                        json!({ "weight": f64::from(weight), "points": points, "criterion": criterion });
                    if verified {
                        more["mode"] = json!("verified");
                    }
                    if let Some(other) = other.map(|at| NAMES[at]).filter(|other| *other != id) {
                        more["equivalents"] = json!([key(other)]);
                    }
                    (id, more)
                })
                .collect();
            let ids: Vec<&str> = items.iter().map(|(id, _)| *id).collect();
            let definition = definition(&items, grow(&shape, &ids)?);
            definition.check().is_ok().then_some(definition)
        },
    )
}

/// How a group splits and is judged; numbers are reduced to what fits.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    kind: u8,
    need: u32,
    cut: usize,
    children: Vec<Shape>,
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let leaf = (0_u8..4, 1_u32..8, 1_usize..6).prop_map(|(kind, need, cut)| Shape {
        kind,
        need,
        cut,
        children: Vec::new(),
    });
    leaf.prop_recursive(2, 6, 2, |inner| {
        (0_u8..4, 1_u32..8, 1_usize..6, proptest::collection::vec(inner, 1..3))
            .prop_map(|(kind, need, cut, children)| Shape { kind, need, cut, children })
    })
}

/// A tree of this shape over these items: each item once.
fn grow(shape: &Shape, ids: &[&str]) -> Option<Value> {
    let (mut of, mut rest) = (Vec::new(), ids);
    for child in &shape.children {
        if rest.len() > 1 {
            let (some, others) = rest.split_at(shape.cut.min(rest.len() - 1));
            of.push(grow(child, some)?);
            rest = others;
        }
    }
    of.extend(rest.iter().map(|id| json!({ "item": id })));
    let children = u32::try_from(of.len()).ok()?;
    Some(match shape.kind {
        0 => json!({ "all_of": of }),
        1 => json!({ "in_order": of }),
        2 => json!({ "at_least": { "k": 1 + shape.need % children, "of": of } }),
        _ => json!({ "at_least_points": { "points": shape.need, "of": of } }),
    })
}

/// Whether the requirement holds when exactly these items are completed.
pub(crate) fn holds(definition: &Definition, node: &Node, done: &dyn Fn(&str) -> bool) -> bool {
    let children = || node.children().iter().map(|child| holds(definition, child, done));
    match node {
        Node::Item(id) => done(&id.0),
        Node::AllOf(_) | Node::InOrder(_) => children().all(|held| held),
        Node::AtLeast { k, .. } => children().filter(|held| *held).count() >= *k as usize,
        Node::AtLeastPoints { points, of } => {
            let held = of.iter().zip(children()).filter(|(_, held)| *held);
            held.map(|(child, _)| points_of(definition, child)).sum::<u32>() >= *points
        }
    }
}

fn points_of(definition: &Definition, node: &Node) -> u32 {
    match node {
        Node::Item(id) => definition.items.iter().find(|item| item.id == *id).unwrap().points,
        group => group.children().iter().map(|child| points_of(definition, child)).sum(),
    }
}
