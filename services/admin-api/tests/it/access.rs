//! Who is let in where, and what they are shown: rows 82, 83, 85 and 86 of the list of faults.

use lp_http::auth::testing::{Row, Who, walk};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Client, RUN, manager, router};

/// Those who see what is of `Org`.
const READ: &[Who] =
    &[Who::Manager, Who::Administrator, Who::Auditor, Who::Operator, Who::Reader, Who::Cookie];
/// Those who change it; a cookie alone, without the token of a page, does not.
const WRITE: &[Who] = &[Who::Manager, Who::Administrator, Who::Writer];
/// Those who see what they may, wherever that is.
const LIST: &[Who] = &[
    Who::Manager,
    Who::OtherManager,
    Who::Administrator,
    Who::Auditor,
    Who::Operator,
    Who::Reader,
    Who::OtherService,
    Who::Cookie,
];

/// Those who are learners too, with an id of their own.
const PEOPLE: &[Who] =
    &[Who::Learner, Who::OtherLearner, Who::Manager, Who::OtherManager, Who::Administrator, Who::Auditor];

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_85_86_every_route_lets_in_whom_it_must_and_shows_what_it_may(pool: PgPool) {
    manager(&pool).await;
    let row = |operation: &'static str, uri: &str, body: Value, allowed: &[Who]| Row {
        operation,
        uri: format!("/api/v1{uri}"),
        body: (!body.is_null()).then_some(body),
        allowed: allowed.to_vec(),
    };
    let run = |more: &str| format!("/runs/{RUN}{more}");
    let job = |more: &str| format!("/jobs/0198b2c4-0000-7000-8000-000000000001{more}");
    let check = |more: &str| format!("/gap-checks/0198b2c4-0000-7000-8000-000000000002{more}");
    // Those who may change something somewhere, which this need not be.
    let anywhere = [WRITE, &[Who::OtherManager, Who::OtherService]].concat();
    let no_writer = |list: &[Who]| list.iter().copied().filter(|who| *who != Who::Cookie).collect::<Vec<_>>();
    let rows = [
        row("GET /api/v1/paths", "/paths", Value::Null, LIST),
        row("POST /api/v1/paths", "/paths", json!({ "org": "Org", "number": "N", "title": "A path" }), WRITE),
        row("GET /api/v1/paths/{org}/{number}", "/paths/Org/N", Value::Null, READ),
        row("PATCH /api/v1/paths/{org}/{number}", "/paths/Org/N", json!({ "title": "B" }), WRITE),
        row("POST /api/v1/paths/{org}/{number}/archive", "/paths/Org/N/archive", Value::Null, WRITE),
        row("POST /api/v1/paths/{org}/{number}/restore", "/paths/Org/N/restore", Value::Null, WRITE),
        row("GET /api/v1/runs", "/runs", Value::Null, LIST),
        row("POST /api/v1/runs", "/runs", json!({ "run_key": RUN }), WRITE),
        row("GET /api/v1/runs/{run_key}", &run(""), Value::Null, READ),
        row("PATCH /api/v1/runs/{run_key}", &run(""), json!({ "policy": {} }), WRITE),
        row("POST /api/v1/runs/{run_key}/archive", &run("/archive"), Value::Null, WRITE),
        row("POST /api/v1/runs/{run_key}/restore", &run("/restore"), Value::Null, WRITE),
        row(
            "POST /api/v1/runs/{run_key}/clone",
            &run("/clone"),
            json!({ "run_key": RUN }),
            // It reads one run and writes another: a restricted application that only writes does not do.
            &[Who::Manager, Who::Administrator],
        ),
        row("GET /api/v1/proposals", "/proposals", Value::Null, LIST),
        row("DELETE /api/v1/runs/{run_key}/proposal", &run("/proposal"), Value::Null, WRITE),
        row("GET /api/v1/contexts/unavailable", "/contexts/unavailable", Value::Null, LIST),
        row(
            "PUT /api/v1/contexts/{context_key}/unavailability",
            "/contexts/course-v1:Org+C1+2026/unavailability",
            json!({ "reason": "gone" }),
            WRITE,
        ),
        row(
            "DELETE /api/v1/contexts/{context_key}/unavailability",
            "/contexts/course-v1:Org+C1+2026/unavailability",
            Value::Null,
            WRITE,
        ),
        row("GET /api/v1/runs/{run_key}/draft", &run("/draft"), Value::Null, READ),
        row("PUT /api/v1/runs/{run_key}/draft", &run("/draft"), json!({ "definition": {} }), WRITE),
        row("DELETE /api/v1/runs/{run_key}/draft", &run("/draft"), Value::Null, WRITE),
        row("GET /api/v1/runs/{run_key}/draft/difference", &run("/draft/difference"), Value::Null, READ),
        row(
            "POST /api/v1/definitions/validate",
            "/definitions/validate",
            json!({ "definition": {} }),
            &no_writer(LIST),
        ),
        row(
            "POST /api/v1/runs/{run_key}/what-if",
            &run("/what-if"),
            json!({ "revision": 1 }),
            &no_writer(READ),
        ),
        row("POST /api/v1/runs/{run_key}/publish", &run("/publish"), Value::Null, WRITE),
        row("GET /api/v1/runs/{run_key}/revisions", &run("/revisions"), Value::Null, READ),
        row("GET /api/v1/runs/{run_key}/revisions/{revision}", &run("/revisions/1"), Value::Null, READ),
        row(
            "GET /api/v1/runs/{run_key}/revisions/{revision}/difference",
            &run("/revisions/1/difference"),
            Value::Null,
            READ,
        ),
        row(
            "POST /api/v1/runs/{run_key}/revisions/{revision}/migrate",
            &run("/revisions/1/migrate"),
            json!({ "moves": "everybody", "digest": "00".repeat(32) }),
            WRITE,
        ),
        row("GET /api/v1/runs/{run_key}/enrolments", &run("/enrolments"), Value::Null, READ),
        row("POST /api/v1/runs/{run_key}/enrolments", &run("/enrolments"), json!({ "user_id": 42 }), WRITE),
        row(
            "GET /api/v1/runs/{run_key}/enrolments/{user_id}",
            &run("/enrolments/42"),
            Value::Null,
            &[READ, &[Who::Learner]].concat(),
        ),
        row(
            "POST /api/v1/runs/{run_key}/enrolments/{user_id}/suspend",
            &run("/enrolments/42/suspend"),
            Value::Null,
            WRITE,
        ),
        row(
            "POST /api/v1/runs/{run_key}/enrolments/{user_id}/resume",
            &run("/enrolments/42/resume"),
            Value::Null,
            WRITE,
        ),
        row(
            "POST /api/v1/runs/{run_key}/enrolments/{user_id}/withdraw",
            &run("/enrolments/42/withdraw"),
            Value::Null,
            WRITE,
        ),
        row("POST /api/v1/runs/{run_key}/enrolments/me", &run("/enrolments/me"), Value::Null, PEOPLE),
        row("DELETE /api/v1/runs/{run_key}/enrolments/me", &run("/enrolments/me"), Value::Null, PEOPLE),
        row("GET /api/v1/runs/{run_key}/invitations", &run("/invitations"), Value::Null, READ),
        row(
            "DELETE /api/v1/runs/{run_key}/invitations/{invitation_id}",
            &run("/invitations/0198b2c4-0000-7000-8000-000000000001"),
            Value::Null,
            WRITE,
        ),
        row(
            "PUT /api/v1/learners/{user_id}/external-key",
            "/learners/42/external-key",
            json!({ "external_key": "S-1" }),
            &[Who::Administrator],
        ),
        row("GET /api/v1/jobs", "/jobs", Value::Null, LIST),
        row("POST /api/v1/jobs", "/jobs", json!({ "rows": [{ "run_key": RUN, "user_id": 42 }] }), WRITE),
        row("GET /api/v1/jobs/{job_id}", &job(""), Value::Null, LIST),
        row("GET /api/v1/jobs/{job_id}/rows", &job("/rows"), Value::Null, LIST),
        row("GET /api/v1/jobs/{job_id}/courses", &job("/courses"), Value::Null, LIST),
        row("GET /api/v1/jobs/{job_id}/result", &job("/result"), Value::Null, LIST),
        row("POST /api/v1/jobs/{job_id}/cancel", &job("/cancel"), Value::Null, &anywhere),
        row(
            "POST /api/v1/facts",
            "/facts",
            json!({ "rows": [{ "user_id": 42, "context_key": "course-v1:Org+C1+2026", "kind": "passing", "value": true }] }),
            WRITE,
        ),
        row(
            "POST /api/v1/learners/{user_id}/overrides",
            "/learners/42/overrides",
            json!({ "context_key": "course-v1:Org+C1+2026", "reason": "seen" }),
            WRITE,
        ),
        row("POST /api/v1/runs/{run_key}/gap-checks", &run("/gap-checks"), json!({ "sample": 5 }), WRITE),
        row("GET /api/v1/gap-checks", "/gap-checks", Value::Null, LIST),
        row("GET /api/v1/gap-checks/{check_id}", &check(""), Value::Null, LIST),
        row("GET /api/v1/gap-checks/{check_id}/findings", &check("/findings"), Value::Null, LIST),
        row("POST /api/v1/gap-checks/{check_id}/heal", &check("/heal"), Value::Null, &anywhere),
        row("POST /api/v1/gap-checks/{check_id}/cancel", &check("/cancel"), Value::Null, &anywhere),
        row(
            "POST /api/v1/retire_user/",
            "/retire_user/",
            json!({ "lms_user_id": 44, "original_username": "somebody" }),
            &[Who::Administrator, Who::IdentityWorker],
        ),
        row(
            "POST /api/v1/replace_usernames/",
            "/replace_usernames/",
            json!({ "username_mappings": [{ "old": "new" }] }),
            &[Who::Administrator, Who::IdentityWorker],
        ),
        row(
            "POST /api/v1/learners/{user_id}/merge",
            "/learners/45/merge",
            json!({ "into": 46 }),
            &[Who::Administrator, Who::IdentityWorker],
        ),
        row(
            "GET /api/v1/grants",
            "/grants",
            Value::Null,
            &[Who::Administrator, Who::Auditor, Who::Operator, Who::Cookie],
        ),
        row(
            "POST /api/v1/grants",
            "/grants",
            json!({ "user_id": 7, "role": "auditor" }),
            &[Who::Administrator],
        ),
        row("DELETE /api/v1/grants/{grant_id}", "/grants/1", Value::Null, &[Who::Administrator]),
        row(
            "GET /api/v1/audit",
            "/audit",
            Value::Null,
            &[Who::Manager, Who::OtherManager, Who::Administrator, Who::Auditor, Who::Operator, Who::Cookie],
        ),
        row(
            "GET /api/v1/audit/export",
            "/audit/export",
            Value::Null,
            &[Who::Manager, Who::OtherManager, Who::Administrator, Who::Auditor, Who::Operator, Who::Cookie],
        ),
    ];
    let walked = walk(&router(&pool), &lp_admin_api::openapi(), &rows).await.unwrap();
    assert_eq!(walked.wrong, Vec::<String>::new());
    // Row 85: what may be shown to whom. No name of a learner is among it.
    insta::assert_debug_snapshot!("what_each_role_is_shown", walked.shown);
    let shown: Vec<&str> =
        walked.shown.values().flat_map(|by| by.keys()).flat_map(|all| all.split(' ')).collect();
    for personal in ["username", "email", "name", "full_name"] {
        assert!(!shown.iter().any(|at| at.rsplit('/').next() == Some(personal)), "{personal}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_83_another_organisations_manager_finds_nothing_of_ours(pool: PgPool) {
    manager(&pool).await;
    let other = Client::new(&pool, Who::OtherManager);
    for list in ["/paths", "/runs", "/audit", "/paths?org=Org", "/runs?org=Org", "/audit?org=Org"] {
        assert_eq!(other.get(list).await.is(200).json()["items"], json!([]), "{list}");
    }
    let export = other.get("/audit/export").await.is(200).text;
    assert_eq!(export.lines().count(), 1, "{export}");
    // What is not there is answered as what is.
    let (there, not_there) = (other.get("/paths/Org/N").await, other.get("/paths/Org/None").await);
    assert_eq!((there.status, there.text), (403, not_there.text));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_granted_manager_manages_at_once_and_until_it_is_taken_back(pool: PgPool) {
    let (administrator, other) =
        (Client::new(&pool, Who::Administrator), Client::new(&pool, Who::OtherLearner));
    let new = json!({ "org": "Org", "number": "N", "title": "A path" });
    other.post("/paths", new.clone()).await.is(403);
    let grant = json!({ "user_id": 43, "role": "path_manager", "org": "Org", "reason": "new in the team" });
    let granted = administrator.post("/grants", grant.clone()).await.is(201).json();
    assert_eq!(administrator.post("/grants", grant).await.is(201).json(), granted, "granted already");
    other.post("/paths", new).await.is(201);
    other.post("/paths", json!({ "org": "Other", "number": "N", "title": "A path" })).await.is(403);
    let uri = format!("/grants/{}", granted["grant_id"]);
    administrator.ask("DELETE", &uri, &[], Value::Null).await.is(204);
    administrator.ask("DELETE", &uri, &[], Value::Null).await.is(404);
    other.get("/paths/Org/N").await.is(403);
    assert_eq!(administrator.get("/grants").await.is(200).json()["items"], json!([]));
}
