//! Revisions, archives, and who sees what of them.

use chrono::Utc;
use lp_devstack::lms::Writer;
use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::world::{course, days_ago, items, passing, run};

/// The digest at the end of a what-if.
async fn seen(world: &World, name: &str, revision: u32) -> Value {
    let body = json!({ "revision": revision, "moves": "everybody" }).to_string();
    let place = format!("/runs/{}/what-if", run(name));
    let text = world.admin.text("POST", &place, &body).await.unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    last["done"]["digest"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_a_an_item_removed_concerns_nobody_until_learners_are_moved() {
    let Some(world) = World::start().await else { return };
    world.author("a", Value::Null, &items(&["C", "D"])).await;
    for learner in [7, 8] {
        world.enrol("a", learner).await;
    }
    let (first, second) = (days_ago(3), days_ago(2));
    let events = [passing(7, "C", first, true), passing(7, "D", second, true), passing(8, "C", first, true)];
    world.tell(&events).await;
    world.publish("a", &items(&["C"])).await;
    let behind = world.learner(8, "a").await;
    assert_eq!((&behind["achievement"], &behind["revision"]), (&json!("in_progress"), &json!(1)));

    let move_all = async |digest: &Value| {
        let place = format!("/runs/{}/revisions/2/migrate", run("a"));
        world.admin.post(&place, &json!({ "moves": "everybody", "digest": digest })).await
    };
    let stale = seen(&world, "a", 2).await;
    world.tell(&[passing(9, "C", first, true)]).await;
    world.enrol("a", 9).await;
    assert!(move_all(&stale).await.unwrap_err().to_string().contains("409"), "another learner came");
    let moved = move_all(&seen(&world, "a", 2).await).await.unwrap();
    assert_eq!(
        (&moved["learners"], &moved["completed"]),
        (&json!(2), &json!(1)),
        "9 was enrolled in revision 2"
    );
    let moved = world.learner(8, "a").await;
    assert_eq!((&moved["achievement"], &moved["revision"]), (&json!("completed"), &json!(2)));
    let same = |award: &Value, at: chrono::DateTime<chrono::Utc>| {
        award["completed_at"]
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
            .timestamp_micros()
            == at.timestamp_micros()
    };
    let of_moved = world.awards(8, 1, 1).await;
    assert!(
        of_moved[0]["revision"] == 2 && same(&of_moved[0], first),
        "dated by what they did: {of_moved:?}"
    );
    let kept = world.awards(7, 1, 1).await;
    assert!(kept[0]["revision"] == 1 && same(&kept[0], second), "completed under revision 1: {kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_b_an_item_added_after_completion_takes_nothing_back() {
    let Some(world) = World::start().await else { return };
    world.author("b", json!({ "revision": "following" }), &items(&["C"])).await;
    world.enrol("b", 7).await;
    world.tell(&[passing(7, "C", days_ago(2), true)]).await;
    world.awards(7, 1, 1).await;
    world.enrol("b", 8).await;
    world.publish("b", &items(&["C", "D"])).await;
    let stands = world.until(7, "b", |found| found["revision"] == 2).await;
    assert_eq!(stands["completion"]["state"], "valid");
    assert_eq!(
        (&stands["achievement"], &stands["progress"]),
        (&json!("in_progress"), &json!(0.5)),
        "what is new to do"
    );
    let award = world.awards(7, 1, 1).await;
    assert_eq!(award[0]["revision"], 1, "the label under which it was completed");
    world.tell(&[passing(8, "C", days_ago(1), true)]).await;
    assert_eq!(world.learner(8, "b").await["progress"], 0.5, "by the latest");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_c_an_archived_run_takes_nobody_and_its_learners_still_complete_it() {
    let Some(world) = World::start().await else { return };
    world.author("c", Value::Null, &items(&["C"])).await;
    world.enrol("c", 7).await;
    assert_eq!(world.listed().await.len(), 1);
    world.admin.post(&format!("/runs/{}/archive", run("c")), &json!({})).await.unwrap();
    assert_eq!(world.listed().await.len(), 0);
    let place = format!("/runs/{}/enrolments", run("c"));
    let refused = world.admin.post(&place, &json!({ "user_id": 8 })).await.unwrap_err().to_string();
    assert!(refused.contains("409"), "{refused}");
    world.tell(&[passing(7, "C", days_ago(0), true)]).await;
    assert_eq!(world.learner(7, "c").await["achievement"], "completed");
    world.awards(7, 1, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_d_a_rerun_of_a_course_proposes_a_run_and_leaves_the_old_one_alone() {
    let Some(world) = World::start().await else { return };
    world.author("2026", Value::Null, &items(&["C", "D"])).await;
    world.author("archived", Value::Null, &items(&["C"])).await;
    world.admin.post(&format!("/runs/{}/archive", run("archived")), &json!({})).await.unwrap();
    world.enrol("2026", 7).await;
    let rerun = |of: &str| Writer::rerun(Uuid::now_v7(), Utc::now(), &course(of).replace("2026", "2027"));
    let of_c = rerun("C");
    world.tell(&[of_c.clone(), rerun("unheard_of")]).await;
    let proposed = world.admin.get("/proposals").await.unwrap()["items"].clone();
    let next = run("2027");
    let mut replace = json!({ course("C"): course("C").replace("2026", "2027") });
    assert_eq!(proposed.as_array().unwrap().len(), 1, "{proposed}");
    assert_eq!((&proposed[0]["source"], &proposed[0]["run_key"]), (&json!(run("2026")), &json!(next)));
    assert_eq!(proposed[0]["replace"], replace);
    world.tell(&[rerun("D")]).await;
    let proposed = world.admin.get("/proposals").await.unwrap()["items"][0].clone();
    replace[course("D")] = json!(course("D").replace("2026", "2027"));
    assert_eq!(proposed["replace"], replace, "one run for both");

    let clone = json!({ "run_key": proposed["run_key"], "replace": proposed["replace"] });
    world.admin.post(&format!("/runs/{}/clone", run("2026")), &clone).await.unwrap();
    let nothing = async || world.admin.get("/proposals").await.unwrap()["items"] == json!([]);
    assert!(nothing().await, "it is made");
    world.tell(&[of_c]).await;
    assert!(nothing().await, "the same event again");
    let draft = world.admin.get(&format!("/runs/{next}/draft")).await.unwrap();
    assert_eq!(draft["definition"]["items"][0]["key"], replace[course("C")]);
    let old = world.admin.get(&format!("/runs/{}/revisions/1", run("2026"))).await.unwrap();
    assert_eq!(old["definition"]["items"][0]["key"], course("C"));
    world.tell(&[passing(7, "C", days_ago(0), true)]).await;
    assert_eq!(world.learner(7, "2026").await["progress"], 0.5, "on the old one");
    // Put aside, until there is news.
    let later = Writer::rerun(Uuid::now_v7(), Utc::now(), &course("C").replace("2026", "2028"));
    world.tell(&[later]).await;
    let place = format!("/runs/{}/proposal", run("2026"));
    world.admin.ask("DELETE", &place, &[], "").await.unwrap();
    assert!(nothing().await);
    assert!(world.admin.ask("DELETE", &place, &[], "").await.is_err(), "there is nothing any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn edge_u_what_can_never_be_completed_is_not_published() {
    let Some(world) = World::start().await else { return };
    let place = format!("/runs/{}", run("u"));
    world.admin.post("/runs", &json!({ "run_key": run("u") })).await.unwrap();
    let good = items(&["C"]);
    let with = |requirement: Value| json!({ "items": good["items"], "requirement": requirement });
    let mut etag = None;
    for (wrong, pointer) in [
        (with(json!({ "all_of": [] })), "/requirement"),
        (with(json!({ "at_least": { "k": 2, "of": [{ "item": "C" }] } })), "/requirement"),
        (with(json!({ "at_least": { "k": 0, "of": [{ "item": "C" }] } })), "/requirement"),
        (with(json!({ "all_of": [{ "item": "C" }, { "item": "C" }] })), "/requirement"),
    ] {
        let (draft, refused) = world.admin.try_publish(&run("u"), etag.as_deref(), &wrong).await.unwrap();
        etag = Some(draft);
        assert!(refused.contains("422") && refused.contains(pointer), "{wrong}: {refused}");
    }
    assert_eq!(world.admin.get(&place).await.unwrap()["revision"], 0);
}
