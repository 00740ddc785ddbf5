//! Those who manage credentials of `Org`, and what goes on behind them, for tests.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use chrono::Utc;
use http_body_util::BodyExt as _;
use lp_credentials::http::api;
use lp_credentials::issuing::{Done, ensure_key, issue_some, sign_lists, work_on_a_job};
use lp_credentials_store::issuing::audit::By;
use lp_credentials_store::{Completion, Revocation, Tellings, Told, record};
use lp_http::auth::testing::{Who, auth};
use lp_http::{Checks, Limits};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::http::{at, holder, issuer, state};

/// The run that has credentials.
pub(crate) const RUN: &str = "path-v1:Org+N+R+G";

pub(crate) struct Office {
    pub(crate) pool: PgPool,
    pub(crate) router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    /// What it says was wrong.
    pub(crate) fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn location(&self) -> String {
        self.headers[header::LOCATION].to_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

pub(crate) fn definition() -> Value {
    json!({ "name": "Data Engineering", "description": "For the path.", "criteria": "All of **it**.", "shows_grade": true })
}

impl Office {
    /// With a key, an issuer, and a definition for path `Org+N`.
    pub(crate) async fn open(pool: PgPool) -> Self {
        let auth = auth().unwrap();
        let router =
            api(state(&pool), Checks::new(), Arc::new(String::new), auth, Limits::default()).router();
        let mut tx = pool.begin().await.unwrap();
        let by = By { actor: "credentials", request_id: None, reason: None };
        ensure_key(&mut tx, &by, &issuer().secrets).await.unwrap();
        tx.commit().await.unwrap();
        let office = Self { pool, router };
        office.put("/api/v1/issuers/Org", "*", json!({ "name": "Example University" })).await.is(200);
        office.put("/api/v1/definitions/Org+N", "*", definition()).await.is(200);
        office
    }

    pub(crate) async fn ask(
        &self,
        who: Option<Who>,
        method: &str,
        uri: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request =
            who.map_or_else(|| Request::builder().method(method).uri(uri), |who| who.request(method, uri));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// As the manager.
    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.ask(Some(Who::Manager), "GET", uri, Value::Null, &[]).await
    }

    pub(crate) async fn post(&self, uri: &str, body: Value) -> Answer {
        self.ask(Some(Who::Manager), "POST", uri, body, &[]).await
    }

    pub(crate) async fn put(&self, uri: &str, version: &str, body: Value) -> Answer {
        let header = if version == "*" { ("if-none-match", "*") } else { ("if-match", version) };
        self.ask(Some(Who::Administrator), "PUT", uri, body, &[header]).await
    }

    /// Asks for an award by hand.
    pub(crate) async fn give(&self, learner: i64) -> Answer {
        let body =
            json!({ "learner_id": learner, "run_key": RUN, "revision": 1, "reason": "prior learning" });
        self.post("/api/v1/credentials", body).await
    }

    pub(crate) async fn tell(&self, tellings: Tellings) {
        let mut tx = self.pool.begin().await.unwrap();
        record(&mut tx, &tellings).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn complete(&self, completions: Vec<Completion>) {
        let holders = completions.iter().map(|one| holder(one.learner_id)).collect();
        self.tell(Tellings { completions, holders, ..Tellings::default() }).await;
    }

    pub(crate) async fn revoke(&self, completion: &Completion) {
        let revocation = Revocation {
            completion_id: completion.completion_id,
            learner_id: completion.learner_id,
            revoked_at: at(60),
            reason: Some("requirement_no_longer_met".into()),
            told: Told { at: at(60), event_id: Uuid::nil() },
        };
        let holders = vec![holder(completion.learner_id)];
        self.tell(Tellings { revocations: vec![revocation], holders, ..Tellings::default() }).await;
    }

    /// Looks at all awards that wait, and signs the lists; what became of them.
    pub(crate) async fn issue(&self) -> Done {
        let (mut all, issuer) = (Done::default(), issuer());
        loop {
            let now = Utc::now();
            let mut tx = self.pool.begin().await.unwrap();
            let done = issue_some(&mut tx, &issuer.site, &issuer.secrets, false, 200, now).await.unwrap();
            sign_lists(&mut tx, &issuer.site, &issuer.secrets, now, now).await.unwrap();
            tx.commit().await.unwrap();
            all.issued += done.issued;
            all.reissued += done.reissued;
            all.changed += done.changed;
            if done.awards == 0 {
                return all;
            }
        }
    }

    /// Does up to so many rows of the next job; how many it did.
    pub(crate) async fn work(&self, rows: i64) -> Option<usize> {
        let mut tx = self.pool.begin().await.unwrap();
        let worked = work_on_a_job(&mut tx, &issuer().secrets, rows, Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
        worked
    }

    /// A learner's credentials, the earliest award first.
    pub(crate) async fn credentials(&self, learner: i64) -> Vec<Value> {
        let uri = format!("/api/v1/learners/{learner}/credentials");
        let mut all = self.get(&uri).await.is(200).json()["items"].as_array().unwrap().clone();
        all.sort_by_key(|one| one["awarded_at"].as_str().unwrap().to_owned());
        all
    }

    /// The id of a learner's only credential.
    pub(crate) async fn only(&self, learner: i64) -> String {
        let all = self.credentials(learner).await;
        assert_eq!(all.len(), 1, "{all:?}");
        all[0]["credential_id"].as_str().unwrap().to_owned()
    }

    /// What was written down, in order: what, to what, why.
    pub(crate) async fn noted(&self, actions: &str) -> Vec<(String, String, Option<String>)> {
        sqlx::query_as("SELECT action, target, reason FROM audit_log WHERE action LIKE $1 ORDER BY audit_id")
            .bind(actions)
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}
