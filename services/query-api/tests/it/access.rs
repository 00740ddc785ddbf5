//! Who is let in where, and what they are shown: rows 82, 83, 85 and 86 of the list of faults.

use std::sync::Arc;

use axum::body::Body;
use http_body_util::BodyExt as _;
use lp_http::auth::testing::{Row, Who, auth, walk};
use lp_http::{Checks, Limits};
use lp_progress_store::audit::By;
use lp_progress_store::{grants, read};
use lp_query_api::http::{QueryState, api};
use lp_runtime::grants_in;
use serde_json::Value;
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::seed::seed;

pub(crate) fn router(pool: &PgPool) -> axum::Router {
    let readers = read::pool((*pool.connect_options()).clone(), 2);
    let auth = auth().unwrap().with_grants(grants_in(readers.clone()));
    api(QueryState::new(readers), Checks::new(), Arc::new(String::new), auth, Limits::default()).router()
}

/// What is for those who manage or oversee paths of `Org`, and for no learner.
fn managed(operation: &'static str, uri: &str) -> Row {
    let allowed =
        vec![Who::Manager, Who::Administrator, Who::Auditor, Who::Operator, Who::Reader, Who::Cookie];
    Row { operation, uri: uri.into(), body: None, allowed }
}

const RUN: &str = "/api/v1/learners/42/runs/path-v1:Org+DATA+2026+open";

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_82_85_every_route_lets_in_whom_it_must_and_shows_what_it_may(pool: PgPool) {
    seed(&pool).await;
    let of_org = [
        Who::Learner,
        Who::Manager,
        Who::Administrator,
        Who::Auditor,
        Who::Operator,
        Who::Reader,
        Who::Cookie,
    ];
    let others = [Who::OtherLearner, Who::OtherManager, Who::OtherService];
    let everybody = [&of_org[..], &others, &[Who::IdentityWorker]].concat();
    let catalogue = |operation, uri: &str| Row {
        operation,
        uri: uri.into(),
        body: None,
        // An application of another organisation is told that there is no such thing.
        allowed: everybody.clone(),
    };
    let mut with_an_id = [&of_org[..], &others].concat();
    with_an_id.retain(|who| *who != Who::Operator);
    let rows = [
        catalogue("GET /api/v1/paths", "/api/v1/paths"),
        catalogue("GET /api/v1/paths/{org}/{number}", "/api/v1/paths/Org/DATA"),
        catalogue("GET /api/v1/runs", "/api/v1/runs"),
        catalogue("GET /api/v1/runs/{run_key}", "/api/v1/runs/path-v1:Org+DATA+2026+open"),
        Row {
            operation: "GET /api/v1/me/learning",
            uri: "/api/v1/me/learning".into(),
            body: None,
            // Neither has the operator one, nor who works for the LMS.
            allowed: with_an_id,
        },
        Row {
            operation: "GET /api/v1/learners/{learner_id}/runs",
            uri: "/api/v1/learners/42/runs".into(),
            body: None,
            // The two of another organisation get what there is of theirs: nothing.
            allowed: [&of_org[..], &[Who::OtherManager, Who::OtherService]].concat(),
        },
        Row {
            operation: "GET /api/v1/learners/{learner_id}/runs/{run_key}",
            uri: RUN.into(),
            body: None,
            allowed: of_org.to_vec(),
        },
        managed("GET /api/v1/runs/{run_key}/learners", "/api/v1/runs/path-v1:Org+DATA+2026+open/learners"),
        managed("GET /api/v1/paths/{org}/{number}/learners", "/api/v1/paths/Org/DATA/learners"),
        managed(
            "GET /api/v1/runs/{run_key}/learners/export",
            "/api/v1/runs/path-v1:Org+DATA+2026+open/learners/export?format=jsonl",
        ),
        managed("GET /api/v1/paths/{org}/{number}/learners/export", "/api/v1/paths/Org/DATA/learners/export"),
        Row {
            operation: "GET /api/v1/consumers",
            uri: "/api/v1/consumers".into(),
            body: None,
            allowed: vec![Who::Administrator, Who::Auditor, Who::Operator, Who::Cookie],
        },
        managed("GET /api/v1/reports/runs/{run_key}", "/api/v1/reports/runs/path-v1:Org+DATA+2026+open"),
        managed(
            "GET /api/v1/reports/runs/{run_key}/at-risk",
            "/api/v1/reports/runs/path-v1:Org+DATA+2026+open/at-risk",
        ),
        managed("GET /api/v1/reports/paths/{org}/{number}", "/api/v1/reports/paths/Org/DATA"),
        managed("GET /api/v1/reports/orgs/{org}", "/api/v1/reports/orgs/Org"),
        managed(
            "GET /api/v1/reports/compare",
            "/api/v1/reports/compare?runs=path-v1:Org%2BDATA%2B2026%2Bopen,path-v1:Org%2BN%2BR%2BOld",
        ),
        Row {
            operation: "GET /api/v1/learners/{learner_id}/live",
            uri: "/api/v1/learners/42/live".into(),
            body: None,
            // Of a learner wherever they learn: nobody who is bound to an organisation.
            allowed: vec![Who::Learner, Who::Administrator, Who::Auditor, Who::Operator, Who::Cookie],
        },
    ];
    let walked = walk(&router(&pool), &lp_query_api::openapi(), &rows).await.unwrap();
    assert_eq!(walked.wrong, Vec::<String>::new());
    // Row 85: what may be shown to whom. Names of learners are for those who manage paths.
    insta::assert_debug_snapshot!("what_each_role_is_shown", walked.shown);
    let may_see_names = [Who::Manager, Who::Administrator, Who::Cookie];
    for (shown, to) in walked.shown.values().flatten() {
        let names =
            shown.split([' ', '/', ',']).any(|at| ["username", "email", "name", "full_name"].contains(&at));
        assert!(!names || to.iter().all(|who| may_see_names.contains(who)), "{shown} to {to:?}");
    }
}

