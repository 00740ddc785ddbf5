//! Paths and runs as they are found: searched, filtered, sorted, and one by one.

use axum::body::Body;
use axum::http::Request;
use lp_http::Cursor;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::http::{ask, encoded, get, router};
use crate::seed::{self, DATA, seed};

/// Paths `Cat+{number}` with a run each, with title, details and schedule.
async fn catalogue(pool: &PgPool, paths: &[(&str, &str, Value, Value)]) {
    for (number, title, details, schedule) in paths {
        sqlx::query(
            "WITH path AS (
                 INSERT INTO paths (org, number, title, details) VALUES ('Cat', $1, $2, $3) RETURNING path_id
             ), run AS (
                 INSERT INTO runs (run_key, path_id, policy, latest_revision, schedule)
                 SELECT 'path-v1:Cat+' || $1 || '+R+G', path_id, '{}', 1, $4 FROM path RETURNING run_id
             )
             INSERT INTO revisions (run_id, revision, definition, digest, published_at)
             SELECT run_id, 1, '{}', '', now() + make_interval(secs => length($1)) FROM run",
        )
        .bind(number)
        .bind(title)
        .bind(details)
        .bind(schedule)
        .execute(pool)
        .await
        .unwrap();
    }
}

/// The numbers of the paths that are listed, both ways.
async fn found(pool: &PgPool, query: &str) -> Vec<String> {
    let router = router(pool);
    let of = async |base: &str| -> Vec<String> {
        let answer = get(&router, &format!("{base}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let items = answer.json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["number"].as_str().unwrap().to_owned()).collect()
    };
    let paths = of("/api/v1/paths").await;
    assert_eq!(of("/api/v1/runs").await, paths, "{query}");
    paths
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn search_is_literal_and_without_case_in_title_subtitle_description_and_key(pool: PgPool) {
    let empty = || json!({});
    catalogue(
        &pool,
        &[
            ("A", "100%_Done", empty(), empty()),
            ("B", "1000 done", json!({ "subtitle": "It's \\ here" }), empty()),
            ("C", "Third", json!({ "description": "All of STATISTICS", "level": "hidden" }), empty()),
        ],
    )
    .await;
    for (search, numbers) in [
        ("%", &["A"][..]),
        ("_", &["A"]),
        ("0%_d", &["A"]),
        ("DONE", &["A", "B"]),
        ("it's \\ H", &["B"]),
        ("\\", &["B"]),
        ("statistics", &["C"]),
        ("cat+c", &["C"]),
        ("hidden", &[]),
        ("done third", &[]),
        ("' OR true --", &[]),
        ("", &["A", "B", "C"]),
    ] {
        assert_eq!(found(&pool, &format!("search={}", encoded(search))).await, numbers, "{search}");
    }
    let long = "x".repeat(201);
    assert_eq!(get(&router(&pool), &format!("/api/v1/paths?search={long}")).await.status, 400);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn filters_hold_together_and_open_follows_the_dates_of_the_run(pool: PgPool) {
    let data = json!({ "level": "Introductory", "label": "program", "skills_acquired": ["SQL", "R"] });
    let dates = |from: &str, to: &str| json!({ "enrolment_opens": from, "enrolment_closes": to, "time_zone": "Asia/Tokyo" });
    catalogue(
        &pool,
        &[
            ("A", "A", data.clone(), dates("2001-01-01", "2099-01-01")),
            ("B", "B", data, dates("2098-01-01", "2099-01-01")),
            ("C", "C", json!({ "skills_required": ["SQL"] }), json!({ "closes": "2002-01-01" })),
            ("D", "D", json!({ "level": "advanced" }), json!({})),
        ],
    )
    .await;
    for (query, numbers) in [
        ("open=true", &["A", "D"][..]),
        ("open=false", &["B", "C"]),
        ("level=introductory", &["A", "B"]),
        ("level=Introductory&open=true", &["A"]),
        ("label=program", &["A", "B"]),
        ("label=path", &["C", "D"]),
        ("skill=sql", &["A", "B"]),
        ("org=Cat&skill=r&open=false", &["B"]),
        ("org=cat", &[]),
        ("enrolled=true", &[]),
        ("enrolled=false", &["A", "B", "C", "D"]),
        ("sort=opening", &["C", "D", "A", "B"]),
    ] {
        assert_eq!(found(&pool, query).await, numbers, "{query}");
    }
    for bad in ["label=other", "open=maybe", "sort=random", "private=true"] {
        assert_eq!(get(&router(&pool), &format!("/api/v1/paths?{bad}")).await.status, 400, "{bad}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn pages_of_every_order_make_up_the_whole_and_a_cursor_belongs_to_its_order(pool: PgPool) {
    let opens = |day: &str| json!({ "enrolment_opens": day });
    catalogue(
        &pool,
        &[
            ("AAAA", "same", json!({}), opens("2026-03-01")),
            ("BBB", "Same", json!({}), opens("2026-01-01")),
            ("CC", "other", json!({}), opens("2026-02-01")),
            ("D", "Émile", json!({}), opens("2026-02-01")),
        ],
    )
    .await;
    let router = router(&pool);
    for (sort, whole) in [
        ("key", ["AAAA", "BBB", "CC", "D"]),
        ("title", ["CC", "AAAA", "BBB", "D"]),
        ("opening", ["BBB", "CC", "D", "AAAA"]),
        ("newest", ["AAAA", "BBB", "CC", "D"]),
    ] {
        assert_eq!(found(&pool, &format!("sort={sort}")).await, whole, "{sort}");
        for base in ["/api/v1/runs", "/api/v1/paths"] {
            let mut seen = Vec::new();
            let mut uri = format!("{base}?sort={sort}&limit=1");
            loop {
                let page = get(&router, &uri).await.json();
                seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["number"].clone()));
                let Some(next) = page["next"].as_str() else { break };
                uri = format!("{base}?sort={sort}&limit=1&cursor={next}");
                for other in ["key", "title", "opening", "newest"].iter().filter(|other| **other != sort) {
                    let answer = get(&router, &format!("{base}?sort={other}&cursor={next}")).await;
                    assert_eq!(answer.status, 400, "a cursor of {sort} under {other}");
                }
            }
            assert_eq!(json!(seen), json!(whole), "{base} {sort}");
        }
    }
    let nul = Cursor::at(&json!(["key", { "rank": 0, "text": "\u{0}", "key": "" }])).unwrap();
    let nul = serde_json::to_value(nul).unwrap();
    let answer = get(&router, &format!("/api/v1/runs?cursor={}", nul.as_str().unwrap())).await;
    assert_eq!(answer.status, 400);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn one_run_says_items_sources_requirement_and_dates(pool: PgPool) {
    seed(&pool).await;
    sqlx::query(
        "INSERT INTO unavailable_contexts (context_key, reason, since) VALUES
             ('course-v1:Partner+SQL+2025', 'The partner closed it', '2026-01-05Z')",
    )
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query("UPDATE revisions SET published_at = '2026-01-01Z'").execute(&pool).await.unwrap();
    sqlx::query(r#"UPDATE paths SET details = '{"duration": "3 months"}' WHERE number = 'DATA'"#)
        .execute(&pool)
        .await
        .unwrap();
    let answer = get(&router(&pool), &format!("/api/v1/runs/{DATA}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    insta::assert_json_snapshot!(answer.json());
    let path = get(&router(&pool), "/api/v1/paths/Org/DATA").await;
    assert_eq!(path.status, 200, "{}", path.text);
    insta::assert_json_snapshot!("one_path_says_what_it_is_and_which_runs_it_has", path.json());
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn odd_keys_of_paths_and_runs_are_found_when_they_are_encoded(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let run = get(&router, &format!("/api/v1/runs/{}", encoded(seed::ODD))).await;
    assert_eq!((run.status, &run.json()["run_key"]), (200, &json!(seed::ODD)));
    let path =
        get(&router, &format!("/api/v1/paths/{}/{}", encoded("Org Ü"), encoded("N/1?x=1&y#z%2F"))).await;
    assert_eq!((path.status, &path.json()["number"]), (200, &json!("N/1?x=1&y#z%2F")));
    for (uri, status) in [
        ("/api/v1/paths/Org", 404),
        ("/api/v1/paths/Org/DATA+x", 400),
        ("/api/v1/paths/+/DATA", 400),
        ("/api/v1/paths/Org/NONE", 404),
        ("/api/v1/paths/org/data", 404),
        ("/api/v1/paths/Org/DATA?x=1", 400),
        ("/api/v1/runs/path-v1:Org+N+R+None", 404),
        ("/api/v1/runs/course-v1:Org+N+R", 400),
    ] {
        assert_eq!(get(&router, uri).await.status, status, "{uri}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_earlier_moment_is_answered_and_what_is_no_such_moment_is_refused(pool: PgPool) {
    seed(&pool).await;
    let router = router(&pool);
    let run = format!("/api/v1/learners/42/runs/{DATA}");
    for (as_of, status) in [
        ("2026-01-01T00:00:00Z", 200),
        ("2026-01-01T01:00:00%2B01:00", 200),
        ("2025-12-31T23:59:59.999999Z", 404),
        ("1970-01-01T00:00:00Z", 404),
        ("1969-12-31T23:59:59Z", 400),
        ("9999-12-31T23:59:59Z", 400),
        ("2026-01-01", 400),
        ("yesterday", 400),
        ("", 400),
    ] {
        let answer = get(&router, &format!("{run}?as_of={as_of}")).await;
        assert_eq!(answer.status, status, "{as_of}: {}", answer.text);
    }
    let uri = format!("{run}?as_of=2026-01-20T00:00:00Z");
    let answer = get(&router, &uri).await;
    let body = answer.json();
    assert_eq!(
        (&body["updated_at"], &body["achievement"]),
        (&Value::Null, &json!("not_started")),
        "no fact is journalled"
    );
    assert_eq!(body["completion"]["state"], "valid", "taken back a day later");
    assert_eq!(body["time"]["status"], "on_time", "by the completion of then");
    let tag = answer.headers["etag"].to_str().unwrap().to_owned();
    let known = |uri: &str| Request::get(uri).header("if-none-match", &tag).body(Body::empty()).unwrap();
    assert_eq!(ask(&router, known(&uri)).await.status, 304);
    assert_eq!(ask(&router, known(&run)).await.status, 200, "now is another thing");
    assert_eq!(ask(&router, known(&uri.replace("20T", "21T"))).await.status, 200);
    for change in
        ["UPDATE learners SET version = version + 1", "UPDATE catalogue_version SET version = version + 1"]
    {
        let before = get(&router, &uri).await.headers["etag"].clone();
        sqlx::query(change).execute(&pool).await.unwrap();
        assert_ne!(get(&router, &uri).await.headers["etag"], before, "{change}");
    }
}
