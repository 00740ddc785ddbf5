//! A path of three runs with some hundred learners in every state, and what is known of them.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// With a due date that hangs on when the attempt began, with fixed dates, and without any.
pub(crate) const RUNS: [&str; 3] =
    ["path-v1:Org+CROWD+2026+a", "path-v1:Org+CROWD+2026+b", "path-v1:Org+CROWD+2026+c"];

const SCHEDULES: [&str; 3] = [
    r#"{"time_zone": "Europe/Paris", "due": {"after": {"days": 30}}}"#,
    r#"{"time_zone": "America/St_Johns", "due": {"on": "2026-03-31"}, "closes": "2026-06-30"}"#,
    "{}",
];

const FIRST: [&str; 6] = ["Ann", "ÉLAN", "100%_sure", "=cmd", "o'Neill", "Zoë"];
const LAST: [&str; 4] = ["Berg", "de la Cruz", "\"quoted\", Jr", "李"];

/// Learners are numbered from 1.
pub(crate) const LEARNERS: i64 = 150;

/// What the API does not show of a learner, but filters by.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    /// Learner, name, username, e-mail.
    pub(crate) profiles: Vec<(i64, String, String, String)>,
    /// Learner, run, instant: facts about the run's contexts, of the learner and of accounts merged into theirs.
    pub(crate) facts: Vec<(i64, usize, DateTime<Utc>)>,
}

fn pick<T: Copy>(random: &mut StdRng, many: &[T]) -> T {
    many[random.random_range(0..many.len())]
}

