//! What time alone changes, while the services run.

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

/// Dates are local to the run's zone, and fire whatever crashes; what is done after the closing does not count.
#[tokio::test(flavor = "multi_thread")]
async fn edge_q_local_dates_fire_once_in_their_zone_and_a_closed_run_judges_no_more() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let admin = Admin::start(&stack).await.unwrap();
    admin.author(RUN, &[COURSE]).await.unwrap();
    for learner in [7, 8] {
        admin.post(&format!("/runs/{RUN}/enrolments"), &json!({ "user_id": learner })).await.unwrap();
    }
    let mut consumer = stack.serve("consumer", &[CLAIMS]).unwrap();
    let django = Django::start(&stack).unwrap();
    stack.send(&[Writer { learner: 7 }.passing(Uuid::now_v7(), Utc::now(), COURSE, true)]).await.unwrap();
    stack.until_consumed(1).await.unwrap();

    // Thirteen hours ahead of UTC, at the other side of the day: due until the end of yesterday, there.
    let there = Utc::now() + TimeDelta::hours(13);
    let (yesterday, soon) = (there - TimeDelta::days(1), there + TimeDelta::seconds(4));
    let schedule = json!({ "time_zone": "Etc/GMT-13", "due": { "on": yesterday.format("%Y-%m-%d").to_string() },
        "closes": soon.format("%Y-%m-%dT%H:%M:%S").to_string() });
    admin.edit(&format!("/runs/{RUN}"), &json!({ "schedule": schedule })).await.unwrap();
    consumer.process.kill().unwrap();
    consumer = stack.serve("consumer", &[CLAIMS]).unwrap();
    let of_dates = async || {
        let received = django.received();
        let signals = received.iter().filter(|signal| signal["kind"] == "time_status_changed");
        signals.map(|signal| signal["data"].clone()).collect::<Vec<Value>>()
    };
    until("Django hears of both dates", async || {
        let told = of_dates().await;
        let statuses: Vec<&Value> = told.iter().map(|data| &data["status"]).collect();
        ensure!(statuses == ["overdue", "closed"], "{statuses:?}");
        Ok(())
    })
    .await
    .unwrap();
    let told = of_dates().await;
    assert_eq!([&told[0]["user"]["id"], &told[1]["user"]["id"]], [8, 8], "not of whoever completed it");
    let instant = |data: &Value, name: &str| {
        let text = data[name].as_str().unwrap().replace(' ', "T");
        text.parse::<chrono::DateTime<Utc>>().unwrap().timestamp()
    };
    let of_zone = |local: chrono::NaiveDateTime| (local - TimeDelta::hours(13)).and_utc().timestamp();
    assert_eq!(instant(&told[0], "due_at"), of_zone(there.date_naive().and_hms_opt(0, 0, 0).unwrap()));
    assert_eq!(instant(&told[1], "changed_at"), of_zone(soon.naive_utc()), "not when anybody looked");

    stack.send(&[Writer { learner: 8 }.passing(Uuid::now_v7(), Utc::now(), COURSE, true)]).await.unwrap();
    stack.until_consumed(2).await.unwrap();
    let completed = "SELECT count(*) FROM progress WHERE achievement = 2";
    assert_eq!(stack.number("progress", completed).await.unwrap(), 1, "learner 8 came too late");
    assert_eq!(of_dates().await.len(), 2, "each once");
    drop(consumer);
}
