//! Events that never came, found at the LMS.

use anyhow::ensure;
use chrono::{TimeDelta, Utc};
use lp_devstack::lms::Writer;
use lp_devstack::lms_api::{Account, Course, Grade};
use lp_devstack::{LmsApi, until};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::{Admin, CLAIMS};
use crate::openedx::Django;
use crate::stack::Stack;

const RUN: &str = "path-v1:OpenedX+N+2026+open";
const COURSES: [&str; 2] = ["course-v1:OpenedX+C+2026", "course-v1:OpenedX+D+2026"];

/// The events of one course were lost. A check finds just that, what it records completes the path, once, and whatever the bus says
/// later holds by its date.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_event_is_found_recorded_and_told_once_and_a_newer_one_wins() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let lms = LmsApi::start().await.unwrap();
    lms.add_account(Account::learner(7, "learner7"));
    for course in COURSES {
        lms.add_course(Course::open(course));
        lms.set_enrolment("learner7", course, "verified", true);
        lms.set_grade("learner7", course, Grade { passed: true, percent: 0.9 });
    }
    let url = lms.url();
    let at_lms = [
        ("LP_LMS_URL", url.as_str()),
        ("LP_LMS_CLIENT_ID", LmsApi::CLIENT_ID),
        ("LP_LMS_CLIENT_SECRET", LmsApi::CLIENT_SECRET),
    ];
    let mut admin = Admin::start_with(&stack, &at_lms).await.unwrap();
    admin.post("/paths", &json!({ "org": "OpenedX", "number": "N", "title": "A path" })).await.unwrap();
    let run = json!({ "run_key": RUN, "policy": { "regression": "revocable" } });
    admin.post("/runs", &run).await.unwrap();
    admin.publish(RUN, &COURSES).await.unwrap();
    admin.post(&format!("/runs/{RUN}/enrolments"), &json!({ "user_id": 7 })).await.unwrap();
    let _consumer = stack.serve("consumer", &[CLAIMS]).unwrap();
    let django = Django::start(&stack).unwrap();
    let (learner, before) = (Writer { learner: 7 }, Utc::now() - TimeDelta::days(1));
    let heard = [
        learner.enrolment(Uuid::now_v7(), before, COURSES[0], true),
        learner.passing(Uuid::now_v7(), before, COURSES[0], true),
        learner.grade(Uuid::now_v7(), before, COURSES[0], 0.9, before),
    ];
    stack.send(&heard).await.unwrap();
    stack.until_consumed(heard.len()).await.unwrap();

    let asked = json!({ "settle_seconds": 1, "heal": true });
    let check = admin.post(&format!("/runs/{RUN}/gap-checks"), &asked).await.unwrap();
    let check = format!("/gap-checks/{}", check["check_id"].as_str().unwrap());
    until("the check waits for what may be on its way", async || {
        ensure!(lms.calls("certificate") >= 2, "{}", lms.calls("certificate"));
        Ok(())
    })
    .await
    .unwrap();
    admin.service.process.kill().unwrap();
    admin = Admin::start_with(&stack, &at_lms).await.unwrap();
    until("the check is done", async || {
        let check = admin.get(&check).await?;
        ensure!(check["state"] == "done", "{check}");
        Ok(())
    })
    .await
    .unwrap();
    let found = admin.get(&format!("{check}/findings")).await.unwrap();
    let found: Vec<(&Value, &Value, &Value)> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["context_key"], &one["kind"], &one["outcome"]))
        .collect();
    let (course, healed) = (json!(COURSES[1]), json!("healed"));
    let kinds = ["enrolment", "grade", "passing"].map(Value::from);
    let expected: Vec<_> = kinds.iter().map(|kind| (&course, kind, &healed)).collect();
    assert_eq!(found, expected);

    // The lost event turns up after all, and is no news; what happened since is.
    let late = learner.passing(Uuid::now_v7(), before, COURSES[1], true);
    let newer = learner.passing(Uuid::now_v7(), Utc::now(), COURSES[1], false);
    stack.send(&[late, newer]).await.unwrap();
    until("Django hears of the completion and its end", async || {
        let received = django.received();
        let kinds: Vec<&Value> = received.iter().map(|signal| &signal["kind"]).collect();
        let of_completion =
            ["completed", "revoked"].map(|word| kinds.iter().filter(|kind| **kind == word).count());
        ensure!(of_completion == [1, 1], "{kinds:?}");
        Ok(())
    })
    .await
    .unwrap();
}
