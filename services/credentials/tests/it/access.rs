//! Who is let in where, and what they are shown: rows 82, 83, 85 and 86 of the list of faults.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http_body_util::BodyExt as _;
use lp_credentials::http::api;
use lp_credentials_store::award_id;
use lp_http::auth::testing::{Row, Who, auth, walk};
use lp_http::{Checks, Limits};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::http::{completed, fill, state};
use crate::issuing::issued;

fn router(pool: &PgPool) -> Router {
    api(state(pool), Checks::new(), Arc::new(String::new), auth().unwrap(), Limits::default()).router()
}

fn one(id: Uuid) -> String {
    format!("/api/v1/awards/{id}")
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_82_85_every_route_lets_in_whom_it_must_and_shows_what_it_may(pool: PgPool) {
    fill(&pool).await;
    let of_org = [
        Who::Learner,
        Who::Manager,
        Who::Administrator,
        Who::Auditor,
        Who::Operator,
        Who::Reader,
        Who::Cookie,
    ];
    let rows = [
        Row {
            operation: "GET /api/v1/learners/{learner_id}/awards",
            uri: "/api/v1/learners/42/awards".into(),
            body: None,
            // The two of another organisation get what there is of theirs: nothing.
            allowed: [&of_org[..], &[Who::OtherManager, Who::OtherService]].concat(),
        },
        Row {
            operation: "GET /api/v1/awards/{award_id}",
            uri: one(award_id(completed(42, 1).completion_id)),
            body: None,
            allowed: of_org.to_vec(),
        },
    ];
    let credential = issued(&pool).await;
    let row = |operation: &'static str, uri: String, body: Value, allowed: &[Who]| Row {
        operation,
        uri,
        body: (!body.is_null()).then_some(body),
        allowed: allowed.to_vec(),
    };
    let at = |more: &str| format!("/api/v1/credentials/{credential}{more}");
    let manage = [Who::Manager, Who::Administrator, Who::Writer];
    let managers: Vec<Who> = of_org.iter().copied().filter(|who| *who != Who::Learner).collect();
    let anywhere = [&managers[..], &[Who::OtherManager, Who::OtherService]].concat();
    let term = |what: &str| format!("/api/v1/{what}");
    let definition = json!({ "name": "N", "description": "D", "criteria": "C" });
    let rows: Vec<Row> = rows
        .into_iter()
        .chain([
            row("GET /api/v1/credentials", "/api/v1/credentials".into(), Value::Null, &anywhere),
            row(
                "GET /api/v1/learners/{learner_id}/credentials",
                "/api/v1/learners/42/credentials".into(),
                Value::Null,
                &[&of_org[..], &[Who::OtherManager, Who::OtherService]].concat(),
            ),
            row(
                "GET /api/v1/credentials/export",
                "/api/v1/credentials/export?format=jsonl".into(),
                Value::Null,
                &anywhere,
            ),
            row(
                "GET /api/v1/credentials/archive",
                "/api/v1/credentials/archive?run_key=path-v1:Org%2BN%2BR%2BG".into(),
                Value::Null,
                &[Who::Manager, Who::Administrator, Who::Cookie],
            ),
            row("GET /api/v1/credentials/{credential_id}", at(""), Value::Null, &of_org),
            row("GET /api/v1/credentials/{credential_id}/document", at("/document"), Value::Null, &of_org),
            row(
                "GET /api/v1/credentials/{credential_id}/files/{file}",
                at("/files/preview.png"),
                Value::Null,
                &of_org,
            ),
            row(
                "PUT /api/v1/credentials/{credential_id}/sharing",
                at("/sharing"),
                json!({ "is_shared": true, "shows_name": true }),
                &[Who::Learner],
            ),
            row("POST /api/v1/credentials/{credential_id}/suspend", at("/suspend"), Value::Null, &manage),
            row("POST /api/v1/credentials/{credential_id}/reinstate", at("/reinstate"), Value::Null, &manage),
            row("POST /api/v1/credentials/{credential_id}/reissue", at("/reissue"), Value::Null, &manage),
            row("POST /api/v1/credentials/{credential_id}/revoke", at("/revoke"), Value::Null, &manage),
            row("GET /api/v1/issuers/{org}", term("issuers/Org"), Value::Null, &managers),
            row("PUT /api/v1/issuers/{org}", term("issuers/Org"), json!({ "name": "N" }), &manage),
            row("GET /api/v1/definitions/{subject}", term("definitions/Org+N"), Value::Null, &managers),
            row("PUT /api/v1/definitions/{subject}", term("definitions/Org+N"), definition, &manage),
            row(
                "GET /api/v1/definitions/{subject}/unissued",
                term("definitions/Org+N/unissued"),
                Value::Null,
                &managers,
            ),
            row(
                "POST /api/v1/images",
                term("images"),
                json!({}),
                &[&manage[..], &[Who::OtherManager, Who::OtherService]].concat(),
            ),
        ])
        .collect();
    let mut walked = walk(&router(&pool), &lp_credentials::http::openapi(), &rows).await.unwrap();
    assert_eq!(walked.wrong, Vec::<String>::new());
    // Files are no bodies with names of values; who gets them is in the rows above.
    walked.shown.retain(|operation, _| !operation.contains("/files/") && !operation.ends_with("/archive"));
    // Row 85: what may be shown to whom. No name of a learner is among it.
    insta::assert_debug_snapshot!("what_each_role_is_shown", walked.shown);
    // Issuers and credentials have names, too; and the signed credential is the learner's own.
    let named = ["/issuers/", "/definitions/", "/document"];
    let of_learners =
        walked.shown.iter().filter(|(operation, _)| !named.iter().any(|part| operation.contains(part)));
    let shown: Vec<&str> = of_learners.flat_map(|(_, by)| by.keys()).flat_map(|all| all.split(' ')).collect();
    for personal in ["username", "email", "name", "full_name"] {
        assert!(!shown.iter().any(|at| at.rsplit('/').next() == Some(personal)), "{personal}");
    }
}

#[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
async fn fault_83_of_another_organisation_and_of_nobody_the_same_is_told(pool: PgPool) {
    fill(&pool).await;
    let router = router(&pool);
    let ask = async |who: Who, uri: &str| {
        let request = who.request("GET", uri).body(Body::empty()).unwrap();
        let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status.as_u16(), String::from_utf8(bytes.to_vec()).unwrap())
    };
    let (there, not_there) = (one(award_id(completed(42, 1).completion_id)), one(Uuid::nil()));
    for who in [Who::OtherLearner, Who::OtherManager, Who::OtherService] {
        assert_eq!(ask(who, &there).await, ask(who, &not_there).await, "{who:?}");
        assert_eq!(ask(who, &there).await.0, 403, "{who:?}");
    }
    assert_eq!(ask(Who::Auditor, &not_there).await.0, 404);
    let awards = async |who| {
        let listed: serde_json::Value =
            serde_json::from_str(&ask(who, "/api/v1/learners/42/awards").await.1).unwrap();
        listed["items"].as_array().unwrap().len()
    };
    assert_eq!(awards(Who::OtherManager).await, 0);
    assert!(awards(Who::Learner).await > 0);
    assert_eq!(awards(Who::Manager).await, awards(Who::Learner).await);
}
