//! Credentials, from a completion to what everybody may check.

mod achievements;
mod awards;
mod by_hand;
mod export;
mod files;
mod keys;
mod lists;
mod sharing;
mod standing;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use lp_credentials::http::api;
use lp_credentials::issuing::{Done, ensure_key, issue_some, sign_lists};
use lp_credentials_store::issuing::audit::By;
use lp_credentials_store::{Completion, Revocation, Tellings, Terms, Told, record};
use lp_domain::{AwardState, Timestamp};
use lp_events::{Decoded, Envelope, PathEvent, WriterSchema, decode};
use lp_http::auth::testing::{Who, auth};
use lp_http::{Checks, Limits};
use lp_open_badges::{BitstringStatusListCredential, DidDocument, OpenBadgeCredential, VerifyError, verify};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::http::{at, holder, issuer, state};

const BY: By<'static> = By { actor: "user:1", request_id: None, reason: None };

/// An event as it waits to be sent.
fn read(event_type: &str, body: &[u8]) -> PathEvent {
    let schema = WriterSchema::parse(lp_events::path::schema_text(event_type).unwrap()).unwrap();
    let envelope = Envelope {
        event_type: event_type.to_owned(),
        id: Uuid::nil(),
        time: Timestamp::try_from(at(0)).unwrap(),
        source: None,
        minorversion: 0,
        sourcelib: None,
        traceparent: None,
    };
    match decode(&envelope, &schema, body).unwrap() {
        Decoded::Path(event) => event,
        other => panic!("{other:?}"),
    }
}

struct World {
    pool: PgPool,
    router: Router,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{}", self.text))
    }

    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

fn profile() -> Value {
    json!({ "name": "Example University", "url": "https://example.org" })
}

fn definition() -> Value {
    json!({ "name": "Data Engineering", "description": "For the path.", "criteria": "All of **it**.", "shows_grade": true })
}

impl World {
    async fn new(pool: PgPool) -> Self {
        let router =
            api(state(&pool), Checks::new(), Arc::new(String::new), auth().unwrap(), Limits::default())
                .router();
        let mut tx = pool.begin().await.unwrap();
        ensure_key(&mut tx, &BY, &issuer().secrets).await.unwrap();
        tx.commit().await.unwrap();
        Self { pool, router }
    }

    /// With a definition for path `Org+N`.
    async fn defined(pool: PgPool) -> Self {
        let world = Self::new(pool).await;
        world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
        world.put("/api/v1/definitions/Org+N", "*", definition()).await.is(200);
        world
    }

