//! The rows that a job writes, written by `COPY` and `INSERT … SELECT` alone.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, Row as _};

/// Copies as many people in as a job had, and writes for each what one of that job's learners has, all in one transaction.
pub(crate) async fn measure(
    done: &mut PgConnection,
    conn: &mut PgConnection,
    rows: u32,
) -> anyhow::Result<Duration> {
    let one = sqlx::query(
        "SELECT p.verdict::text, p.digest, o.body, o.event_type, o.topic, a.after::text, a.action, r.run_key, c.items, c.standing
         FROM progress p JOIN report_contributions c USING (learner_id, run_id) JOIN outbox o ON o.partition_key = p.learner_id JOIN runs r USING (run_id)
         JOIN audit_log a ON a.target = 'enrolment:' || r.run_key || '/' || p.learner_id
         ORDER BY p.learner_id DESC LIMIT 1",
    )
    .fetch_one(done)
    .await?;
    let text = |at: usize| one.get::<String, _>(at);
    let (verdict, digest, body) = (text(0), one.get::<Vec<u8>, _>(1), one.get::<Vec<u8>, _>(2));
    let run = text(7);
    let lines = (1..=rows).map(|user| format!("{run},enrol,{user}")).collect::<Vec<_>>().join("\n");

    let begun = Instant::now();
    let mut tx = conn.begin().await?;
    sqlx::query(
        "CREATE TABLE staged (row_number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_key text, action text,
             user_id bigint, outcome text, learner_id bigint)",
    )
    .execute(&mut *tx)
    .await?;
    let mut copy =
        tx.copy_in_raw("COPY staged (run_key, action, user_id) FROM STDIN WITH (FORMAT csv)").await?;
    copy.send(lines.as_bytes()).await?;
    copy.finish().await?;
    for insert in [
        "INSERT INTO learners (learner_id, version) SELECT user_id, 1 FROM staged",
        "INSERT INTO enrolments (learner_id, run_id, state, attempt, attempt_started_at, revision)
         SELECT user_id, run_id, 'active', 1, now(), 1 FROM staged JOIN runs USING (run_key)",
        "INSERT INTO enrolment_intervals (learner_id, run_id, opened_at, attempt)
         SELECT user_id, run_id, now(), 1 FROM staged JOIN runs USING (run_key)",
        "UPDATE staged SET outcome = 'enrolled', learner_id = user_id",
    ] {
        sqlx::query(insert).execute(&mut *tx).await?;
    }
    sqlx::query(
        "INSERT INTO audit_log (actor, action, target, org, after)
         SELECT 'bench', $1, 'enrolment:' || run_key || '/' || user_id, 'BenchX', $2::jsonb FROM staged",
    )
    .bind(text(6))
    .bind(text(5))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO outbox (event_id, event_type, topic, event_time, partition_key, body)
         SELECT gen_random_uuid(), $1, $2, now(), user_id, $3 FROM staged",
    )
    .bind(text(3))
    .bind(text(4))
    .bind(body)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO progress (learner_id, run_id, revision, attempt, achievement, progress, verdict, digest)
         SELECT user_id, run_id, 1, 1, 0, 0, $1::json, $2 FROM staged JOIN runs USING (run_key)",
    )
    .bind(verdict)
    .bind(digest)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "INSERT INTO report_contributions (learner_id, run_id, revision, enrolled_on, standing, last_on, late, items)
         SELECT user_id, run_id, 1, current_date, $2, current_date, false, $1 FROM staged JOIN runs USING (run_key)",
    )
    .bind(text(8))
    .bind(one.get::<i16, _>(9))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(begun.elapsed())
}
