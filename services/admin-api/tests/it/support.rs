//! The router, asked by tests as anybody.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use lp_admin_api::http::{AdminState, api};
use lp_domain::{LearnerId, RunKey, Timestamp};
use lp_http::auth::testing::{Who, auth};
use lp_http::{Checks, Limits};
use lp_progress_store::audit::By;
use lp_progress_store::{Again, Catalogue, ClaimKey, EnrolmentRequest, Wish, enrol};
use lp_runtime::grants_in;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

pub(crate) const RUN: &str = "path-v1:Org+N+2026+open";

pub(crate) fn claim_key() -> ClaimKey {
    ClaimKey::new("a secret that all services share".into())
}

/// Enrols learners of these ids in the run `RUN`.
pub(crate) async fn enrolled(pool: &PgPool, learners: impl IntoIterator<Item = i64>) {
    let now = Timestamp::try_from(chrono::Utc::now()).unwrap();
    let requests: Vec<EnrolmentRequest> = learners
        .into_iter()
        .map(|learner| EnrolmentRequest {
            learner: LearnerId::try_from(learner).unwrap(),
            run: RunKey::parse(RUN).unwrap(),
            wish: Wish::Enrol(Again::Resumed),
            at: now,
        })
        .collect();
    let mut conn = pool.acquire().await.unwrap();
    enrol(&mut conn, &mut Catalogue::default(), &By::command("test"), &requests, now).await.unwrap();
}

pub(crate) fn router(pool: &PgPool) -> Router {
    router_of(pool, Some(60))
}

fn router_of(pool: &PgPool, calls_per_minute: Option<u32>) -> Router {
    let auth = auth().unwrap().with_grants(grants_in(pool.clone()));
    let state = AdminState::new(pool.clone(), Some(claim_key()), calls_per_minute);
    api(state, Checks::new(), Arc::new(String::new), auth, Limits::default()).router()
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    pub(crate) fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }

    /// That it is of this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// One who asks.
#[derive(Clone)]
pub(crate) struct Client {
    router: Router,
    who: Who,
}

impl Client {
    pub(crate) fn new(pool: &PgPool, who: Who) -> Self {
        Self { router: router(pool), who }
    }

    /// One who asks a service that knows no LMS.
    pub(crate) fn without_lms(pool: &PgPool, who: Who) -> Self {
        Self { router: router_of(pool, None), who }
    }

    /// Sends a request; a null body is none.
    pub(crate) async fn ask(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        if body.is_null() {
            return self.send(method, uri, headers, "").await;
        }
        let json = (header::CONTENT_TYPE.as_str(), "application/json");
        self.send(method, uri, &[headers, &[json]].concat(), &body.to_string()).await
    }

    /// Sends a request with a body of any kind.
    pub(crate) async fn send(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = self.who.request(method, &format!("/api/v1{uri}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.ask("GET", uri, &[], Value::Null).await
    }

    pub(crate) async fn post(&self, uri: &str, body: Value) -> Answer {
        self.ask("POST", uri, &[], body).await
    }

    /// Writes a draft of the run, the first one or over that of `etag`.
    pub(crate) async fn draft(&self, run: &str, etag: Option<&str>, definition: Value) -> Answer {
        let header = etag.map_or(("if-none-match", "*"), |etag| ("if-match", etag));
        let body = json!({ "definition": definition });
        self.ask("PUT", &format!("/runs/{run}/draft"), &[header], body).await
    }

    pub(crate) async fn publish(&self, run: &str, etag: &str) -> Answer {
        self.ask("POST", &format!("/runs/{run}/publish"), &[("if-match", etag)], Value::Null).await
    }
}

/// All of these courses.
pub(crate) fn definition(courses: &[u32]) -> Value {
    let items = courses.iter().map(
        |n| json!({ "id": format!("c{n}"), "key": format!("course-v1:Org+C{n}+2026"), "title": "A course" }),
    );
    let leaves = courses.iter().map(|n| json!({ "item": format!("c{n}") }));
    json!({ "items": items.collect::<Vec<_>>(), "requirement": { "all_of": leaves.collect::<Vec<_>>() } })
}

/// A manager of `Org` who has made path `N` and the run `RUN` with a published revision.
pub(crate) async fn manager(pool: &PgPool) -> Client {
    let manager = Client::new(pool, Who::Manager);
    manager.post("/paths", json!({ "org": "Org", "number": "N", "title": "A path" })).await.is(201);
    manager.post("/runs", json!({ "run_key": RUN })).await.is(201);
    let etag = manager.draft(RUN, None, definition(&[1, 2])).await.is(200).etag();
    manager.publish(RUN, &etag).await.is(201);
    manager
}
