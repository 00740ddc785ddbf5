//! What the tests read: two runs that are open, one archived, one learner in three revisions of life.

use serde_json::json;
use sqlx::PgPool;

/// A run whose second revision learner 42 is judged by.
pub(crate) const DATA: &str = "path-v1:Org+DATA+2026+open";

/// A run whose key must be encoded to the last character.
pub(crate) const ODD: &str = "path-v1:Org Ü+N/1?x=1&y#z%2F+R;run+🎓";

/// Fills an empty database.
pub(crate) async fn seed(pool: &PgPool) {
    for key in [DATA, ODD, "path-v1:Org+N+R+Old"] {
        lp_domain::RunKey::parse(key).unwrap();
    }
    let definition = json!({
        "items": [
            { "id": "intro", "key": "course-v1:Org+INTRO+2026", "title": "Introduction" },
            { "id": "sql", "key": "course-v1:Org+SQL+2026", "title": "Tables", "criterion": { "grade": 0.7 },
              "equivalents": ["course-v1:Partner+SQL+2025"] },
            { "id": "r", "key": "course-v1:Org+R+2026", "title": "R", "criterion": "certificate", "mode": "verified" },
            { "id": "extra", "key": "course-v1:Org+EXTRA+2026", "title": "Extra" },
        ],
        "requirement": { "all_of": [
            { "item": "intro" }, { "at_least": { "k": 1, "of": [{ "item": "sql" }, { "item": "r" }] } },
        ] },
    });
    let started = json!({ "achievement": "not_started", "progress": 0.0 });
    let done = json!({ "achievement": "completed", "progress": 1.0, "completed_at": "2026-01-15T00:00:00Z" });
    let verdict = json!({
        "achievement": "in_progress", "progress": 0.5, "grade": 0.0, "completed_at": null,
        "items": [
            { "id": "intro", "achievement": "completed", "progress": 1.0, "grade": 0.0,
              "completed_at": "2026-01-15T00:00:00Z", "satisfied_by": "course-v1:Org+INTRO+2026" },
            { "id": "sql", "achievement": "in_progress", "progress": 0.3 },
            { "id": "r", "achievement": "not_started", "progress": 0.0 },
            { "id": "extra", "achievement": "not_started", "progress": 0.0 },
        ],
        "nodes": [{ "achievement": "in_progress", "progress": 0.5 }, done, started, started, started],
    });
    serde_json::from_value::<lp_domain::Definition>(definition.clone()).unwrap();
    serde_json::from_value::<lp_domain::Verdict>(verdict.clone()).unwrap();
    let script = format!(
        "INSERT INTO paths (org, number, title, details) VALUES
             ('Org', 'DATA', 'Data analyst', '{{\"level\": \"Introductory\"}}'), ('Org Ü', 'N/1?x=1&y#z%2F', 'Odd', '{{}}');
         INSERT INTO runs (run_key, path_id, policy, archived_at, latest_revision) VALUES
             ('{DATA}', 1, '{{}}', NULL, 2), ('{ODD}', 2, '{{}}', NULL, 1), ('path-v1:Org+N+R+Old', 2, '{{}}', now(), 1);
         UPDATE runs SET schedule = '{{\"due\": {{\"on\": \"2026-01-31\"}}, \"closes\": \"2099-12-31\"}}' WHERE run_id = 1;
         INSERT INTO revisions (run_id, revision, definition, digest) VALUES
             (1, 1, '{definition}', ''), (1, 2, '{definition}', ''), (2, 1, '{definition}', ''), (3, 1, '{definition}', '');
         INSERT INTO contexts (context_key, title, starts_at, told_at, event_id) VALUES
             ('course-v1:Org+INTRO+2026', 'INTRO of the catalogue', '2026-01-01Z', '2026-01-01Z', gen_random_uuid()),
             ('course-v1:Partner+SQL+2025', 'SQL of the partner', '2026-01-01Z', '2026-01-01Z', gen_random_uuid()),
             ('course-v1:Org+OTHER+2026', 'of no path', '2026-01-01Z', '2026-01-01Z', gen_random_uuid());
         INSERT INTO learners (learner_id, version) VALUES (42, 7);
         INSERT INTO learner_profiles (learner_id, username, email, full_name, is_active, told_at, event_id) VALUES
             (42, 'canary', 'canary@example.com', 'Canary', true, '2026-01-01Z', gen_random_uuid());
         INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision, updated_at) VALUES
             (42, 1, 'active', 1, '2026-01-01Z', 1, '2026-01-01Z'), (42, 2, 'withdrawn', 1, '2026-01-01Z', 1, '2026-01-02Z');
         INSERT INTO enrolment_intervals (learner_id, run_id, opened_at, attempt, closed_at) VALUES
             (42, 1, '2026-01-01Z', 1, NULL), (42, 2, '2026-01-01Z', 1, '2026-01-02Z');
         INSERT INTO progress (learner_id, run_id, revision, attempt, achievement, progress, grade, verdict, digest, updated_at)
             VALUES (42, 1, 2, 1, 1, 0.5, 0, '{verdict}', '', '2026-02-02Z');
         INSERT INTO completions
             (learner_id, run_id, attempt, sequence, completion_id, revision, completed_at, state, state_at,
              valid_from, expires_at, counted_from, award) VALUES
             (42, 1, 1, 1, gen_random_uuid(), 1, '2026-01-20Z', 'revoked', '2026-01-21Z',
              '2026-01-20Z', NULL, '2026-01-20Z', 'revoked'),
             (42, 1, 1, 2, '6f1c1a6e-0d0e-4d0c-9b7a-3f0f4b1d2c3e', 2, '2026-02-01Z', 'grace', '2026-03-01Z',
              '2026-02-02Z', '2126-02-01Z', '2026-02-01Z', 'grace');"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(script)).execute(pool).await.unwrap();
}

/// Adds `number` open runs.
pub(crate) async fn many_runs(pool: &PgPool, number: i32) {
    sqlx::query(
        "WITH made AS (
             INSERT INTO runs (run_key, path_id, policy, latest_revision)
             SELECT 'path-v1:Many+N+R+' || n, 1, '{}', 1 FROM generate_series(1, $1) AS n
             RETURNING run_id
         )
         INSERT INTO revisions (run_id, revision, definition, digest) SELECT run_id, 1, '{}', '' FROM made",
    )
    .bind(number)
    .execute(pool)
    .await
    .unwrap();
}
