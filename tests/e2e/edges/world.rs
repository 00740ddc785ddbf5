//! All services on real parts, and short words for what is done with them.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use lp_devstack::lms::{Message, Writer};
use lp_devstack::until;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::{Admin, CLAIMS};
use crate::stack::{Service, Stack};

pub(crate) struct World {
    pub(crate) admin: Admin,
    pub(crate) stack: Stack,
    services: Vec<Service>,
    sent: AtomicUsize,
}

/// A course run of the tests.
pub(crate) fn course(name: &str) -> String {
    format!("course-v1:OpenedX+{name}+2026")
}

/// A path run of the tests.
pub(crate) fn run(name: &str) -> String {
    format!("path-v1:OpenedX+N+{name}+open")
}

/// So many days ago.
pub(crate) fn days_ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days)
}

/// That a learner passes a course, or no longer does.
pub(crate) fn passing(learner: i64, of: &str, at: DateTime<Utc>, passing: bool) -> Message {
    Writer { learner }.passing(Uuid::now_v7(), at, &course(of), passing)
}

/// A definition that wants all of these items.
pub(crate) fn all_of(items: &[Value]) -> Value {
    let leaves = items.iter().map(|item| json!({ "item": item["id"] }));
    json!({ "items": items, "requirement": { "all_of": leaves.collect::<Vec<_>>() } })
}

/// A course as an item, over which `more` goes.
pub(crate) fn item(of: &str, more: &Value) -> Value {
    let mut item = json!({ "id": of, "key": course(of), "title": of });
    for (name, value) in more.as_object().into_iter().flatten() {
        item[name] = value.clone();
    }
    item
}

/// Courses as items.
pub(crate) fn items(courses: &[&str]) -> Value {
    all_of(&courses.iter().map(|of| item(of, &Value::Null)).collect::<Vec<_>>())
}

impl World {
    /// `None` where there are no real parts.
    pub(crate) async fn start() -> Option<Self> {
        let stack = Stack::start().await.unwrap()?;
        let admin = Admin::start(&stack).await.unwrap();
        admin.post("/paths", &json!({ "org": "OpenedX", "number": "N", "title": "A path" })).await.unwrap();
        let services = ["consumer", "query", "credentials"].map(|name| stack.serve(name, &[CLAIMS]).unwrap());
        for service in &services {
            service.until_ready().await.unwrap();
        }
        Some(Self { admin, stack, services: services.into(), sent: AtomicUsize::new(0) })
    }

    /// Another consumer, to share the partitions with.
    pub(crate) fn another_consumer(&mut self) {
        self.services.push(self.stack.serve("consumer", &[CLAIMS]).unwrap());
    }

    /// Makes a run, with the usual policy where it is null, and publishes this.
    pub(crate) async fn author(&self, name: &str, policy: Value, definition: &Value) {
        let policy = if policy.is_null() { json!({}) } else { policy };
        self.admin.post("/runs", &json!({ "run_key": run(name), "policy": policy })).await.unwrap();
        self.publish(name, definition).await;
    }

    /// Publishes a run's next revision.
    pub(crate) async fn publish(&self, name: &str, definition: &Value) {
        self.admin.publish_definition(&run(name), definition).await.unwrap();
    }

    pub(crate) async fn enrol(&self, name: &str, learner: i64) -> Value {
        self.admin
            .post(&format!("/runs/{}/enrolments", run(name)), &json!({ "user_id": learner }))
            .await
            .unwrap()
    }

    /// Tells the consumer, and waits until it knows.
    pub(crate) async fn tell(&self, messages: &[Message]) {
        self.stack.send(messages).await.unwrap();
        let sent = self.sent.fetch_add(messages.len(), Ordering::Relaxed) + messages.len();
        self.stack.until_consumed(sent).await.unwrap();
    }

    /// How far a learner is in a run.
    pub(crate) async fn learner(&self, learner: i64, name: &str) -> Value {
        self.get(1, &format!("/learners/{learner}/runs/{}", run(name))).await.unwrap()
    }

    /// Waits until a learner stands so in a run.
    pub(crate) async fn until(&self, learner: i64, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let look = async || {
            let found = self.get(1, &format!("/learners/{learner}/runs/{}", run(name))).await?;
            ensure!(is_so(&found), "{found:#}");
            Ok(found)
        };
        until("the learner stands so", look).await.unwrap()
    }

    /// Waits until a learner has so many awards, of which so many stand; oldest completion first.
    pub(crate) async fn awards(&self, learner: i64, all: usize, valid: usize) -> Vec<Value> {
        until("awards are there", async || {
            let mut found = self.get(2, &format!("/learners/{learner}/awards")).await?;
            let mut awards: Vec<Value> = serde_json::from_value(found["items"].take())?;
            awards.reverse();
            let standing = awards.iter().filter(|award| award["status"] == "valid").count();
            ensure!((awards.len(), standing) == (all, valid), "{awards:#?}");
            Ok(awards)
        })
        .await
        .unwrap()
    }

    /// Runs that learners see.
    pub(crate) async fn listed(&self) -> Vec<Value> {
        let mut found = self.get(1, "/runs").await.unwrap();
        serde_json::from_value(found["items"].take()).unwrap()
    }

    /// Asks a service, by its place among them.
    async fn get(&self, service: usize, place: &str) -> anyhow::Result<Value> {
        let url = format!("{}/api/v1{place}", self.services[service].url);
        let answer = reqwest::get(url).await?.error_for_status()?;
        serde_json::from_str(&answer.text().await?).context("JSON")
    }
}
