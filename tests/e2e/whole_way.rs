//! From a real Open edX event to an award, and to Open edX again.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::ensure;
use chrono::{DateTime, Utc};
use lp_devstack::lms::{Award, Expected, Simulation};
use serde_json::Value;

use crate::compare::{Look, agrees};
use crate::openedx::{Django, produce};
use crate::stack::Stack;
use lp_devstack::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_real_event_becomes_progress_a_completion_an_award_and_a_signal_in_django() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(1, 200);
    stack.import(&simulation.import).unwrap();
    let _consumer = stack.serve("consumer", &[]).unwrap();
    let (_query, _credentials, apis) = stack.apis().unwrap();
    let django = Django::start(&stack).unwrap();
    let mut sent = 0;
    for phase in &simulation.phases {
        produce(&stack, &phase.messages).await.unwrap();
        sent += phase.messages.len();
        stack.until_consumed(sent).await.unwrap();
        agrees(&stack, &apis, &phase.expected, Look::Everything).await.unwrap();
    }
    let first = &simulation.phases[0].expected;
    let last = &simulation.phases[1].expected;
    until("Django has every signal", async || {
        let received = django.received();
        let (completed, revoked) = of_kinds(&received);
        ensure!(completed.len() == count(first, Award::Valid), "{} completions", completed.len());
        ensure!(revoked.len() == count(last, Award::Revoked), "{} revocations", revoked.len());
        Ok(())
    })
    .await
    .unwrap();
    let received = django.received();
    let (completed, revoked) = of_kinds(&received);
    let enrolled = received.iter().filter(|signal| signal["kind"] == "enrollment_created").count();
    let enrolments = stack.number("progress", "SELECT count(*) FROM enrolments").await.unwrap();
    assert_eq!(i64::try_from(enrolled).unwrap(), enrolments);
    // Where a regrade takes nothing, the world hears that the requirement is not met any more.
    let changed = received.iter().filter(|signal| signal["kind"] == "completion_changed");
    let kept = changed.filter(|signal| {
        let data = &signal["data"];
        (&data["state"], &data["requirement_met"]) == (&Value::from("valid"), &Value::from(false))
    });
    assert_eq!(
        completed.len() + revoked.len() + enrolled + kept.count(),
        received.len(),
        "each signal once an id"
    );
    let ids: BTreeSet<i64> = first.iter().map(|expected| expected.learner).collect();
    let seen = apis.learners(ids.into_iter()).await.unwrap();
    for expected in first.iter().filter(|expected| expected.award == Award::Valid) {
        let id = (expected.learner, expected.run_key.clone());
        every_field(expected, completed[&id]);
        // Later facts may date it earlier; what the world was told stays told.
        let run = seen[&id.0].runs.iter().find(|run| run["run_key"] == id.1.as_str()).unwrap();
        assert_eq!(completed_at(completed[&id]), completed_at(&run["completion"]));
        if let Some(revocation) = revoked.get(&id) {
            assert_eq!(revocation["completion_id"], completed[&id]["completion_id"]);
            assert_eq!(revocation["reason"], "requirement_no_longer_met");
        }
    }
    assert_eq!(stack.number("progress", "SELECT count(*) FROM quarantined_messages").await.unwrap(), 0);
}

type ByRun<'a> = BTreeMap<(i64, String), &'a Value>;

/// Completions and revocations by learner and run.
fn of_kinds(received: &[Value]) -> (ByRun<'_>, ByRun<'_>) {
    let of = |kind: &str| {
        let of_kind = received.iter().filter(|signal| signal["kind"] == kind).map(|signal| &signal["data"]);
        of_kind
            .map(|data| {
                let id = data["user"]["id"].as_i64().unwrap_or_default();
                ((id, data["path"]["key"].as_str().unwrap_or_default().to_owned()), data)
            })
            .collect()
    };
    (of("completed"), of("revoked"))
}

fn count(expected: &[Expected], award: Award) -> usize {
    expected.iter().filter(|one| one.award == award).count()
}

fn every_field(expected: &Expected, data: &Value) {
    let name = format!("learner-{}", expected.learner);
    assert_eq!(data["user"]["pii"]["username"], name);
    assert_eq!(data["user"]["pii"]["email"], format!("{name}@example.com"));
    assert_eq!(data["user"]["pii"]["name"], format!("Learner {}", expected.learner));
    assert_eq!(data["user"]["is_active"], true);
    assert!(data["path"]["display_name"].as_str().is_some_and(|title| !title.is_empty()));
    assert_eq!((&data["revision"], &data["attempt"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(data["progress"], 1.0);
    assert!(Some(completed_at(data)) >= expected.completed_at, "{}", data["completed_at"]);
    let grade = data["grade"].as_str().unwrap();
    assert!(grade.is_empty() || grade.parse::<f64>().is_ok_and(|grade| (0.0..=1.0).contains(&grade)));
    let of_each = |name: &str| -> Vec<&str> {
        data[name].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    };
    let (keys, titles) = (of_each("context_keys"), of_each("context_titles"));
    assert!(keys.len() >= 2 && titles.len() == keys.len() && titles.iter().all(|title| !title.is_empty()));
    assert_eq!(of_each("context_grades").len(), keys.len());
    let dates = of_each("context_dates").into_iter().map(|date| date.parse::<DateTime<Utc>>().unwrap());
    assert!(dates.max().is_some_and(|last| last >= completed_at(data)), "one of them completed it: {data}");
    assert_eq!(data["completion_id"].as_str().map(str::len), Some(36));
}

fn completed_at(of: &Value) -> DateTime<Utc> {
    of["completed_at"].as_str().unwrap().parse().unwrap()
}
