//! Paths, programs, progress and grades.

use axum::body::Body;
use axum::http::{Request, header};
use lp_http::auth::testing::token;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{COURSES, DOTTED, EMPTY, INV, NO_CRITERIA, PREFIX, PUB, Service, User, know, seed};

fn keys(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|path| path["key"].as_str().unwrap()).collect()
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_list_has_the_plugins_shape_and_the_callers_own_paths_first(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let list = service.get(User::Ann, "learning-paths/").await.is(200).json();
    assert_eq!((&list["count"], &list["next"], &list["previous"]), (&json!(5), &Value::Null, &Value::Null));
    assert_eq!(
        list["results"][0],
        json!({
            "key": PUB, "display_name": "Public", "image": null, "sequential": true,
            "steps": [
                { "order": 1, "course_key": COURSES[0], "weight": 1.0,
                  "course_dates": ["2026-01-01T00:00:00Z", "2026-06-30T23:59:59.123456Z"] },
                { "order": 2, "course_key": COURSES[1], "weight": 0.5,
                  "course_dates": ["2026-02-01T00:00:00Z", null] },
                { "order": 3, "course_key": COURSES[2], "weight": 1.0, "course_dates": [null, null] },
            ],
            "required_completion": 0.8, "enrollment_date": null, "invite_only": false,
        })
    );
    for key in [EMPTY, DOTTED] {
        service.post(User::Ann, &format!("{key}/enrollments/")).await.is(201);
    }
    let list = service.get(User::Ann, "learning-paths/").await.json();
    assert_eq!(keys(&list)[..3], [DOTTED, EMPTY, PUB]);
    assert!(list["results"][0]["enrollment_date"].is_string());
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_3_lists_come_by_pages_and_ignore_what_they_do_not_know(pool: PgPool) {
    seed(&pool).await;
    for number in 0..20 {
        let title = format!("path-v1:OX+MORE{number}+2026+a");
        sqlx::query(
            "WITH p AS (
                 INSERT INTO paths (org, number, title, details) VALUES ('OX', $1, $1, '{}') RETURNING path_id
             ), r AS (
                 INSERT INTO runs (run_key, path_id, policy, latest_revision)
                 SELECT $1, p.path_id, o.policy, 1 FROM p, runs o WHERE o.run_key = $2 RETURNING run_id
             )
             INSERT INTO revisions (run_id, revision, definition, digest)
             SELECT r.run_id, 1, v.definition, v.digest FROM r, revisions v
             JOIN runs o USING (run_id) WHERE o.run_key = $2",
        )
        .bind(&title)
        .bind(PUB)
        .execute(&pool)
        .await
        .unwrap();
    }
    sqlx::query("UPDATE catalogue_version SET version = version + 1").execute(&pool).await.unwrap();
    let service = Service::new(&pool);
    let uri = "learning-paths/?page=2&page_size=100&z=%20";
    let page = service.get(User::Ann, uri).await.is(200).json();
    assert_eq!((keys(&page).len(), &page["count"]), (10, &json!(25)));
    let address = format!("http://testserver{PREFIX}learning-paths/");
    assert_eq!(page["next"], format!("{address}?page=3&page_size=100&z=+"));
    assert_eq!(page["previous"], format!("{address}?page_size=100&z=+"));
    let last = service.get(User::Ann, "learning-paths/?page=last").await.is(200).json();
    assert_eq!((keys(&last).len(), &last["next"]), (5, &Value::Null));
    for wrong in ["0", "4", "-1", "x", "99999999999999999999"] {
        service.get(User::Ann, &format!("learning-paths/?page={wrong}")).await.says(404, "Invalid page.");
    }
    let numbers: Vec<i64> = sqlx::query_scalar("SELECT plugin_path_id FROM plugin_paths ORDER BY run_id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(numbers.len(), 26, "each run that is published has a number");
    Service::new(&pool).get(User::Ann, "learning-paths/").await.is(200);
    let again: Vec<i64> = sqlx::query_scalar("SELECT plugin_path_id FROM plugin_paths ORDER BY run_id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(numbers, again, "and keeps it");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_path_by_itself_says_more_and_its_skills_have_numbers(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let path = service.get(User::Ann, &format!("learning-paths/{PUB}/")).await.is(200).json();
    assert_eq!(path["subtitle"], "sub");
    assert_eq!(
        path["required_skills"],
        json!([{ "skill": { "id": 1, "display_name": "SQL" }, "level": null }])
    );
    assert_eq!(
        path["acquired_skills"],
        json!([{ "skill": { "id": 2, "display_name": "Rust" }, "level": null }])
    );
    for field in ["description", "level", "duration", "time_commitment"] {
        assert_eq!(path[field], "", "{field}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_5_a_key_is_found_in_any_case_and_the_exact_one_first(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let lower = "path-v1:ox+pub+2026+A";
    let key = async |asked: &str| {
        service.get(User::Ann, &format!("learning-paths/{asked}/")).await.is(200).json()["key"].clone()
    };
    assert_eq!(key(lower).await, PUB);
    assert_eq!(key("path-v1%3AOX%2BPUB%2B2026%2Ba").await, PUB);
    let progress = service.get(User::Ann, &format!("{lower}/progress/")).await.is(200).json();
    assert_eq!(progress["learning_path_key"], lower, "as it was asked for");
    sqlx::query("UPDATE runs SET run_key = $1 WHERE run_key = $2")
        .bind(lower)
        .bind(EMPTY)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("UPDATE catalogue_version SET version = version + 1").execute(&pool).await.unwrap();
    assert_eq!(key(lower).await, lower);
    assert_eq!(key(PUB).await, PUB);
    service
        .get(User::Ann, "learning-paths/PATH-V1:OX+PUB+2026+a/")
        .await
        .says(404, "Invalid learning path key format.");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_4_odd_keys_dots_the_old_prefix_and_a_missing_slash(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    service.get(User::Ann, &format!("learning-paths/{DOTTED}/")).await.is(200);
    let odd = "path-v1:O%20X+a/b%3F%23%25c%20d+2026+%F0%9F%A6%80";
    for uri in [
        format!("learning-paths/{odd}/"),
        format!("learning-paths/{}/", odd.replace('/', "%2F")),
        format!("{odd}/grade/"),
        format!("{odd}/enrollments/"),
        format!("learning-paths/{PUB}/progress/"),
    ] {
        service.get(User::Ann, &uri).await.is(200);
    }
    for who in [User::Ann, User::Nobody] {
        let moved = service.post(who, &format!("{PUB}/enrollments?x=1")).await.is(301);
        assert_eq!(moved.headers["location"], format!("{PREFIX}{PUB}/enrollments/?x=1"));
    }
    service.get(User::Ann, &format!("{PUB}/progress/tail/")).await.says(404, "Not found.");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_6_who_is_not_invited_sees_what_is_not_there(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    for key in [INV, "path-v1:OX+NONE+2026+a"] {
        for uri in
            [format!("learning-paths/{key}/"), format!("{key}/progress/"), format!("{key}/enrollments/")]
        {
            service.get(User::Ann, &uri).await.says(404, "No LearningPath matches the given query.");
        }
        let foreign = format!("{key}/enrollments/?username=bob");
        service
            .get(User::Ann, &foreign)
            .await
            .says(403, "You do not have permission to perform this action.");
    }
    for who in [User::Staff, User::Manager, User::Auditor] {
        service.get(who, &format!("learning-paths/{INV}/")).await.is(200);
    }
    service
        .json(User::Staff, "POST", &format!("{INV}/enrollments/"), &json!({ "username": "ann" }))
        .await
        .is(201);
    service.get(User::Ann, &format!("learning-paths/{INV}/")).await.is(200);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn progress_and_grade_are_means_of_what_is_known(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let progress = service.get(User::Ann, &format!("{PUB}/progress/?username=bob")).await.is(200).json();
    assert_eq!(progress, json!({ "learning_path_key": PUB, "progress": 0.25, "required_completion": 0.8 }));
    let grade = service.get(User::Ann, &format!("{PUB}/grade/")).await.is(200).json();
    assert_eq!(grade, json!({ "learning_path_key": PUB, "grade": 0.48, "required_grade": 0.75 }));
    for (what, name) in [("progress", "progress"), ("grade", "grade")] {
        let empty = service.get(User::Ann, &format!("{EMPTY}/{what}/")).await.is(200).json();
        assert_eq!(empty[name], json!(0.0));
    }
    // Nobody said what is required: the plugin fails here.
    let progress = service.get(User::Ann, &format!("{NO_CRITERIA}/progress/")).await.is(200).json();
    assert_eq!(progress["required_completion"], Value::Null);
    let grade = service.get(User::Ann, &format!("{NO_CRITERIA}/grade/")).await.is(200).json();
    assert_eq!((&grade["grade"], &grade["required_grade"]), (&json!(0.9), &Value::Null));
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_a_merged_account_did_counts(pool: PgPool) {
    seed(&pool).await;
    know(&pool, 7, COURSES[2], Some(0.75), None).await;
    let progress = async || {
        let service = Service::new(&pool);
        service.get(User::Ann, &format!("{PUB}/progress/")).await.json()["progress"].as_f64().unwrap()
    };
    assert!((progress().await - 0.25).abs() < 1e-9);
    sqlx::query("INSERT INTO learner_merges (learner_id, survivor_id) VALUES (7, 3)")
        .execute(&pool)
        .await
        .unwrap();
    assert!((progress().await - 0.5).abs() < 1e-9);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn trap_11_images_are_addressed_in_full(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    for (image, host, proto, expected) in [
        ("/media/a.png", "lms.example.com", "https", json!("https://lms.example.com/media/a.png")),
        ("media/a.png", "lms.example.com:8000", "http", json!("http://lms.example.com:8000/media/a.png")),
        ("https://cdn.example.com/a.png", "lms.example.com", "https", json!("https://cdn.example.com/a.png")),
        ("/media/a.png", "bad host", "https", json!("/media/a.png")),
        ("", "lms.example.com", "https", Value::Null),
    ] {
        sqlx::query("UPDATE paths SET details = details || jsonb_build_object('image', $1::text) WHERE number = 'PUB'")
            .bind(image)
            .execute(&pool)
            .await
            .unwrap();
        let ask = async |uri: String| {
            let jwt = format!("JWT {}", token(3, &json!({})));
            let request = Request::builder().uri(uri).header(header::AUTHORIZATION, jwt);
            let request = request.header(header::HOST, host).header("x-forwarded-proto", proto);
            service.ask(request.body(Body::empty()).unwrap()).await.is(200).json()
        };
        assert_eq!(ask(format!("{PREFIX}learning-paths/{PUB}/")).await["image"], expected);
        let program = ask(format!("{PREFIX}programs/1/")).await;
        let banner = program["banner_image_urls"].get("w1440h480").cloned().unwrap_or_default();
        assert_eq!(banner, expected);
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_program_is_a_path_by_its_number_and_courses_of_two_organisations_stay_two(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    let program = service.get(User::Ann, "programs/1/").await.is(200).json();
    let code = |n: usize| json!({ "key": format!("C{n}"), "run_modes": [{ "course_key": COURSES[n - 1], "run_key": "2026" }] });
    assert_eq!(
        program,
        json!({
            "uuid": crate::support::uuid(1), "name": "Public", "title": "Public", "marketing_slug": PUB,
            "subtitle": "sub", "status": "active", "banner_image_urls": {}, "organizations": [],
            "course_codes": [code(1), code(2), code(3)],
        })
    );
    service.get(User::Ann, "programs/2/").await.says(404, "No LearningPath matches the given query.");
    service.get(User::Ann, "programs/99/").await.says(404, "No LearningPath matches the given query.");
    for wrong in [crate::support::uuid(1), "x".into(), "99999999999999999999".into()] {
        service.get(User::Ann, &format!("programs/{wrong}/")).await.says(404, "Not found.");
    }
    sqlx::query("UPDATE revisions SET definition = replace(definition::text, 'OX+C2', 'OY+C1')::jsonb")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("UPDATE catalogue_version SET version = version + 1").execute(&pool).await.unwrap();
    let program = service.get(User::Ann, "programs/1/").await.is(200).json();
    assert_eq!(program["course_codes"].as_array().unwrap().len(), 3);
    assert_eq!(program["course_codes"][1]["key"], "C1");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn an_archived_path_is_seen_by_its_learners_only(pool: PgPool) {
    seed(&pool).await;
    let service = Service::new(&pool);
    service.post(User::Ann, &format!("{PUB}/enrollments/")).await.is(201);
    sqlx::query("UPDATE runs SET archived_at = now() WHERE run_key = $1")
        .bind(PUB)
        .execute(&pool)
        .await
        .unwrap();
    service.get(User::Ann, &format!("learning-paths/{PUB}/")).await.is(200);
    for who in [User::Bob, User::Staff] {
        service.get(who, &format!("learning-paths/{PUB}/")).await.is(404);
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn the_writers_role_numbers_what_is_new_and_may_move_the_sequences(pool: PgPool) {
    seed(&pool).await;
    sqlx::query("DELETE FROM plugin_paths WHERE plugin_path_id > 4").execute(&pool).await.unwrap();
    let mut conn = pool.acquire().await.unwrap();
    sqlx::query("SET ROLE lp_writer").execute(&mut *conn).await.unwrap();
    for sequence in ["plugin_paths_plugin_path_id_seq", "plugin_skills_plugin_skill_id_seq"] {
        sqlx::query("SELECT setval($1::regclass, 40)").bind(sequence).execute(&mut *conn).await.unwrap();
    }
    lp_progress_store::plugin::number_new(&mut conn).await.unwrap();
    let numbers: Vec<i64> = sqlx::query_scalar("SELECT plugin_path_id FROM plugin_paths ORDER BY run_id")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    assert_eq!(numbers, [1, 2, 3, 4, 41, 42]);
    sqlx::query("RESET ROLE").execute(&mut *conn).await.unwrap();
}