/// An instant within `days` days before now, or after it where that is negative; to the hour, so that some are equal.
fn ago(random: &mut StdRng, days: std::ops::Range<i64>) -> DateTime<Utc> {
    let now = Utc::now();
    let hours = random.random_range(days.start * 4..days.end * 4) * 6 + 1;
    now - Duration::hours(hours) - Duration::nanoseconds(now.timestamp_subsec_nanos().into())
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Puts rows into a table.
pub(crate) async fn insert(pool: &PgPool, table: &str, columns: &str, rows: &[Value]) {
    let sql = format!(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(json!(rows)).execute(pool).await.unwrap();
}

pub(crate) const ENROLMENT: &str =
    "learner_id, run_id, state, attempt, attempt_started_at, revision, updated_at";

pub(crate) fn enrolment(learner: i64, run: usize, random: &mut StdRng) -> Value {
    let state = pick(random, &["active", "active", "active", "suspended", "withdrawn", "ended", "pending"]);
    json!({
        "learner_id": learner, "run_id": run + 1, "state": state, "attempt": random.random_range(1..3),
        "attempt_started_at": text(ago(random, 0..300)), "revision": random.random_range(1..3),
        "updated_at": text(ago(random, 0..60)),
    })
}

/// The path and its runs, each of one item with an equivalent.
async fn runs(pool: &PgPool) {
    let script = "INSERT INTO paths (org, number, title, details) VALUES ('Org', 'CROWD', 'Crowd', '{}')";
    sqlx::raw_sql(script).execute(pool).await.unwrap();
    for (n, (key, schedule)) in RUNS.iter().zip(SCHEDULES).enumerate() {
        serde_json::from_str::<lp_domain::Schedule>(schedule).unwrap();
        let definition = json!({
            "items": [{ "id": "x", "key": format!("course-v1:Org+X{n}+1"), "title": "X",
                        "equivalents": [format!("course-v1:Org+Y{n}+1")] }],
            "requirement": { "item": "x" },
        });
        let run = json!({ "run_key": key, "path_id": 1, "policy": {}, "latest_revision": 2, "updated_at": "2026-01-01Z",
                          "schedule": serde_json::from_str::<Value>(schedule).unwrap() });
        insert(pool, "runs", "run_key, path_id, policy, latest_revision, schedule", &[run]).await;
        let revision = |revision: i32| json!({ "run_id": n + 1, "revision": revision, "definition": definition, "digest": "" });
        insert(pool, "revisions", "run_id, revision, definition, digest", &[revision(1), revision(2)]).await;
    }
}

/// Empties nothing: the database must be new.
pub(crate) async fn crowd(pool: &PgPool, seed: u64) -> Hidden {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut hidden, random) = (Hidden::default(), &mut random);
    runs(pool).await;
    let (mut enrolments, mut intervals, mut progress, mut completions, mut profiles, mut facts) =
        (vec![], vec![], vec![], vec![], vec![], vec![]);
    for learner in 1..=LEARNERS {
        if random.random_bool(0.85) {
            let name = format!("{} {}", pick(random, &FIRST), pick(random, &LAST));
            let (username, email) = (format!("User_{learner}"), format!("U{learner}@Example.com"));
            profiles.push(json!({
                "learner_id": learner, "username": username, "email": email, "full_name": name, "is_active": true,
                "told_at": "2026-01-01Z", "event_id": Uuid::new_v4(),
            }));
            hidden.profiles.push((learner, name, username, email));
        }
        for run in 0..RUNS.len() {
            if random.random_bool(0.3) {
                continue;
            }
            let enrolled = enrolment(learner, run, random);
            let attempt = enrolled["attempt"].as_i64().unwrap();
            enrolments.push(enrolled);
            for at in (0..random.random_range(0..3))
                .map(|_| ago(random, 300..400))
                .collect::<std::collections::BTreeSet<_>>()
            {
                intervals.push(
                    json!({ "learner_id": learner, "run_id": run + 1, "opened_at": text(at), "attempt": 1 }),
                );
            }
            let achievement = random.random_range(0..3);
            let share = f64::from(random.random_range(0..10)) / 10.0;
            let done = (achievement == 2).then(|| text(ago(random, 0..300)));
            if random.random_bool(0.9) {
                let standing = json!({ "achievement": "not_started", "progress": 0.0 });
                let mut item = standing.clone();
                item["id"] = json!("x");
                let verdict = json!({ "achievement": "not_started", "progress": 0.0, "items": [item], "nodes": [standing] });
                progress.push(json!({
                    "learner_id": learner, "run_id": run + 1, "revision": random.random_range(1..3), "attempt": attempt,
                    "achievement": achievement, "progress": if achievement == 2 { 1.0 } else { share },
                    "grade": random.random_bool(0.5).then_some(share), "completed_at": done, "verdict": verdict, "digest": "",
                    "updated_at": text(ago(random, 0..60)),
                }));
            }
            for (period, sequence) in [(1, 1), (1, 2), (2, 1)].into_iter().take(random.random_range(0..4)) {
                let state = pick(random, &["valid", "valid", "grace", "under_review", "revoked"]);
                let renewal = (period > 1).then(|| text(ago(random, 0..200)));
                completions.push(json!({
                    "learner_id": learner, "run_id": run + 1, "attempt": attempt, "period": period, "sequence": sequence,
                    "completion_id": Uuid::new_v4(), "revision": 1, "completed_at": text(ago(random, 0..300)), "state": state,
                    "state_at": (state != "valid").then(|| text(ago(random, -100..100))),
                    "valid_from": text(ago(random, -20..100)),
                    "expires_at": random.random_bool(0.5).then(|| text(ago(random, -100..50))),
                    "counted_from": text(ago(random, 0..300)), "award": state, "requirement_met": true, "changes": 0,
                    "renews": (period > 1).then(Uuid::new_v4), "window_begins": renewal, "window_ends": renewal,
                }));
            }
            for _ in 0..random.random_range(0..3) {
                let (at, other) = (ago(random, 0..100), random.random_bool(0.2));
                // Of another account of the same person, sometimes.
                let subject = if random.random_bool(0.2) { learner + 1_000 } else { learner };
                let context = match (other, random.random_bool(0.5)) {
                    (true, _) => "course-v1:Org+OTHER+1".to_owned(),
                    (false, true) => format!("course-v1:Org+X{run}+1"),
                    (false, false) => format!("course-v1:Org+Y{run}+1"),
                };
                facts.push(json!({
                    "learner_id": subject, "event_id": Uuid::new_v4(), "kind": 1, "context_key": context,
                    "occurred_at": text(at), "value": {}, "received_at": text(at),
                }));
                if !other {
                    hidden.facts.push((learner, run, at));
                }
            }
        }
    }
    let merges: Vec<Value> = (1..=LEARNERS)
        .map(|survivor| json!({ "learner_id": survivor + 1_000, "survivor_id": survivor, "merged_at": "2026-01-01Z" }))
        .collect();
    insert(pool, "learner_merges", "learner_id, survivor_id, merged_at", &merges).await;
    insert(
        pool,
        "learner_profiles",
        "learner_id, username, email, full_name, is_active, told_at, event_id",
        &profiles,
    )
    .await;
    insert(pool, "enrolments", ENROLMENT, &enrolments).await;
    insert(pool, "enrolment_intervals", "learner_id, run_id, opened_at, attempt", &intervals).await;
    let columns = "learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict, digest, updated_at";
    insert(pool, "progress", columns, &progress).await;
    let columns = "learner_id, run_id, attempt, period, sequence, completion_id, revision, completed_at, state, state_at, \
                   valid_from, expires_at, counted_from, award, requirement_met, changes, renews, window_begins, window_ends";
    insert(pool, "completions", columns, &completions).await;
    let columns = "learner_id, event_id, kind, context_key, occurred_at, value, received_at";
    insert(pool, "fact_journal", columns, &facts).await;
    hidden
}

/// Enrols `number` learners more in the first run, numbered from 1, none of whom has done anything.
pub(crate) async fn many(pool: &PgPool, number: i32) {
    sqlx::query(
        "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
         SELECT n, 1, 'active', 1, '2026-01-01Z', 1 FROM generate_series(1, $1) AS n
         ON CONFLICT DO NOTHING",
    )
    .bind(number)
    .execute(pool)
    .await
    .unwrap();
}
