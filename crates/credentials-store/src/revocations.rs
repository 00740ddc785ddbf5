//! Revocations, kept by themselves so that one may come before its completion.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::award::Revocation;

/// Keeps the first telling of each revocation.
pub(crate) async fn upsert(conn: &mut PgConnection, revocations: &[&Revocation]) -> sqlx::Result<()> {
    if revocations.is_empty() {
        return Ok(());
    }
    let completion_ids: Vec<_> = revocations.iter().map(|r| r.completion_id).collect();
    let learner_ids: Vec<_> = revocations.iter().map(|r| r.learner_id).collect();
    let revoked_ats: Vec<_> = revocations.iter().map(|r| r.revoked_at).collect();
    let reasons: Vec<Option<String>> = revocations.iter().map(|r| r.reason.clone()).collect();
    let told_ats: Vec<_> = revocations.iter().map(|r| r.told.at).collect();
    let event_ids: Vec<_> = revocations.iter().map(|r| r.told.event_id).collect();
    sqlx::query!(
        "INSERT INTO revocations (completion_id, learner_id, revoked_at, reason, told_at, event_id)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::timestamptz[], $6::uuid[])
         ON CONFLICT ON CONSTRAINT revocations_pkey DO UPDATE
         SET learner_id = EXCLUDED.learner_id, revoked_at = EXCLUDED.revoked_at, reason = EXCLUDED.reason,
             told_at = EXCLUDED.told_at, event_id = EXCLUDED.event_id
         WHERE (EXCLUDED.told_at, EXCLUDED.event_id) < (revocations.told_at, revocations.event_id)",
        &completion_ids,
        &learner_ids,
        &revoked_ats,
        &reasons as &[Option<String>],
        &told_ats,
        &event_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Brings the awards for these completions in line with their revocations.
pub(crate) async fn mark(conn: &mut PgConnection, completion_ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE awards
         SET status = 'revoked', revoked_at = revocations.revoked_at, revocation_reason = revocations.reason
         FROM revocations
         WHERE awards.completion_id = revocations.completion_id
           AND awards.completion_id = ANY($1)
           AND (awards.status, awards.revoked_at, awards.revocation_reason)
               IS DISTINCT FROM ('revoked', revocations.revoked_at, revocations.reason)",
        completion_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
