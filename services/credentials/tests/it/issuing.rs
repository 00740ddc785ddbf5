//! Credentials, from a completion to what everybody may check.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use lp_credentials::http::api;
use lp_credentials::issuing::{Done, ensure_key, issue_some, rotate_key, sign_lists};
use lp_credentials_store::issuing::audit::By;
use lp_credentials_store::issuing::keys::give_up_key;
use lp_credentials_store::{Completion, Retirement, Revocation, Tellings, Terms, Told, award_id, record};
use lp_domain::{AwardState, Timestamp};
use lp_events::{Decoded, Envelope, PathEvent, WriterSchema, decode};
use lp_http::auth::testing::{Who, auth};
use lp_http::{Checks, Limits};
use lp_open_badges::{
    BitstringStatusListCredential, DidDocument, OpenBadgeCredential, VerifyError, read_png, read_svg, verify,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::http::{at, completed, holder, issuer, state};

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

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_completion_becomes_a_credential_that_everybody_can_check(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    assert_eq!(world.issue().await, Done { issued: 1, ..Done::default() });
    world.complete(vec![completed(42, 1)]).await;
    assert_eq!(world.issue().await, Done::default(), "told twice");
    let one = world.only(42).await;
    assert_eq!((&one["status"], &one["awarded_at"]), (&json!("valid"), &json!("2026-05-01T00:01:00Z")));
    let badge = world.shown(&one).await.unwrap();
    let as_json = serde_json::to_value(&badge).unwrap();
    assert_eq!(as_json["id"], one["url"]);
    assert_eq!(as_json["issuer"]["id"], "did:web:credentials.example.org");
    assert_eq!(as_json["issuer"]["name"], "Example University");
    let subject = &as_json["credentialSubject"];
    assert_eq!(
        subject["achievement"]["id"],
        "https://credentials.example.org/achievements/path-v1:Org+N+R+G/revisions/1"
    );
    assert_eq!(subject["achievement"]["criteria"]["narrative"], "All of **it**.");
    let identifiers = subject["identifier"].as_array().unwrap();
    assert_eq!(
        (&identifiers[0]["identityHash"], &identifiers[0]["hashed"]),
        (&json!("Canary"), &json!(false))
    );
    assert_eq!(
        (&identifiers[1]["identityType"], &identifiers[1]["hashed"]),
        (&json!("emailAddress"), &json!(true))
    );
    assert_eq!(subject["result"][0]["value"], "0", "a grade of 0 is one");
    assert_eq!(subject["result"][1]["status"], "Completed");
    let narrative = as_json["evidence"][0]["narrative"].as_str().unwrap();
    assert!(narrative.contains("path-v1:Org+N+R+G (revision 1) on 2026-05-01"), "{narrative}");
    let counted = "- Kafka, basically (course-v1:edX+777+2026), 100 %, 2026-05-01\n";
    assert!(narrative.contains(counted) && narrative.contains("sha256"), "{narrative}");
    let text = world.get(&format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.text;
    assert!(!text.contains("canary"), "neither username nor address is in it: {text}");
    assert_eq!(world.bits(&badge).await, [false, false]);
    // The same bytes for its learner, shared or not, and for nobody else who may not see awards.
    let document = format!("/api/v1/credentials/{}/document", one["credential_id"].as_str().unwrap());
    assert_eq!(world.ask(Some(Who::Learner), "GET", &document, Value::Null, &[]).await.is(200).text, text);
    world.ask(Some(Who::OtherLearner), "GET", &document, Value::Null, &[]).await.is(403);
    world.get(&document).await.is(401);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn completions_without_a_definition_are_remembered_and_issued_once_there_is_one(pool: PgPool) {
    let world = World::new(pool).await;
    world.complete((1..=7).map(|n| completed(40 + i64::from(n), n)).collect()).await;
    let other = Completion { run_key: "path-v1:Org+NOT+R+G".into(), ..completed(60, 60) };
    world.complete(vec![other]).await;
    assert_eq!(world.issue().await.issued, 0);
    world.put("/api/v1/definitions/Org+N", "*", definition()).await.is(409);
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let count = world.managed("GET", "/api/v1/definitions/Org+N/unissued", Value::Null).await.is(200).json();
    assert_eq!(count, json!({ "awards": 7 }));
    let mut off = definition();
    off["enabled"] = json!(false);
    let etag = world.put("/api/v1/definitions/Org+N", "*", off).await.is(200).headers["etag"].clone();
    assert_eq!(world.issue().await.issued, 0, "it is not issued yet");
    let first = world.put("/api/v1/definitions/Org+N", etag.to_str().unwrap(), definition()).await.is(200);
    assert_eq!(first.headers["etag"], "\"2\"");
    world.put("/api/v1/definitions/Org+N", etag.to_str().unwrap(), definition()).await.is(412);
    assert_eq!(world.issue().await.issued, 7);
    // What is issued keeps what it says; a run may differ.
    let mut of_run = definition();
    of_run["name"] = json!("Of this run");
    world.put("/api/v1/definitions/path-v1:Org+N+R+G", "*", of_run).await.is(200);
    world.complete(vec![completed(50, 50)]).await;
    assert_eq!(world.issue().await, Done { issued: 1, ..Done::default() });
    let (old, new) = (world.only(41).await, world.only(50).await);
    assert_eq!(world.shown(&old).await.unwrap().name.unwrap().as_str(), "Data Engineering");
    assert_eq!(world.shown(&new).await.unwrap().name.unwrap().as_str(), "Of this run");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_credential_stands_as_its_completion_does(pool: PgPool) {
    let world = World::defined(pool).await;
    let (first, doubtful) = (completed(42, 1), completed(43, 2));
    // Taken back before it was told of; and in doubt.
    let early = completed(44, 3);
    world.revoke(&early).await;
    world.stands(&doubtful, 1, AwardState::UnderReview, None).await;
    world.complete(vec![first.clone(), doubtful.clone(), early]).await;
    assert_eq!(world.issue().await.issued, 1);
    assert!(world.credentials(44).await.is_empty() && world.credentials(43).await.is_empty(), "held");
    world.stands(&doubtful, 2, AwardState::Valid, None).await;
    assert_eq!(world.issue().await.issued, 1);

    let badge = world.shown(&world.only(42).await).await.unwrap();
    for (change, award, status, bits) in [
        (1, AwardState::Grace, "suspended", [false, true]),
        (2, AwardState::Valid, "valid", [false, false]),
        (3, AwardState::UnderReview, "suspended", [false, true]),
    ] {
        world.stands(&first, change, award, None).await;
        assert_eq!(world.issue().await, Done { changed: 1, ..Done::default() }, "{award:?}");
        assert_eq!(world.only(42).await["status"], status);
        assert_eq!(world.bits(&badge).await, bits);
    }
    world.revoke(&first).await;
    world.issue().await;
    let revoked = world.only(42).await;
    assert_eq!(
        (&revoked["status"], &revoked["reason"]),
        (&json!("revoked"), &json!("requirement_no_longer_met"))
    );
    assert_eq!(world.bits(&badge).await, [true, false]);
    world.stands(&first, 4, AwardState::Valid, None).await;
    assert_eq!(world.issue().await, Done::default(), "what is revoked is so for good");
    let told = world.told().await;
    let of_first: Vec<&String> = told.iter().filter(|told| *told != "1 awarded issued").collect();
    let expected = [
        "2 suspended grace",
        "3 awarded reinstated",
        "4 suspended under_review",
        "5 revoked requirement_no_longer_met",
    ];
    assert_eq!(of_first, expected);
    // Earned again: another one, which stands in for it.
    let again = Completion { completion_id: Uuid::from_u128(9), attempt: 2, ..completed(42, 90) };
    world.complete(vec![again]).await;
    assert_eq!(world.issue().await.issued, 1);
    let all = world.credentials(42).await;
    let newer = all.iter().find(|one| one["status"] == "valid").unwrap();
    assert_eq!((all.len(), &newer["supersedes"]), (2, &revoked["credential_id"]));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn dates_follow_the_award_and_the_definition_and_a_new_date_is_signed_anew(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let mut dated = definition();
    (dated["valid_days"], dated["not_before"]) = (json!(10), json!("2100-01-01T00:00:00Z"));
    world.put("/api/v1/definitions/Org+N", "*", dated).await.is(200);
    let first = completed(42, 1);
    world.complete(vec![first.clone()]).await;
    world.issue().await;
    let one = world.only(42).await;
    assert_eq!(
        (&one["valid_from"], &one["valid_until"]),
        (&json!("2100-01-01T00:00:00Z"), &json!("2100-01-11T00:00:00Z"))
    );
    let before = world.shown(&one).await.unwrap();
    let until = "2101-01-01T00:00:00Z".parse().unwrap();
    world.stands(&first, 1, AwardState::Valid, Some(until)).await;
    assert_eq!(world.issue().await.reissued, 1);
    assert_eq!(world.issue().await, Done::default());
    let after = world.shown(&one).await.unwrap();
    assert_eq!(after.valid_until.unwrap().get(), until);
    assert_eq!((&before.id, before.awarded_date), (&after.id, after.awarded_date));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn staff_suspend_reinstate_reissue_and_revoke_with_their_reasons(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let id = one["credential_id"].as_str().unwrap();
    let at = |what: &str| format!("/api/v1/credentials/{id}/{what}");
    let badge = world.shown(&one).await.unwrap();
    let because = |why: &str| json!({ "reason": why });
    let suspended = world.managed("POST", &at("suspend"), because("asked about")).await.is(200).json();
    assert_eq!((&suspended["status"], &suspended["by_hand"]), (&json!("suspended"), &json!("suspended")));
    world.issue().await;
    assert_eq!(world.bits(&badge).await, [false, true]);
    world.managed("POST", &at("reinstate"), Value::Null).await.is(200);
    world.issue().await;
    assert_eq!(
        (world.only(42).await["status"].clone(), world.bits(&badge).await),
        (json!("valid"), vec![false, false])
    );

    // A new name, under the same id and date of award.
    let mut renamed = holder(42);
    (renamed.name, renamed.told.at) = ("Canary Jones".into(), Utc::now());
    world.tell(Tellings { holders: vec![renamed], ..Tellings::default() }).await;
    assert_eq!(world.issue().await, Done::default(), "a name by itself changes nothing that is signed");
    world.managed("POST", &at("reissue"), because("married")).await.is(200);
    assert_eq!(world.issue().await, Done { reissued: 1, ..Done::default() });
    let again = world.shown(&one).await.unwrap();
    assert_eq!(again.credential_subject.identifier[0].shown_name().unwrap().as_str(), "Canary Jones");
    assert_eq!((&again.id, again.awarded_date), (&badge.id, badge.awarded_date));
    assert!(again.valid_from > badge.valid_from);
    assert_eq!(again.credential_status, badge.credential_status, "in the same places");

    world.managed("POST", &at("revoke"), because("plagiarism")).await.is(200);
    world.issue().await;
    assert_eq!(world.bits(&again).await, [true, false]);
    assert_eq!(world.only(42).await["reason"], "plagiarism");
    world.managed("POST", &at("revoke"), Value::Null).await.is(200);
    for what in ["suspend", "reinstate", "reissue"] {
        world.managed("POST", &at(what), Value::Null).await.is(409);
    }
    for who in [Who::Learner, Who::OtherManager, Who::Auditor] {
        world.ask(Some(who), "POST", &at("revoke"), Value::Null, &[]).await.is(403);
    }
    let told = world.told().await;
    let expected = [
        "1 awarded issued",
        "2 suspended asked about",
        "3 awarded reinstated",
        "4 awarded reissued",
        "5 revoked plagiarism",
    ];
    assert_eq!(told, expected);
    let actions: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT action, reason FROM audit_log WHERE target LIKE 'credential:%' ORDER BY audit_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    let expected = [
        ("credential.suspended", Some("asked about")),
        ("credential.reinstated", None),
        ("credential.reissued", Some("married")),
        ("credential.revoked", Some("plagiarism")),
    ];
    assert_eq!(actions, expected.map(|(action, why)| (action.to_owned(), why.map(str::to_owned))));
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn a_learner_decides_who_sees_a_credential_and_nobody_else_does(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let id = one["credential_id"].as_str().unwrap();
    assert_ne!(id, award_id(completed(42, 1).completion_id).to_string(), "nobody guesses it");
    let (sharing, off) =
        (format!("/api/v1/credentials/{id}/sharing"), json!({ "is_shared": false, "shows_name": false }));
    for who in [Who::Manager, Who::OtherLearner, Who::Administrator] {
        world.ask(Some(who), "PUT", &sharing, off.clone(), &[]).await.is(403);
    }
    world.ask(Some(Who::Learner), "PUT", &sharing, off, &[]).await.is(200);
    let hidden = world.get(&format!("/credentials/{id}")).await.is(404);
    assert_eq!(hidden.text, world.get(&format!("/credentials/{}", Uuid::nil())).await.is(404).text);
    let on = json!({ "is_shared": true, "shows_name": true });
    world.ask(Some(Who::Learner), "PUT", &sharing, on, &[]).await.is(200);
    world.get(&format!("/credentials/{id}")).await.is(200);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn people_get_a_page_that_says_how_it_stands_and_shows_a_name_only_if_the_learner_wants(pool: PgPool) {
    let world = World::defined(pool).await;
    let (first, second) = (completed(42, 1), completed(43, 2));
    world.complete(vec![first.clone(), second]).await;
    world.issue().await;
    let one = world.only(42).await;
    let at = |id: &str| format!("/credentials/{id}");
    let id = one["credential_id"].as_str().unwrap();
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = async |uri: &str| world.ask(None, "GET", uri, Value::Null, &[("accept", browser)]).await;
    let shown = page(&at(id)).await.is(200);
    assert!(shown.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(shown.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let vary: Vec<_> = shown.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"accept, accept-language"), "{vary:?}");
    for said in [
        "Canary",
        "Data Engineering",
        "Example University",
        "<strong>it</strong>",
        "Kafka, basically",
        "100%",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(!shown.text.contains("canary@"));
    assert!(page(&format!("{}?lang=ar", at(id))).await.text.contains("dir=\"rtl\""));

    let sharing = format!("/api/v1/credentials/{id}/sharing");
    let nameless = json!({ "is_shared": true, "shows_name": false });
    world.ask(Some(Who::Learner), "PUT", &sharing, nameless, &[]).await.is(200);
    let nameless = page(&at(id)).await.is(200).text;
    assert!(!nameless.contains("Canary") && !nameless.contains("certificate.pdf"), "{nameless}");
    for file in ["", "/credential.json", "/certificate.pdf", "/badge.png"] {
        world.get(&format!("{}{file}", at(id))).await.is(404);
    }
    world.revoke(&first).await;
    world.issue().await;
    let revoked = page(&at(id)).await.is(200).text;
    assert!(revoked.contains("requirement_no_longer_met") && revoked != shown.text, "{revoked}");

    let hidden = json!({ "is_shared": false, "shows_name": true });
    world.ask(Some(Who::Learner), "PUT", &sharing, hidden, &[]).await.is(200);
    let (hidden, none) =
        (page(&at(id)).await.is(404).text, page(&at(&Uuid::nil().to_string())).await.is(404).text);
    assert_eq!(hidden, none);
    world.get(&format!("{}/credential.json", at(id))).await.is(404);

    let other = world.only(43).await["credential_id"].as_str().unwrap().to_owned();
    let file = world.get(&format!("{}/credential.json", at(&other))).await.is(200);
    assert_eq!(file.headers["content-disposition"], format!("attachment; filename=\"{other}.json\""));
    let retirement = Retirement { learner_id: 43, retired_at: crate::http::at(99) };
    world.tell(Tellings { retirements: vec![retirement], ..Tellings::default() }).await;
    let withdrawn = page(&at(&other)).await.is(200).text;
    assert!(!withdrawn.contains("Canary") && !withdrawn.contains("Kafka"), "{withdrawn}");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn files_hold_the_credential_and_a_picture_of_ones_own_is_used(pool: PgPool) {
    let world = World::new(pool).await;
    world.put("/api/v1/issuers/Org", "*", profile()).await.is(200);
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><rect width='9' height='9'/></svg>";
    let store = async |kind: &str, body: &str| {
        let request = Who::Manager.request("POST", "/api/v1/images").header("content-type", kind);
        let answer =
            world.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice::<Value>(&body).unwrap())
    };
    let (status, stored) = store("image/svg+xml", svg).await;
    let digest = stored["digest"].as_str().unwrap();
    assert_eq!(
        (status, stored["url"].clone()),
        (201, json!(format!("https://credentials.example.org/images/{digest}")))
    );
    for (kind, body, expected) in [
        ("image/png", svg, 400),
        ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 400),
        ("image/svg+xml", "<p/>", 400),
        ("text/plain", "x", 415),
    ] {
        assert_eq!(store(kind, body).await.0, expected, "{kind} {body}");
    }
    let image = world.get(&format!("/images/{digest}")).await.is(200);
    assert_eq!(
        (image.text.as_str(), &image.headers["content-type"]),
        (svg, &"image/svg+xml".parse().unwrap())
    );
    let mut pictured = definition();
    pictured["image"] = json!("0".repeat(64));
    world.put("/api/v1/definitions/Org+N", "*", pictured.clone()).await.is(422);
    pictured["image"] = json!(digest);
    pictured["signatories"] = json!([{ "name": "Ada", "title": "Dean", "signature": digest }]);
    world.put("/api/v1/definitions/Org+N", "*", pictured).await.is(200);
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let id = world.only(42).await["credential_id"].as_str().unwrap().to_owned();
    let signed = world.get(&format!("/credentials/{id}")).await.is(200).text;
    let file = async |uri: String, who: Option<Who>| {
        let request = match who {
            Some(who) => who.request("GET", &uri),
            None => axum::http::Request::get(&uri),
        };
        let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status.as_u16(), parts.headers, body.collect().await.unwrap().to_bytes())
    };
    let of = |name: &str| format!("/credentials/{id}/{name}");
    for (name, kind, begins) in [
        ("certificate.pdf", "application/pdf", &b"%PDF-"[..]),
        ("transcript.pdf", "application/pdf", b"%PDF-"),
        ("badge.png", "image/png", b"\x89PNG"),
        ("badge.svg", "image/svg+xml", b"<svg"),
        ("preview.png", "image/png", b"\x89PNG"),
    ] {
        let (status, headers, bytes) = file(of(name), None).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, kind), "{name}");
        assert!(bytes.starts_with(begins), "{name}");
        assert_eq!(file(of(name), None).await.2, bytes, "the same bytes again: {name}");
        assert!(headers["content-disposition"].to_str().unwrap().contains(name), "{name}");
        let own = format!("/api/v1/credentials/{id}/files/{name}");
        assert_eq!(file(own.clone(), Some(Who::Learner)).await.2, bytes, "{name}");
        assert_eq!(file(own, Some(Who::OtherLearner)).await.0, 403, "{name}");
    }
    assert_eq!(file(of("certificate.exe"), None).await.0, 404);
    assert_ne!(file(of("certificate.pdf?lang=ar"), None).await.2, file(of("certificate.pdf"), None).await.2);
    let (_, _, png) = file(of("badge.png"), None).await;
    assert_eq!(read_png(&png).unwrap().as_ref(), Some(&signed));
    let (_, _, drawn) = file(of("badge.svg"), None).await;
    let drawn = String::from_utf8(drawn.to_vec()).unwrap();
    assert_eq!(read_svg(&drawn).unwrap(), Some(signed));
    assert!(drawn.contains("width='9'") || drawn.contains("width=\"9\""), "{drawn}");
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn all_of_a_run_come_as_one_archive_without_those_that_were_withdrawn(pool: PgPool) {
    let world = World::defined(pool).await;
    let other = Completion { run_key: "path-v1:Org+N+OTHER+G".into(), ..completed(60, 60) };
    let all = (1..=53).map(|n| completed(100 + i64::from(n), n)).chain([other]).collect();
    world.complete(all).await;
    world.issue().await;
    let retirement = Retirement { learner_id: 101, retired_at: at(99) };
    world.tell(Tellings { retirements: vec![retirement], ..Tellings::default() }).await;
    let uri = "/api/v1/credentials/archive?run_key=path-v1:Org%2BN%2BR%2BG";
    let request = Who::Manager.request("GET", uri).body(Body::empty()).unwrap();
    let answer = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
        (200, "application/zip")
    );
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    assert_eq!(archive.len(), 52 * 2);
    let did = world.did().await;
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let (mut bytes, name) = (vec![], file.name().unwrap().into_owned());
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        let (id, kind) = name.split_once('.').unwrap();
        if kind == "json" {
            let badge: OpenBadgeCredential = verify(&bytes, &did).unwrap();
            assert!(badge.id.as_str().ends_with(id), "{name}");
        } else {
            assert!(kind == "pdf" && bytes.starts_with(b"%PDF-"), "{name}");
        }
    }
}

/// Markup, quotes, directions, emoji and length in every place where a name goes.
#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn no_name_breaks_out_of_where_it_stands(pool: PgPool) {
    let world = World::defined(pool).await;
    let long = "Nguyễn ".repeat(60);
    let names = [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "]]></openbadges:credential><script/>",
        "{{ qr }}{% if grade %}",
        "\u{202e}evil\u{200f} \u{2066}",
        "a\r\nSet-Cookie: x=1\u{1}",
        "\u{1f469}\u{200d}\u{1f393} Zo\u{308}e",
        "=HYPERLINK(\"https://evil.example\")",
        &long,
        "",
    ];
    for (n, name) in (1_u8..).zip(names) {
        let learner = 500 + i64::from(n);
        let mut named = holder(learner);
        name.clone_into(&mut named.name);
        let completions = vec![completed(learner, n)];
        world.tell(Tellings { completions, holders: vec![named], ..Tellings::default() }).await;
    }
    assert_eq!(world.issue().await.issued, names.len());
    for (n, name) in (1_u8..).zip(names) {
        let one = world.only(500 + i64::from(n)).await;
        let badge = world.shown(&one).await.unwrap();
        let shown =
            badge.credential_subject.identifier.iter().find_map(lp_open_badges::IdentityObject::shown_name);
        assert_eq!(shown.is_some(), !name.is_empty(), "{name:?}");
        let at = format!("/credentials/{}", one["credential_id"].as_str().unwrap());
        let page = world.ask(None, "GET", &at, Value::Null, &[("accept", "text/html")]).await.is(200);
        for bad in ["<script", "<img src=x"] {
            assert!(!page.text.contains(bad), "{name:?}: {bad}");
        }
        assert!(page.headers.get("set-cookie").is_none());
        for file in ["certificate.pdf", "transcript.pdf", "badge.png", "preview.png"] {
            let request = axum::http::Request::get(format!("{at}/{file}")).body(Body::empty()).unwrap();
            assert_eq!(world.router.clone().oneshot(request).await.unwrap().status(), 200, "{name:?} {file}");
        }
        let svg = world.get(&format!("{at}/badge.svg")).await.is(200).text;
        let read: Value = serde_json::from_str(&read_svg(&svg).unwrap().unwrap()).unwrap();
        assert_eq!(read["id"], one["url"], "{name:?}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn old_signatures_stay_good_after_a_rotation_and_a_compromised_key_signs_nothing_that_holds(
    pool: PgPool,
) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let old = world.did().await;
    let by_old = world.get(&format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.text;
    let mut tx = world.pool.begin().await.unwrap();
    rotate_key(&mut tx, &BY, &issuer().secrets).await.unwrap();
    tx.commit().await.unwrap();
    world.complete(vec![completed(43, 2)]).await;
    world.issue().await;
    let both = world.did().await;
    assert_ne!(old, both);
    world.shown(&one).await.unwrap();
    world.shown(&world.only(43).await).await.unwrap();

    let former: String = sqlx::query_scalar("SELECT public_key FROM signing_keys WHERE state = 'former'")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    let mut tx = world.pool.begin().await.unwrap();
    assert_eq!(give_up_key(&mut tx, &BY, &former).await.unwrap(), Some(1));
    assert_eq!(give_up_key(&mut tx, &BY, "z6Mk").await.unwrap(), None);
    tx.commit().await.unwrap();
    let left = world.did().await;
    assert!(verify::<OpenBadgeCredential>(by_old.as_bytes(), &left).is_err());
    assert_eq!(world.issue().await, Done { reissued: 1, ..Done::default() });
    let again = world.shown(&one).await.unwrap();
    assert_eq!(world.bits(&again).await, [false, false], "the list is signed by the other key, too");
    assert!(again.valid_from > verify::<OpenBadgeCredential>(by_old.as_bytes(), &old).unwrap().valid_from);
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn of_a_retired_learner_the_bit_stays_and_nothing_else(pool: PgPool) {
    let world = World::defined(pool).await;
    world.complete(vec![completed(42, 1), completed(43, 2)]).await;
    world.issue().await;
    let one = world.only(42).await;
    let badge = world.shown(&one).await.unwrap();
    let retirement = Retirement { learner_id: 42, retired_at: at(99) };
    world.tell(Tellings { retirements: vec![retirement], ..Tellings::default() }).await;
    world.get(&format!("/credentials/{}", one["credential_id"].as_str().unwrap())).await.is(404);
    world.issue().await;
    assert_eq!(
        (world.only(42).await["status"].clone(), world.bits(&badge).await),
        (json!("withdrawn"), vec![true, false])
    );
    assert_eq!(world.told().await, ["1 awarded issued", "1 awarded issued", "2 withdrawn "]);
    // A late event brings nothing back.
    world.complete(vec![completed(42, 1), completed(42, 3)]).await;
    assert_eq!(world.issue().await, Done::default());
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    for table in tables {
        let rows = sqlx::AssertSqlSafe(format!("SELECT to_jsonb(t)::text FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&world.pool).await.unwrap();
        // Learner 43 is called the same, and is still there.
        let named = rows.iter().filter(|row| row.to_lowercase().contains("canary"));
        // Learner 43 has the same name, and is still there.
        let kept = usize::from(["award_holders", "credential_documents"].contains(&table.as_str()));
        assert_eq!(named.count(), kept, "{table}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn many_revocations_cost_one_list_and_places_tell_no_order(pool: PgPool) {
    let world = World::defined(pool).await;
    let all: Vec<Completion> = (1..=40).map(|n| completed(100 + i64::from(n), n)).collect();
    world.complete(all.clone()).await;
    assert_eq!(world.issue().await.issued, 40);
    let places: Vec<i32> = sqlx::query_scalar("SELECT revocation_place FROM credentials ORDER BY awarded_at")
        .fetch_all(&world.pool)
        .await
        .unwrap();
    assert!(!places.is_sorted() && places.iter().any(|place| *place > 1_000), "{places:?}");
    let signed = async || {
        let at: DateTime<Utc> =
            sqlx::query_scalar("SELECT signed_at FROM status_lists WHERE purpose = 'revocation'")
                .fetch_one(&world.pool)
                .await
                .unwrap();
        at
    };
    let before = signed().await;
    for completion in &all[..20] {
        world.revoke(completion).await;
    }
    let issuer = issuer();
    loop {
        let mut tx = world.pool.begin().await.unwrap();
        let done = issue_some(&mut tx, &issuer.site, &issuer.secrets, true, 3, Utc::now()).await.unwrap();
        tx.commit().await.unwrap();
        if done.awards == 0 {
            break;
        }
    }
    assert_eq!(signed().await, before, "they wait for each other");
    let now = Utc::now();
    let mut tx = world.pool.begin().await.unwrap();
    let earlier = now - TimeDelta::minutes(1);
    assert_eq!(
        sign_lists(&mut tx, &issuer.site, &issuer.secrets, earlier, now).await.unwrap(),
        0,
        "not for long enough"
    );
    assert_eq!(sign_lists(&mut tx, &issuer.site, &issuer.secrets, now, now).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let badge = world.shown(&world.only(101).await).await.unwrap();
    assert_eq!(world.bits(&badge).await, [true, false]);
    // Before its time is over a list is signed anew, though nothing has changed.
    let later = now + TimeDelta::days(3);
    let mut tx = world.pool.begin().await.unwrap();
    assert_eq!(sign_lists(&mut tx, &issuer.site, &issuer.secrets, now, later).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(signed().await.timestamp(), later.timestamp());
}
