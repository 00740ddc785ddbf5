//! Learners enrolled through the API while events flow.

use std::collections::BTreeMap;

use anyhow::ensure;
use chrono::{TimeDelta, Utc};
use lp_devstack::lms::Writer;
use lp_devstack::until;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::{Admin, CLAIMS};
use crate::openedx::Django;
use crate::stack::Stack;

const RUN: &str = "path-v1:OpenedX+N+2026+open";
const COURSE: &str = "course-v1:OpenedX+C+2026";

/// Also edge case j: what the person did before they were known to be invited counts at once.
#[tokio::test(flavor = "multi_thread")]
async fn edge_y_an_invited_person_is_enrolled_once_an_event_shows_that_they_are_here() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let admin = Admin::start(&stack).await.unwrap();
    admin.author(RUN, &[COURSE]).await.unwrap();
    let place = format!("/runs/{RUN}/enrolments");
    let invited = admin.post(&place, &json!({ "email": "Learner-7@Example.COM" })).await.unwrap();
    assert_eq!(invited["outcome"], "invited");
    let _consumer = stack.serve("consumer", &[CLAIMS]).unwrap();
    let django = Django::start(&stack).unwrap();
    let learner = Writer { learner: 7 };
    let at = Utc::now() - TimeDelta::days(1);
    stack.send(&[learner.passing(Uuid::now_v7(), at, COURSE, true)]).await.unwrap();
    until("the learner is in", async || {
        let enrolment = admin.get(&format!("{place}/7")).await?;
        ensure!(enrolment["state"] == "active", "{enrolment}");
        Ok(())
    })
    .await
    .unwrap();
    let invitations = admin.get(&format!("/runs/{RUN}/invitations")).await.unwrap();
    assert_eq!(
        (&invitations["items"][0]["state"], &invitations["items"][0]["user_id"]),
        (&json!("claimed"), &json!(7))
    );
    until("Django hears of both", async || {
        let kinds: Vec<Value> = django.received().iter().map(|signal| signal["kind"].clone()).collect();
        ensure!(kinds == ["enrollment_created", "completed"], "{kinds:?}");
        Ok(())
    })
    .await
    .unwrap();
    let enrolled = &django.received()[0]["data"];
    assert_eq!((&enrolled["status"], &enrolled["user"]["id"]), (&json!("active"), &json!(7)));
    assert_eq!(enrolled["path"]["key"], RUN);
    admin.post(&format!("{place}/7/withdraw"), &json!({})).await.unwrap();
    until("Django hears of the end", async || {
        let received = django.received();
        let last = received.last().map(|signal| (&signal["kind"], &signal["data"]["status"]));
        ensure!(last == Some((&json!("enrollment_changed"), &json!("withdrawn"))), "{last:?}");
        Ok(())
    })
    .await
    .unwrap();
}

/// A job and the service that does it die, events of the same learners arrive, another revision is published: no row is lost or
/// done twice, and nobody sees a deadlock.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_outlives_kill_9_while_events_flow_and_authors_publish() {
    const LEARNERS: i64 = 24_000;
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let mut admin = Admin::start(&stack).await.unwrap();
    admin.author(RUN, &[COURSE]).await.unwrap();
    let _consumer = stack.serve("consumer", &[CLAIMS]).unwrap();
    let table = (1..=LEARNERS).map(|learner| learner.to_string()).collect::<Vec<_>>().join("\n");
    let job = admin.job(RUN, format!("user_id\n{table}")).await.unwrap();
    // Every eighth has passed, before or after they are enrolled.
    let at = Utc::now() - TimeDelta::days(1);
    let events: Vec<_> = (1..=LEARNERS / 8)
        .map(|n| Writer { learner: n * 8 }.passing(Uuid::now_v7(), at, COURSE, true))
        .collect();
    let ((), ()) = tokio::join!(async { stack.send(&events).await.unwrap() }, async {
        for _ in 0..3 {
            let before = done_rows(&stack).await;
            until("some rows are done", async || {
                let done = done_rows(&stack).await;
                ensure!(done > before || done == LEARNERS, "{done}");
                Ok(())
            })
            .await
            .unwrap();
            admin.service.process.kill().unwrap();
            admin = Admin::start(&stack).await.unwrap();
        }
        admin.publish(RUN, &[COURSE, "course-v1:OpenedX+D+2026"]).await.unwrap();
    },);
    until("the job is done", async || {
        let job = admin.get(&job).await?;
        ensure!(job["state"] == "done", "{job}");
        Ok(())
    })
    .await
    .unwrap();
    let outcomes: BTreeMap<String, i64> =
        serde_json::from_value(admin.get(&job).await.unwrap()["outcomes"].clone()).unwrap();
    assert_eq!(outcomes, BTreeMap::from([("enrolled".to_owned(), LEARNERS)]));
    stack.until_consumed(events.len()).await.unwrap();
    let count = async |query| stack.number("progress", query).await.unwrap();
    assert_eq!(
        count("SELECT count(*) FROM enrolments WHERE state = 'active' AND changes = 1").await,
        LEARNERS
    );
    assert_eq!(count("SELECT count(*) FROM audit_log WHERE action = 'enrolment.created'").await, LEARNERS);
    // Whoever was enrolled under the first revision is held to it alone.
    let completed = "SELECT count(*) FROM enrolments e JOIN progress p USING (learner_id, run_id)
        WHERE e.learner_id % 8 = 0 AND (p.achievement = 2) <> (e.revision = 1)";
    assert_eq!(count(completed).await, 0);
    assert!(count("SELECT count(*) FROM progress WHERE achievement = 2").await > 0);
    let log = admin.service.process.log();
    assert!(!log.contains("deadlock"), "{log}");
}

async fn done_rows(stack: &Stack) -> i64 {
    stack.number("progress", "SELECT coalesce(sum(done_rows), 0)::bigint FROM jobs").await.unwrap()
}
