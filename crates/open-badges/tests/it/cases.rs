//! Credentials, and what any verifier must say of them.

use lp_open_badges::*;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::issuer::{at, did, key, public, signer};
use crate::shapes;
use crate::tampering::{added, tampered};

/// A moment at which [`shapes::usual`] holds.
const NOW: &str = "2026-06-01T00:00:00Z";

/// A credential, what a verifier finds out about it, and when it asks.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Case {
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) credential: String,
    did: DidDocument,
    lists: Vec<String>,
    now: String,
    #[serde(skip)]
    pub(crate) expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Signed by the issuer and within its dates; with these bits set.
    Good(Vec<StatusPurpose>),
    Bad,
}

/// What a verifier answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    verified: bool,
    set: Vec<StatusPurpose>,
    #[expect(dead_code, reason = "printed with the others, when a test fails")]
    error: String,
}

/// Fails with all cases of which the verifier says something else.
pub(crate) fn compare(cases: &[Case], answers: &[Answer]) {
    assert_eq!(cases.len(), answers.len());
    let wrong = cases.iter().zip(answers).filter(|(case, answer)| match &case.expected {
        Expected::Good(set) => !answer.verified || answer.set != *set,
        Expected::Bad => answer.verified,
    });
    let wrong: Vec<_> =
        wrong.map(|(case, answer)| format!("{}: {answer:?}\n{}", case.name, case.credential)).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn signed<D: Document>(document: D) -> String {
    sign(document, &signer(1), at("2026-05-01T12:35:00Z")).unwrap()
}

fn list(purpose: StatusPurpose, set: &[u32]) -> String {
    signed(shapes::list(purpose, set))
}

/// A credential of our first key, asked about at [`NOW`], without lists.
fn case(name: impl Into<String>, credential: String, expected: Expected) -> Case {
    let did = did().document(&public(1), &[]);
    Case { name: name.into(), credential, did, lists: vec![], now: NOW.into(), expected }
}

fn good() -> Expected {
    Expected::Good(vec![])
}

/// Shapes at their bounds, and any others.
pub(crate) fn shapes() -> Vec<Case> {
    let mut cases = vec![
        case("least", signed(shapes::least()), good()),
        case("usual", signed(shapes::usual()), good()),
        case("most", signed(shapes::most()), good()),
        case("alike", signed(shapes::alike()), good()),
    ];
    let mut runner = TestRunner::deterministic();
    for number in 0..60 {
        let mut credential = shapes::credentials().new_tree(&mut runner).unwrap().current();
        credential.valid_from = at("2026-05-01T12:34:56Z");
        credential.valid_until = None;
        cases.push(case(format!("any {number}"), signed(credential), good()));
    }
    cases
}

/// Of [`shapes`] those that Open Badges 3.0 has a schema for: it allows one status entry.
pub(crate) fn shapes_of_open_badges() -> Vec<Case> {
    let several = |case: &Case| {
        let credential: Value = serde_json::from_str(&case.credential).unwrap();
        credential["credentialStatus"].is_array()
    };
    shapes().into_iter().filter(|case| !several(case)).collect()
}

/// Fresh, revoked, suspended, both; and lists that cannot be believed.
pub(crate) fn statuses() -> Vec<Case> {
    use StatusPurpose::{Revocation, Suspension};
    let both = signed(shapes::most());
    let bits = |set: bool| if set { vec![94_567] } else { vec![94_566, 94_568, 0, 131_071] };
    let mut cases = vec![];
    for (revoked, suspended) in [(false, false), (true, false), (false, true), (true, true)] {
        let set = [(revoked, Revocation), (suspended, Suspension)];
        let set = set.into_iter().filter(|(set, _)| *set).map(|(_, purpose)| purpose).collect();
        let mut case = case(format!("{revoked} {suspended}"), both.clone(), Expected::Good(set));
        case.lists = vec![list(Revocation, &bits(revoked)), list(Suspension, &bits(suspended))];
        cases.push(case);
    }
    let usual = signed(shapes::usual());
    let of_list =
        |name: &str, list: String| Case { lists: vec![list], ..case(name, usual.clone(), Expected::Bad) };
    let mut expired = shapes::list(Revocation, &[]);
    (expired.valid_from, expired.valid_until) = (at("2020-01-01T00:00:00Z"), at("2020-01-02T00:00:00Z"));
    cases.push(of_list("a list that is past", signed(expired)));
    let forged = sign(shapes::list(Revocation, &[]), &Signer::new(did(), key(9)), at(NOW)).unwrap();
    cases.push(of_list("a list signed by another key", forged));
    cases.push(of_list(
        "a list of another purpose",
        signed(shapes::list_at(shapes::REVOCATIONS, Suspension, &[])),
    ));
    cases
}

/// Each bit around that of the credential, one set at a time.
pub(crate) fn neighbours() -> Vec<Case> {
    let mut cases = vec![];
    for index in [0, 94_567, 131_071_u32] {
        let mut credential = shapes::usual();
        credential.credential_status = vec![shapes::revocation(index)];
        let credential = signed(credential);
        for bit in index.saturating_sub(9)..=(index + 9).min(LIST_LENGTH - 1) {
            let set = if bit == index { vec![StatusPurpose::Revocation] } else { vec![] };
            let name = format!("credential {index}, bit {bit}");
            let lists = vec![list(StatusPurpose::Revocation, &[bit])];
            cases.push(Case { lists, ..case(name, credential.clone(), Expected::Good(set)) });
        }
    }
    cases
}

/// Before, within and after the dates of a credential.
pub(crate) fn dates() -> Vec<Case> {
    let credential = signed(shapes::most());
    [
        ("2026-04-30T12:34:56Z", Expected::Bad),
        ("2026-05-01T12:34:56Z", good()),
        ("2027-05-01T12:34:56Z", good()),
        ("2027-05-02T12:34:56Z", Expected::Bad),
    ]
    .map(|(now, expected)| Case { now: now.into(), ..case(now, credential.clone(), expected) })
    .into()
}

/// Other keys than the one that the issuer lists.
pub(crate) fn keys() -> Vec<Case> {
    let credential = signed(shapes::usual());
    let forged = sign(shapes::usual(), &Signer::new(did(), key(9)), at(NOW)).unwrap();
    let claimed = forged.replace(&public(9).to_string(), &public(1).to_string());
    let rotated = did().document(&public(2), &[public(1)]);
    let dropped = did().document(&public(2), &[]);
    vec![
        case("an unknown key", forged, Expected::Bad),
        case("an unknown key under a known name", claimed, Expected::Bad),
        Case { did: rotated, ..case("an old key, kept", credential.clone(), good()) },
        Case { did: dropped, ..case("an old key, dropped", credential, Expected::Bad) },
    ]
}

/// Each value changed, and each key taken away.
pub(crate) fn changes() -> Vec<Case> {
    cases_of(tampered(&serde_json::from_str(&signed(shapes::most())).unwrap()))
}

/// Each object with a key more. Not every implementation of JSON-LD says that it drops it.
pub(crate) fn additions() -> Vec<Case> {
    cases_of(added(&serde_json::from_str(&signed(shapes::most())).unwrap()))
}

fn cases_of(changed: Vec<Value>) -> Vec<Case> {
    changed.into_iter().map(|changed| case("changed", changed.to_string(), Expected::Bad)).collect()
}
