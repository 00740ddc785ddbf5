//! The learners of runs and paths against a model: the whole list, filtered and sorted by hand.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use http_body_util::BodyExt as _;
use lp_http::auth::testing::Who;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt as _;

use crate::access::router;
use crate::crowd::{ENROLMENT, Hidden, LEARNERS, RUNS, crowd, enrolment, insert};

const PATH: &str = "/api/v1/paths/Org/CROWD/learners";

fn of_run(run: usize) -> String {
    format!("/api/v1/runs/{}/learners", RUNS[run])
}

async fn ask(router: &axum::Router, who: Who, uri: &str) -> (u16, Value) {
    let request = who.request("GET", uri).body(Body::empty()).unwrap();
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap())
}

/// All pages, one after the other, as a manager is shown them.
async fn pages(router: &axum::Router, uri: &str, size: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (vec![], String::new());
    loop {
        let (status, mut page) = ask(router, Who::Manager, &format!("{uri}&limit={size}{cursor}")).await;
        assert_eq!(status, 200, "{uri}: {page}");
        let items = page["items"].as_array_mut().unwrap();
        assert!(items.len() <= size);
        all.append(items);
        let Some(next) = page["next"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

fn at(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// What a row is sorted by: numbers, then the name.
fn key(row: &Value, sort: &str) -> (f64, String) {
    let seconds =
        |value: &Value| at(value).map_or(f64::MIN, |at| (at - DateTime::UNIX_EPOCH).as_seconds_f64());
    let number = match sort {
        "learner_id" => row[sort].as_f64().unwrap(),
        "progress" | "grade" => row[sort].as_f64().unwrap_or(-1.0),
        "name" => 0.0,
        _ => seconds(&row[sort]),
    };
    let name = row["full_name"].as_str().filter(|_| sort == "name").unwrap_or_default().to_lowercase();
    (number, name)
}

fn compare(one: &Value, other: &Value, sort: &str) -> Ordering {
    let (sort, turned) = sort.strip_prefix('-').map_or((sort, false), |sort| (sort, true));
    let (a, b) = (key(one, sort), key(other, sort));
    let by_key = a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    let by_key = if turned { by_key.reverse() } else { by_key };
    let run = |row: &Value| RUNS.iter().position(|key| row["run_key"] == *key);
    by_key.then(one["learner_id"].as_i64().cmp(&other["learner_id"].as_i64())).then(run(one).cmp(&run(other)))
}

type Test<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

/// A query made up, and whether it lets a row through.
struct Made<'a> {
    query: String,
    tests: Vec<Test<'a>>,
}

fn made<'a>(random: &mut StdRng, hidden: &'a Hidden) -> Made<'a> {
    let mut made = Made { query: String::new(), tests: vec![] };
    for (name, words) in [
        ("enrolment", &["pending", "active", "suspended", "withdrawn", "ended"][..]),
        ("achievement", &["not_started", "in_progress", "completed"]),
        ("completion", &["none", "valid", "grace", "under_review", "revoked"]),
        ("award", &["none", "not_yet_valid", "valid", "grace", "under_review", "expired", "revoked"]),
        ("time", &["no_date", "on_time", "due_soon", "overdue", "closed"]),
    ] {
        if random.random_bool(0.25) {
            let chosen: Vec<&str> = words.iter().copied().filter(|_| random.random_bool(0.5)).collect();
            let chosen = if chosen.is_empty() { vec![words[0]] } else { chosen };
            write!(made.query, "&{name}={}", chosen.join(",")).unwrap();
            made.tests.push(Box::new(move |row| chosen.contains(&row[name].as_str().unwrap_or("none"))));
        }
    }
    for name in ["revision", "attempt"] {
        if random.random_bool(0.1) {
            let number = random.random_range(1..3);
            write!(made.query, "&{name}={number}").unwrap();
            made.tests.push(Box::new(move |row| row[name] == number));
        }
    }
    if random.random_bool(0.2) {
        let (least, most) = (random.random_range(0..6), random.random_range(4..11));
        let (least, most) = (f64::from(least) / 10.0, f64::from(most) / 10.0);
        write!(made.query, "&progress_min={least}&progress_max={most}").unwrap();
        made.tests.push(Box::new(move |row| (least..=most).contains(&row["progress"].as_f64().unwrap())));
    }
    if random.random_bool(0.2) {
        let since = Utc::now() - Duration::days(random.random_range(5..60));
        write!(made.query, "&no_fact_since={}", since.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap();
        made.tests.push(Box::new(move |row| {
            let run = RUNS.iter().position(|key| row["run_key"] == *key).unwrap();
            let of_row = |fact: &&(i64, usize, DateTime<Utc>)| row["learner_id"] == fact.0 && fact.1 == run;
            !hidden.facts.iter().filter(of_row).any(|fact| fact.2 >= since)
        }));
    }
    if random.random_bool(0.2) {
        let texts = ["ann", "%25", "_", "ÉlaN", "USER_1", "@example", "li", "李", "'", "\"", "nobody"];
        let text = texts[random.random_range(0..texts.len())];
        let literal = text.replace("%25", "%").to_lowercase();
        write!(made.query, "&search={}", encoded(&text.replace("%25", "%"))).unwrap();
        made.tests.push(Box::new(move |row| {
            ["username", "full_name", "email"]
                .iter()
                .any(|name| row[*name].as_str().is_some_and(|name| name.to_lowercase().contains(&literal)))
        }));
    }
    if random.random_bool(0.05) {
        let learner = random.random_range(1..=LEARNERS);
        write!(made.query, "&username=uSER_{learner}&email=u{learner}%40example.COM").unwrap();
        made.tests.push(Box::new(move |row| row["username"] == format!("User_{learner}")));
    }
    made
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_row_says_of_a_learner_what_their_own_runs_say(pool: PgPool) {
    let hidden = crowd(&pool, 1).await;
    let router = router(&pool);
    let rows = pages(&router, &format!("{PATH}?"), 200).await;
    assert!(rows.len() > 250, "{}", rows.len());
    let mut seen = std::collections::BTreeSet::new();
    for learner in 1..=LEARNERS {
        let uri = format!("/api/v1/learners/{learner}/runs");
        let (_, own) = ask(&router, Who::Administrator, &uri).await;
        let of: Vec<&Value> = rows.iter().filter(|row| row["learner_id"] == learner).collect();
        assert_eq!(own["items"].as_array().unwrap().len(), of.len());
        for run in own["items"].as_array().unwrap() {
            let row = of.iter().find(|row| row["run_key"] == run["run_key"]).unwrap();
            let profile = hidden.profiles.iter().find(|profile| profile.0 == learner);
            let named = |of: fn(&(i64, String, String, String)) -> &String| profile.map(of);
            let expected = json!({
                "learner_id": learner, "run_key": run["run_key"], "enrolment": run["enrolment"]["state"],
                "attempt": run["enrolment"]["attempt"], "enrolled_at": run["enrolment"]["enrolled_at"],
                "revision": run["revision"], "achievement": run["achievement"], "progress": run["progress"],
                "grade": run["grade"], "completed_at": run["completed_at"], "completion": run["completion"]["state"],
                "award": run["completion"]["award"]["state"],
                "award_expires_at": run["completion"]["award"]["expires_at"], "time": run["time"]["status"],
                "due_at": run["time"]["due_at"], "updated_at": run["updated_at"], "full_name": named(|p| &p.1),
                "username": named(|p| &p.2), "email": named(|p| &p.3),
            });
            assert_eq!(**row, expected);
            seen.insert(format!("{} {}", row["time"], row["award"]));
        }
    }
    assert!(seen.len() > 20, "the crowd is of many kinds: {seen:?}");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_87_pages_in_sequence_are_the_whole_list_filtered_and_sorted(pool: PgPool) {
    let hidden = crowd(&pool, 2).await;
    let router = router(&pool);
    let whole = pages(&router, &format!("{PATH}?"), 200).await;
    let mut random = StdRng::seed_from_u64(3);
    let sorts = ["learner_id", "progress", "grade", "completed_at", "enrolled_at", "updated_at", "name"];
    let mut found = 0;
    for n in 0..140 {
        let made = made(&mut random, &hidden);
        let sort = sorts[n % sorts.len()];
        let sort = if random.random_bool(0.5) { format!("-{sort}") } else { sort.to_owned() };
        let run = random.random_range(0..4);
        let uri = if run == 3 { PATH.to_owned() } else { of_run(run) };
        let uri = format!("{uri}?sort={sort}{}", made.query);
        let lets = |row: &&Value| {
            RUNS.get(run).is_none_or(|key| row["run_key"] == *key) && made.tests.iter().all(|test| test(row))
        };
        let mut expected: Vec<&Value> = whole.iter().filter(lets).collect();
        expected.sort_by(|one, other| compare(one, other, &sort));
        let size = random.random_range(7..60);
        let got = pages(&router, &uri, size).await;
        let ids = |row: &Value| (row["learner_id"].clone(), row["run_key"].clone());
        assert_eq!(
            got.iter().map(ids).collect::<Vec<_>>(),
            expected.iter().map(|row| ids(row)).collect::<Vec<_>>(),
            "{uri}"
        );
        found += got.len();
    }
    assert!(found > 3_000, "filters leave something: {found}");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_87_who_is_enrolled_between_two_pages_moves_nobody(pool: PgPool) {
    crowd(&pool, 4).await;
    let router = router(&pool);
    for (n, sort) in (1..).zip(["learner_id", "-progress", "enrolled_at", "-name"]) {
        let uri = format!("{PATH}?sort={sort}");
        let before = pages(&router, &uri, 200).await;
        let (mut got, mut cursor, mut next_id) = (vec![], String::new(), 10_000 * n);
        let mut random = StdRng::seed_from_u64(5);
        loop {
            let (_, mut page) = ask(&router, Who::Manager, &format!("{uri}&limit=40{cursor}")).await;
            got.append(page["items"].as_array_mut().unwrap());
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
            let more: Vec<Value> = (0..5)
                .map(|n| enrolment(next_id + n, usize::try_from(n).unwrap() % 3, &mut random))
                .collect();
            insert(&pool, "enrolments", ENROLMENT, &more).await;
            next_id += 5;
        }
        let ids: std::collections::BTreeSet<String> =
            got.iter().map(|row| format!("{} {}", row["learner_id"], row["run_key"])).collect();
        assert_eq!(ids.len(), got.len(), "nobody comes twice by {sort}");
        let old: Vec<Value> = got.into_iter().filter(|row| before.contains(row)).collect();
        assert_eq!(old, before, "nobody is missed by {sort}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_87_a_cursor_is_of_its_own_listing_only(pool: PgPool) {
    crowd(&pool, 6).await;
    let router = router(&pool);
    let uri = of_run(0);
    let next = ask(&router, Who::Manager, &format!("{uri}?limit=2&sort=progress")).await.1["next"].clone();
    let cursor = next.as_str().unwrap();
    let get = async |uri: String| ask(&router, Who::Manager, &uri).await.0;
    assert_eq!(get(format!("{uri}?sort=progress&cursor={cursor}")).await, 200);
    assert_eq!(get(format!("{uri}?sort=progress&limit=5&cursor={cursor}")).await, 200, "the size may change");
    for other in [
        format!("{uri}?cursor={cursor}"),
        format!("{uri}?sort=-progress&cursor={cursor}"),
        format!("{uri}?sort=progress&attempt=1&cursor={cursor}"),
        format!("{}?sort=progress&cursor={cursor}", of_run(1)),
        format!("{PATH}?sort=progress&cursor={cursor}"),
        format!("{uri}?sort=progress&cursor={}", &cursor[..cursor.len() - 2]),
    ] {
        assert_eq!(get(other.clone()).await, 400, "{other}");
    }
    let all = ask(&router, Who::Manager, &format!("{PATH}?limit=4000000000")).await.1;
    assert_eq!(all["items"].as_array().unwrap().len(), 200);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_is_malformed_is_refused_and_says_nothing_of_whom_was_looked_for(pool: PgPool) {
    crowd(&pool, 7).await;
    let router = router(&pool);
    let run = of_run(0);
    for (uri, status) in [
        (format!("{run}?enrolment=learning"), 400),
        (format!("{run}?enrolment="), 400),
        (format!("{run}?time=late&search=Canary"), 400),
        (format!("{run}?sort=shoe_size"), 400),
        (format!("{run}?progress_min=1.5"), 400),
        (format!("{run}?progress_max=NaN"), 400),
        (format!("{run}?revision=9999999999"), 400),
        (format!("{run}?no_fact_since=yesterday"), 400),
        (format!("{run}?no_fact_since=%2B262000-01-01T00:00:00Z"), 400),
        (format!("{run}?search="), 400),
        (format!("{run}?search={}", "Canary".repeat(20)), 400),
        (format!("{run}?search=Canary%00"), 400),
        (format!("{run}?format=csv"), 400),
        (format!("{run}?limit=0"), 400),
        (format!("{run}?canary=1"), 400),
        (format!("{run}/export?sort=name"), 400),
        (format!("{run}/export?format=xlsx"), 400),
        ("/api/v1/runs/path-v1:Org+No+Such+Run/learners".into(), 404),
        ("/api/v1/runs/course-v1:Org+No+Such/learners".into(), 400),
        ("/api/v1/paths/Org/NONE/learners".into(), 404),
        ("/api/v1/paths/Org/NONE/learners/export".into(), 404),
        ("/api/v1/paths/Org/a+b/learners".into(), 400),
    ] {
        let (got, problem) = ask(&router, Who::Manager, &uri).await;
        assert_eq!(got, status, "{uri}: {problem}");
        assert!(!problem.to_string().contains("Canary"), "{problem}");
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_85_names_are_for_those_who_may_see_them_and_for_nobody_else(pool: PgPool) {
    crowd(&pool, 8).await;
    let router = router(&pool);
    let run = of_run(0);
    for (who, may) in [
        (Who::Manager, true),
        (Who::Administrator, true),
        (Who::Auditor, false),
        (Who::Operator, false),
        (Who::Reader, false),
    ] {
        let (status, page) = ask(&router, who, &run).await;
        let items = page["items"].as_array().unwrap();
        assert_eq!((status, items.iter().all(|row| row.get("email").is_some())), (200, may), "{who:?}");
        assert_eq!(items.iter().any(|row| row.get("email").is_some()), may, "{who:?}");
        for by_name in ["search=ann", "username=User_1", "email=u1@example.com", "sort=name"] {
            let status = ask(&router, who, &format!("{run}?{by_name}")).await.0;
            assert_eq!(status, if may { 200 } else { 403 }, "{who:?} {by_name}");
        }
        let export = who.request("GET", &format!("{run}/export")).body(Body::empty()).unwrap();
        let body =
            router.clone().oneshot(export).await.unwrap().into_body().collect().await.unwrap().to_bytes();
        assert_eq!(String::from_utf8_lossy(&body).contains("@Example.com"), may, "{who:?}");
    }
    for who in [Who::OtherManager, Who::OtherService, Who::Learner, Who::IdentityWorker] {
        for uri in [
            run.clone(),
            format!("{run}/export"),
            PATH.to_owned(),
            "/api/v1/runs/path-v1:Org+No+Such+Run/learners".into(),
        ] {
            assert_eq!(ask(&router, who, &uri).await.0, 403, "{who:?} {uri}");
        }
    }
    // Who is retired has no profile any more.
    sqlx::query("DELETE FROM learner_profiles").execute(&pool).await.unwrap();
    let page = ask(&router, Who::Manager, &run).await.1;
    assert!(page["items"].as_array().unwrap().iter().all(|row| row["email"].is_null()));
}

/// What is logged, in every level and by everybody.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn fault_90_no_name_that_is_looked_for_or_found_is_logged(pool: PgPool) {
    crowd(&pool, 10).await;
    sqlx::query("UPDATE learner_profiles SET username = 'Canary_' || username, email = 'Canary_' || email")
        .execute(&pool)
        .await
        .unwrap();
    let log = Log::default();
    let sink = log.clone();
    let everything = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || sink.clone())
        .finish();
    let everything = tracing::Dispatch::new(everything);
    // While there is only one, whichever thread comes by first decides what is logged, and those of other tests log nothing.
    let _another = tracing::Dispatch::new(tracing_subscriber::registry());
    let _set = tracing::dispatcher::set_default(&everything);
    let (router, run) = (router(&pool), of_run(0));
    let found = ask(&router, Who::Manager, &format!("{run}?search=CANARY&sort=name&limit=2")).await.1;
    let next = found["next"].as_str().unwrap();
    for uri in [
        format!("{run}?search=CANARY&sort=name&limit=2&cursor={next}"),
        format!("{run}?search=CANARY&sort=canary"),
        format!("{run}?canary=CANARY"),
    ] {
        ask(&router, Who::Manager, &uri).await;
    }
    ask(&router, Who::Auditor, &format!("{run}?search=CANARY")).await;
    let export =
        Who::Manager.request("GET", &format!("{run}/export?search=CANARY")).body(Body::empty()).unwrap();
    let body = router.oneshot(export).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("Canary_"));
    // What cannot be read is told to the log, without whom it was about.
    sqlx::query("ALTER TABLE learner_profiles RENAME TO gone").execute(&pool).await.unwrap();
    assert_eq!(ask(&self::router(&pool), Who::Manager, &format!("{run}?search=CANARY")).await.0, 500);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("request failed") && log.contains("http_request"), "{log}");
    assert!(!log.to_lowercase().contains("canary"), "{log}");
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn without_the_role_there_are_no_names_and_the_answer_says_why(pool: PgPool) {
    crowd(&pool, 9).await;
    // Roles are of the whole cluster: one of this test's own.
    let login = format!("lp_login_{}", std::process::id());
    let script = format!("CREATE ROLE {login} LOGIN IN ROLE lp_reader");
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&pool).await.unwrap();
    let of_login = sqlx::PgPool::connect_lazy_with((*pool.connect_options()).clone().username(&login));
    let (router, run) = (router(&of_login), of_run(0));
    let (status, page) = ask(&router, Who::Manager, &run).await;
    assert_eq!(status, 200, "{page}");
    assert!(page["items"].as_array().unwrap().iter().all(|row| row.get("email").is_none()));
    let (status, problem) = ask(&router, Who::Manager, &format!("{run}?search=ann")).await;
    assert_eq!((status, problem["detail"].as_str().unwrap().contains("lp_names_reader")), (422, true));
    let grant = format!("GRANT lp_names_reader TO {login}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(grant)).execute(&pool).await.unwrap();
    assert_eq!(ask(&router, Who::Manager, &format!("{run}?search=ann")).await.0, 200, "without a restart");
    of_login.close().await;
    // What it holds in this database goes with the database.
    let script = format!("REVOKE lp_reader, lp_names_reader FROM {login}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&pool).await.unwrap();
    let script = format!("ALTER ROLE {login} NOLOGIN");
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(&pool).await.unwrap();
}
