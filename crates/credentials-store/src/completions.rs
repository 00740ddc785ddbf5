//! Completions become awards.

use sqlx::PgConnection;

use crate::award::{Completion, award_id};

/// Makes an award of each completion, or keeps the one there unless this telling is an earlier one.
pub(crate) async fn upsert(conn: &mut PgConnection, completions: &[&Completion]) -> sqlx::Result<()> {
    if completions.is_empty() {
        return Ok(());
    }
    let completion_ids: Vec<_> = completions.iter().map(|c| c.completion_id).collect();
    let award_ids: Vec<_> = completions.iter().map(|c| award_id(c.completion_id)).collect();
    let learner_ids: Vec<_> = completions.iter().map(|c| c.learner_id).collect();
    let run_keys: Vec<_> = completions.iter().map(|c| c.run_key.clone()).collect();
    let path_names: Vec<_> = completions.iter().map(|c| c.path_name.clone()).collect();
    let revisions: Vec<_> = completions.iter().map(|c| c.revision).collect();
    let attempts: Vec<_> = completions.iter().map(|c| c.attempt).collect();
    let completed_ats: Vec<_> = completions.iter().map(|c| c.completed_at).collect();
    let grades: Vec<Option<f64>> = completions.iter().map(|c| c.grade).collect();
    let progresses: Vec<_> = completions.iter().map(|c| c.progress).collect();
    let contexts: Vec<_> = completions.iter().map(|c| serde_json::json!(c.contexts)).collect();
    let told_ats: Vec<_> = completions.iter().map(|c| c.told.at).collect();
    let event_ids: Vec<_> = completions.iter().map(|c| c.told.event_id).collect();
    sqlx::query!(
        "INSERT INTO awards (completion_id, award_id, learner_id, run_key, path_name, revision, attempt,
                             completed_at, grade, progress, contexts, told_at, event_id)
         SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::int[], $7::int[],
                              $8::timestamptz[], $9::double precision[], $10::double precision[], $11::jsonb[],
                              $12::timestamptz[], $13::uuid[])
         ON CONFLICT ON CONSTRAINT awards_pkey DO UPDATE
         SET learner_id = EXCLUDED.learner_id, run_key = EXCLUDED.run_key, path_name = EXCLUDED.path_name,
             revision = EXCLUDED.revision, attempt = EXCLUDED.attempt, completed_at = EXCLUDED.completed_at,
             grade = EXCLUDED.grade, progress = EXCLUDED.progress, contexts = EXCLUDED.contexts,
             told_at = EXCLUDED.told_at, event_id = EXCLUDED.event_id
         WHERE (EXCLUDED.told_at, EXCLUDED.event_id) < (awards.told_at, awards.event_id)",
        &completion_ids,
        &award_ids,
        &learner_ids,
        &run_keys,
        &path_names,
        &revisions,
        &attempts,
        &completed_ats,
        &grades as &[Option<f64>],
        &progresses,
        &contexts,
        &told_ats,
        &event_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
