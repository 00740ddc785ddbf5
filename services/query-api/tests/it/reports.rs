//! Reports: what they say, what they hide, and what they never read.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use lp_http::{Auth, Checks, Limits};
use lp_progress_store::read;
use lp_query_api::http::{MinGroup, QueryState, api};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::seed::{DATA, seed};

pub(crate) fn router(pool: &PgPool, min_group: u32) -> Router {
    let readers = read::pool((*pool.connect_options()).clone(), 2);
    let state = QueryState::new(readers).with_min_group(MinGroup::new(min_group));
    api(state, Checks::new(), Arc::new(String::new), Auth::open(), Limits::default()).router()
}

async fn get(router: &Router, uri: &str) -> (u16, Value) {
    let request = Request::get(uri).body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    if parts.status == 200 {
        assert_eq!(parts.headers["cache-control"], "private, no-store");
    }
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap())
}

pub(crate) async fn ok(router: &Router, uri: &str) -> Value {
    let (status, body) = get(router, uri).await;
    assert_eq!(status, 200, "{uri}: {body}");
    body
}

pub(crate) fn of_run(more: &str) -> String {
    format!("/api/v1/reports/runs/{DATA}{more}")
}

/// A hundred learners of 1 March, of whom three left, forty began and twelve are done, four of them in each of 3, 10 and 20 days; and ten
/// of 1 April under another revision, of whom nobody began. Half of it is still to be added up.
pub(crate) async fn counted(pool: &PgPool) {
    seed(pool).await;
    sqlx::raw_sql(
        "INSERT INTO report_totals (run_id, measure, day, revision, point, learners) VALUES
             (1, 0, '2026-03-01', 1, 0, 97), (1, 0, '2026-03-01', 1, 2, 3), (1, 1, '2026-03-01', 1, 0, 40),
             (1, 2, '2026-03-02', 1, 0, 40), (1, 4, '2026-03-01', 1, 3, 4), (1, 4, '2026-03-01', 1, 10, 4),
             (1, 3, '2026-03-04', 1, 0, 4), (1, 3, '2026-03-11', 1, 0, 4),
             (1, 5, '2026-03-01', 1, 0, 40), (1, 6, '2026-03-01', 1, 0, 30), (1, 5, '2026-03-01', 1, 1, 30),
             (1, 6, '2026-03-01', 1, 1, 12), (1, 7, '2026-03-01', 1, 0, 10), (1, 7, '2026-03-01', 1, 1, 17),
             (1, 8, '2026-03-01', 1, 1, 60), (1, 8, '2026-03-02', 1, 0, 99);
         INSERT INTO report_deltas (run_id, measures, days, revisions, points, learners) VALUES
             (1, '{4,3,0,8,8}', '{2026-03-01,2026-03-21,2026-04-01,2026-03-02,2126-01-01}', '{1,1,2,1,2}', '{20,0,0,0,0}',
              '{4,4,10,-74,10}'),
             (2, '{0}', '{2026-03-01}', '{1}', '{0}', '{7}');",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_report_says_who_came_began_and_finished_where_they_are_and_who_is_at_risk(pool: PgPool) {
    counted(&pool).await;
    let report = ok(&router(&pool, 0), &of_run("")).await;
    assert_eq!(
        report,
        json!({
            "run_key": DATA, "title": "Data analyst", "is_moving": false,
            "enrolled": 110, "active": 107, "suspended": 0, "withdrawn": 3, "ended": 0, "started": 40, "completed": 12,
            "completion_rate": 12.0 / 110.0, "suppressed": false,
            "days_to_complete": { "lower_quartile": 3.0, "median": 10.0, "upper_quartile": 20.0 },
            "revisions": [
                { "revision": 1, "enrolled": 100, "active": 97, "suspended": 0, "withdrawn": 3, "ended": 0, "started": 40,
                  "completed": 12, "completion_rate": 0.12, "suppressed": false,
                  "days_to_complete": { "lower_quartile": 3.0, "median": 10.0, "upper_quartile": 20.0 } },
                { "revision": 2, "enrolled": 10, "active": 10, "suspended": 0, "withdrawn": 0, "ended": 0, "started": 0,
                  "completed": 0, "completion_rate": 0.0, "suppressed": false, "days_to_complete": null },
            ],
            "items": [
                { "id": "intro", "title": "Introduction", "learners": 110, "started": 40, "completed": 30, "waiting": 10 },
                { "id": "sql", "title": "Tables", "learners": 110, "started": 30, "completed": 12, "waiting": 17 },
                { "id": "r", "title": "R", "learners": 110, "started": 0, "completed": 0, "waiting": 0 },
                { "id": "extra", "title": "Extra", "learners": 110, "started": 0, "completed": 0, "waiting": 0 },
            ],
            "bottlenecks": ["sql", "intro"],
            "at_risk": { "learners": 85, "late": 60, "inactive": 85, "both": 60, "open": 95, "inactive_days": 14 },
            "trend": [
                { "day": "2026-03-01", "enrolled": 100, "started": 0, "completed": 0 },
                { "day": "2026-03-02", "enrolled": 0, "started": 40, "completed": 0 },
                { "day": "2026-03-04", "enrolled": 0, "started": 0, "completed": 4 },
                { "day": "2026-03-11", "enrolled": 0, "started": 0, "completed": 4 },
                { "day": "2026-03-21", "enrolled": 0, "started": 0, "completed": 4 },
                { "day": "2026-04-01", "enrolled": 10, "started": 0, "completed": 0 },
            ],
        })
    );
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_period_bounds_who_is_counted_and_what_happened(pool: PgPool) {
    counted(&pool).await;
    let router = router(&pool, 0);
    let april = ok(&router, &of_run("?from=2026-04-01&to=2026-04-30")).await;
    assert_eq!(
        (&april["enrolled"], &april["completed"], &april["days_to_complete"]),
        (&json!(10), &json!(0), &Value::Null)
    );
    assert_eq!(april["trend"].as_array().unwrap().len(), 1);
    assert_eq!(april["at_risk"]["open"], 95, "those at risk are those of now");
    let few_days = ok(&router, &of_run("?from=2026-03-02&to=2026-03-11")).await;
    assert_eq!((&few_days["enrolled"], few_days["trend"].as_array().unwrap().len()), (&json!(0), 3));
    assert_eq!(few_days["completion_rate"], Value::Null);
    let patient = ok(&router, &of_run("?inactive_days=3650")).await;
    assert_eq!((&patient["at_risk"]["inactive"], &patient["at_risk"]["learners"]), (&json!(0), &json!(60)));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn paths_and_organisations_sum_up_their_runs_and_runs_stand_beside_each_other(pool: PgPool) {
    counted(&pool).await;
    let router = router(&pool, 0);
    let path = ok(&router, "/api/v1/reports/paths/Org/DATA").await;
    assert_eq!((&path["runs"], &path["enrolled"], &path["completed"]), (&json!(1), &json!(110), &json!(12)));
    assert_eq!(ok(&router, "/api/v1/reports/orgs/Org").await, path);
    let compared = ok(
        &router,
        &format!(
            "/api/v1/reports/compare?runs=path-v1:Org%2BN%2BR%2BOld,{}&from=2026-04-01",
            DATA.replace('+', "%2B")
        ),
    )
    .await;
    let enrolled: Vec<&Value> =
        compared["runs"].as_array().unwrap().iter().map(|run| &run["enrolled"]).collect();
    assert_eq!(enrolled, [&json!(0), &json!(10)]);
    for missing in [
        "/api/v1/reports/paths/Org/X",
        "/api/v1/reports/orgs/X",
        "/api/v1/reports/runs/path-v1:No+Such+Run+G",
    ] {
        assert_eq!(get(&router, missing).await.0, 404, "{missing}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn small_groups_are_hidden_and_so_is_what_they_follow_from(pool: PgPool) {
    counted(&pool).await;
    let router = router(&pool, 5);
    let report = ok(&router, &of_run("")).await;
    assert_eq!(
        (&report["enrolled"], &report["completed"], &report["suppressed"]),
        (&json!(110), &json!(12), &json!(true))
    );
    // Three left: those who are active would tell.
    assert_eq!((&report["withdrawn"], &report["active"]), (&Value::Null, &Value::Null));
    for revision in report["revisions"].as_array().unwrap() {
        assert_eq!(revision["active"], Value::Null, "revision {revision}");
    }
    let days: Vec<&Value> = report["trend"].as_array().unwrap().iter().map(|day| &day["completed"]).collect();
    let hidden = days.iter().filter(|day| day.is_null()).count();
    assert_eq!(hidden, 3, "four a day: {days:?}");
    let none = ok(&self::router(&pool, 11), &of_run("?from=2026-04-01")).await;
    assert_eq!(
        (&none["enrolled"], &none["items"][0]["learners"], &none["completion_rate"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let path = ok(&router, "/api/v1/reports/paths/Org/DATA").await;
    assert_eq!((&path["enrolled"], &path["withdrawn"]), (&json!(110), &Value::Null));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn those_at_risk_are_listed_page_by_page_with_the_reason(pool: PgPool) {
    seed(&pool).await;
    sqlx::raw_sql(
        "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
         SELECT n, 1, 'active', 1, '2026-01-05Z', 1 FROM generate_series(1, 6) AS n;
         INSERT INTO report_contributions (learner_id, run_id, revision, enrolled_on, standing, last_on, late, items) VALUES
             (1, 1, 1, '2026-01-05', 0, '2026-01-09', false, ''), (2, 1, 1, '2026-01-05', 0, '2026-01-09', true, ''),
             (3, 1, 1, '2026-01-05', 0, CURRENT_DATE, true, ''), (4, 1, 1, '2026-01-05', 0, CURRENT_DATE, false, ''),
             (5, 1, 1, '2026-01-05', 0, NULL, false, ''), (6, 1, 1, '2026-01-05', 0, '2026-01-08', false, '');",
    )
    .execute(&pool)
    .await
    .unwrap();
    let router = router(&pool, 0);
    let whole = ok(&router, &of_run("/at-risk")).await;
    let found: Vec<(i64, Value)> = whole["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["learner_id"].as_i64().unwrap(), one["reasons"].clone()))
        .collect();
    let expected = [
        (6, json!(["inactive"])),
        (1, json!(["inactive"])),
        (2, json!(["late", "inactive"])),
        (3, json!(["late"])),
    ];
    assert_eq!(found, expected);
    assert_eq!(whole["items"][2]["late_since"], "2026-02-01T00:00:00Z");
    assert_eq!(
        whole["items"][0],
        json!({
            "learner_id": 6, "reasons": ["inactive"], "late_since": null, "last_fact_on": "2026-01-08",
        })
    );
    let (mut items, mut uri) = (vec![], of_run("/at-risk?limit=1"));
    loop {
        let page = ok(&router, &uri).await;
        items.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        uri = of_run(&format!("/at-risk?limit=1&cursor={next}"));
    }
    assert_eq!(json!(items), whole["items"]);
    let patient = ok(&router, &of_run("/at-risk?inactive_days=3650")).await;
    assert_eq!(patient["items"].as_array().unwrap().len(), 2, "the late ones");
}

/// Rights are taken away from every table with a row a learner; only the list of learners at risk is missed.
#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_report_reads_no_table_that_grows_with_learners(pool: PgPool) {
    counted(&pool).await;
    sqlx::raw_sql(
        "REVOKE SELECT ON learners, fact_journal, facts, enrolments, enrolment_intervals, progress, completions, timers,
             report_contributions FROM lp_reader",
    )
    .execute(&pool)
    .await
    .unwrap();
    let router = router(&pool, 0);
    let compare =
        format!("/api/v1/reports/compare?runs=path-v1:Org%2BN%2BR%2BOld,{}", DATA.replace('+', "%2B"));
    for uri in
        [of_run(""), "/api/v1/reports/paths/Org/DATA".into(), "/api/v1/reports/orgs/Org".into(), compare]
    {
        ok(&router, &uri).await;
    }
    assert!(get(&router, &of_run("/at-risk")).await.0 >= 500, "the rights are gone indeed");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_run_that_is_just_counted_anew_says_so(pool: PgPool) {
    counted(&pool).await;
    sqlx::query("INSERT INTO rejudgements (run_id) VALUES (1)").execute(&pool).await.unwrap();
    assert_eq!(ok(&router(&pool, 0), &of_run("")).await["is_moving"], true);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn malformed_parameters_are_refused(pool: PgPool) {
    counted(&pool).await;
    let router = router(&pool, 0);
    for more in [
        "?from=1969-12-31",
        "?to=10000-01-01",
        "?from=%2B262142-01-01",
        "?from=2026-02-30",
        "?from=x",
        "?from=2026-02-02&to=2026-02-01",
        "?inactive_days=0",
        "?inactive_days=3651",
        "?inactive_days=-1",
        "?limit=5",
        "/at-risk?from=2026-01-01",
        "/at-risk?cursor=x",
        "/at-risk?inactive_days=x",
    ] {
        let (status, body) = get(&router, &of_run(more)).await;
        assert_eq!(status, 400, "{more}: {body}");
    }
    let runs = |runs: &str| format!("/api/v1/reports/compare?runs={runs}");
    let many: Vec<String> = (0..11).map(|n| format!("path-v1:Org%2BN%2BR%2B{n}")).collect();
    for uri in [
        "/api/v1/reports/compare".to_owned(),
        runs(""),
        runs("x"),
        runs("path-v1:a%2Bb%2Bc%2Bd"),
        runs("path-v1:a%2Bb%2Bc%2Bd,path-v1:a%2Bb%2Bc%2Bd"),
        runs(&many.join(",")),
        runs("path-v1:a%2Bb%2Bc%2Bd,"),
        "/api/v1/reports/paths/a%2Bb/c".into(),
        "/api/v1/reports/orgs/a%2Bb".into(),
        "/api/v1/reports/orgs/%00".into(),
    ] {
        let (status, body) = get(&router, &uri).await;
        assert_eq!(status, 400, "{uri}: {body}");
    }
}