async fn ask(pool: &PgPool, who: Who, uri: &str) -> (u16, Value) {
    let request = who.request("GET", uri).body(Body::empty()).unwrap();
    let (parts, body) = router(pool).oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap())
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_83_another_organisations_manager_sees_nothing_of_ours(pool: PgPool) {
    seed(&pool).await;
    let uri = "/api/v1/learners/42/runs";
    let number = |body: &Value| body["items"].as_array().unwrap().len();
    assert_eq!(number(&ask(&pool, Who::Manager, uri).await.1), 1, "of two runs one is of `Org`");
    assert_eq!(number(&ask(&pool, Who::Administrator, uri).await.1), 2);
    assert_eq!(number(&ask(&pool, Who::OtherManager, uri).await.1), 0);
    assert_eq!(number(&ask(&pool, Who::OtherService, "/api/v1/runs").await.1), 0);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_82_who_is_refused_learns_nothing_of_whom_they_asked_about(pool: PgPool) {
    seed(&pool).await;
    let there = ask(&pool, Who::OtherLearner, RUN).await;
    let not_there = ask(&pool, Who::OtherLearner, &RUN.replace("/42/", "/41/")).await;
    assert_eq!(there, not_there);
    assert_eq!(there.0, 403);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_was_granted_holds_and_what_was_taken_back_does_not(pool: PgPool) {
    seed(&pool).await;
    let by = By::command("test");
    let mut conn = pool.acquire().await.unwrap();
    let status = async || ask(&pool, Who::OtherLearner, RUN).await.0;
    for (role, org, expected) in [
        ("path_manager", Some("Other"), 403),
        ("path_manager", Some("Org"), 200),
        ("auditor", None, 200),
        ("administrator", None, 200),
    ] {
        let grant = grants::grant(&mut conn, &by, 43, role, org).await.unwrap();
        assert_eq!(status().await, expected, "{role} {org:?}");
        grants::revoke(&mut conn, &by, grant.grant_id).await.unwrap();
        assert_eq!(status().await, 403);
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn private_and_invite_only_paths_are_seen_by_whom_they_concern_and_are_not_there_for_others(
    pool: PgPool,
) {
    seed(&pool).await;
    let listed = async |who, uri: &str| ask(&pool, who, uri).await.1["items"].as_array().unwrap().len();
    let details = ["/api/v1/paths/Org/DATA", "/api/v1/runs/path-v1:Org+DATA+2026+open"];
    let nothing = ["/api/v1/paths/Org/NONE", "/api/v1/runs/path-v1:Org+NONE+2026+open"];
    for hidden in [r#"{"visibility": "private"}"#, r#"{"invite_only": true}"#] {
        sqlx::query("UPDATE paths SET details = $1::jsonb WHERE number = 'DATA'")
            .bind(hidden)
            .execute(&pool)
            .await
            .unwrap();
        for (who, sees) in [
            (Who::Learner, true),
            (Who::OtherLearner, false),
            (Who::Manager, true),
            (Who::OtherManager, false),
            (Who::Administrator, true),
            (Who::Auditor, true),
            (Who::Operator, true),
            (Who::IdentityWorker, false),
        ] {
            for uri in ["/api/v1/runs?org=Org", "/api/v1/paths?org=Org"] {
                assert_eq!(listed(who, uri).await, usize::from(sees), "{who:?} {uri} {hidden}");
            }
            for (uri, nothing) in details.iter().zip(nothing) {
                let answer = ask(&pool, who, uri).await;
                if sees {
                    assert_eq!(answer.0, 200, "{who:?} {uri}");
                } else {
                    assert_eq!(answer, ask(&pool, who, nothing).await, "{who:?} {uri}");
                }
            }
        }
    }
    sqlx::query("UPDATE enrolments SET state = 'withdrawn'").execute(&pool).await.unwrap();
    assert_eq!(listed(Who::Learner, "/api/v1/runs?org=Org").await, 0, "who has left does not see it");
    assert_eq!(ask(&pool, Who::Learner, RUN).await.0, 200, "but what they did there");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn archived_paths_are_not_listed_and_are_there_for_whom_they_concern(pool: PgPool) {
    seed(&pool).await;
    sqlx::query("UPDATE paths SET archived_at = now() WHERE number = 'DATA'").execute(&pool).await.unwrap();
    for (who, status) in [(Who::Learner, 200), (Who::OtherLearner, 404), (Who::Administrator, 200)] {
        let listed = ask(&pool, who, "/api/v1/runs?org=Org").await.1;
        assert_eq!(listed["items"].as_array().unwrap().len(), 0);
        for uri in ["/api/v1/paths/Org/DATA", "/api/v1/runs/path-v1:Org+DATA+2026+open"] {
            let (got, body) = ask(&pool, who, uri).await;
            assert_eq!(got, status, "{who:?} {uri}");
            assert!(status != 200 || body["archived"] == true && body["open"] == false, "{body}");
        }
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn my_learning_is_what_there_is_of_me_and_needs_to_know_who_i_am(pool: PgPool) {
    seed(&pool).await;
    let mine = ask(&pool, Who::Learner, "/api/v1/me/learning").await;
    assert_eq!(mine, ask(&pool, Who::Learner, "/api/v1/learners/42/runs").await);
    assert_eq!(mine.1["items"].as_array().unwrap().len(), 2);
    assert_eq!(ask(&pool, Who::OtherLearner, "/api/v1/me/learning").await.1["items"], serde_json::json!([]));
    for who in [Who::Operator, Who::IdentityWorker] {
        assert_eq!(ask(&pool, who, "/api/v1/me/learning").await.0, 403, "{who:?}");
    }
}