    async fn ask(
        &self,
        who: Option<Who>,
        method: &str,
        uri: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = match who {
            Some(who) => who.request(method, uri),
            None => axum::http::Request::builder().method(method).uri(uri),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        let (parts, body) =
            self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap().into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// As everybody.
    async fn get(&self, uri: &str) -> Answer {
        self.ask(None, "GET", uri, Value::Null, &[]).await
    }

    async fn managed(&self, method: &str, uri: &str, body: Value) -> Answer {
        self.ask(Some(Who::Manager), method, uri, body, &[]).await
    }

    async fn put(&self, uri: &str, version: &str, body: Value) -> Answer {
        let header = if version == "*" { ("if-none-match", "*") } else { ("if-match", version) };
        self.ask(Some(Who::Manager), "PUT", uri, body, &[header]).await
    }

    async fn tell(&self, tellings: Tellings) {
        let mut tx = self.pool.begin().await.unwrap();
        record(&mut tx, &tellings).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn complete(&self, completions: Vec<Completion>) {
        let holders = completions.iter().map(|one| holder(one.learner_id)).collect();
        self.tell(Tellings { completions, holders, ..Tellings::default() }).await;
    }

    async fn revoke(&self, completion: &Completion) {
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

    async fn stands(
        &self,
        completion: &Completion,
        change: i32,
        award: AwardState,
        expires_at: Option<DateTime<Utc>>,
    ) {
        let terms = Terms {
            completion_id: completion.completion_id,
            learner_id: completion.learner_id,
            change,
            period: 1,
            state: award,
            valid_from: completion.completed_at,
            expires_at,
            renews: None,
        };
        self.tell(Tellings {
            terms: vec![terms],
            holders: vec![holder(completion.learner_id)],
            ..Tellings::default()
        })
        .await;
    }

    /// Looks at all awards that wait, and signs the lists; what became of them.
    async fn issue(&self) -> Done {
        let (mut all, issuer) = (Done::default(), issuer());
        loop {
            let mut tx = self.pool.begin().await.unwrap();
            let done = issue_some(&mut tx, &issuer.site, &issuer.secrets, true, 3, Utc::now()).await.unwrap();
            tx.commit().await.unwrap();
            all.issued += done.issued;
            all.reissued += done.reissued;
            all.changed += done.changed;
            if done.awards == 0 {
                let mut tx = self.pool.begin().await.unwrap();
                let now = Utc::now();
                sign_lists(&mut tx, &issuer.site, &issuer.secrets, now, now).await.unwrap();
                tx.commit().await.unwrap();
                return all;
            }
        }
    }

    /// What the world is to be told, in short: the event, its change, and why or how it stands.
    async fn told(&self) -> Vec<String> {
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as("SELECT event_type, body FROM outbox ORDER BY outbox_id")
                .fetch_all(&self.pool)
                .await
                .unwrap();
        rows.into_iter()
            .map(|(event_type, body)| match read(&event_type, &body) {
                PathEvent::CredentialAwarded(event) => format!("{} awarded {}", event.change, event.reason),
                PathEvent::CredentialRevoked(event) => {
                    format!("{} {} {}", event.change, event.status, event.reason)
                }
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// The credentials of a learner, as the manager sees them.
    async fn credentials(&self, learner: i64) -> Vec<Value> {
        let uri = format!("/api/v1/learners/{learner}/credentials");
        let list = self.managed("GET", &uri, Value::Null).await.is(200).json();
        list["items"].as_array().unwrap().clone()
    }

    async fn only(&self, learner: i64) -> Value {
        let [one] = <[Value; 1]>::try_from(self.credentials(learner).await).unwrap();
        one
    }

    async fn did(&self) -> DidDocument {
        let answer = self.get("/.well-known/did.json").await.is(200);
        assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
        assert_eq!(answer.headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        serde_json::from_str(&answer.text).unwrap()
    }

    /// A credential as everybody gets it, checked.
    async fn shown(&self, credential: &Value) -> Result<OpenBadgeCredential, VerifyError> {
        let uri = format!("/credentials/{}", credential["credential_id"].as_str().unwrap());
        let answer = self.get(&uri).await.is(200);
        verify(answer.text.as_bytes(), &self.did().await)
    }

    /// Which of its bits are set: of the revoked, of the suspended.
    async fn bits(&self, credential: &OpenBadgeCredential) -> Vec<bool> {
        let mut bits = vec![];
        for entry in &credential.credential_status {
            let list = entry.status_list_credential.as_str();
            let uri = list.strip_prefix("https://credentials.example.org").unwrap();
            let answer = self.get(uri).await.is(200);
            let cache = answer.headers[header::CACHE_CONTROL].to_str().unwrap().to_owned();
            assert!(cache.starts_with("public, max-age="), "{cache}");
            let list: BitstringStatusListCredential =
                verify(answer.text.as_bytes(), &self.did().await).unwrap();
            assert_eq!(list.purpose(), entry.status_purpose);
            bits.push(list.bits().get(entry.status_list_index));
        }
        bits
    }
}

/// The id of a credential of learner 42, issued for what is there.
pub(crate) async fn issued(pool: &PgPool) -> String {
    let world = World::defined(pool.clone()).await;
    world.issue().await;
    world.credentials(42).await[0]["credential_id"].as_str().unwrap().to_owned()
}
