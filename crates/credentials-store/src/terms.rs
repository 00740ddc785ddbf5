//! When awards are valid, as they were last told.

use sqlx::PgConnection;

use crate::award::Terms;

/// Keeps the greatest change of each completion's.
pub(crate) async fn upsert(conn: &mut PgConnection, terms: &[&Terms]) -> sqlx::Result<()> {
    if terms.is_empty() {
        return Ok(());
    }
    let completion_ids: Vec<_> = terms.iter().map(|t| t.completion_id).collect();
    let learner_ids: Vec<_> = terms.iter().map(|t| t.learner_id).collect();
    let changes: Vec<_> = terms.iter().map(|t| t.change).collect();
    let periods: Vec<_> = terms.iter().map(|t| t.period).collect();
    let states: Vec<_> = terms.iter().map(|t| t.state.word().to_owned()).collect();
    let valid_froms: Vec<_> = terms.iter().map(|t| t.valid_from).collect();
    let expires_ats: Vec<_> = terms.iter().map(|t| t.expires_at).collect();
    let renews: Vec<_> = terms.iter().map(|t| t.renews).collect();
    sqlx::query!(
        "INSERT INTO award_terms (completion_id, learner_id, change, period, state, valid_from, expires_at, renews)
         SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::timestamptz[],
                              $7::timestamptz[], $8::uuid[])
         ON CONFLICT ON CONSTRAINT award_terms_pkey DO UPDATE
         SET learner_id = EXCLUDED.learner_id, change = EXCLUDED.change, period = EXCLUDED.period, state = EXCLUDED.state,
             valid_from = EXCLUDED.valid_from, expires_at = EXCLUDED.expires_at, renews = EXCLUDED.renews
         WHERE EXCLUDED.change > award_terms.change",
        &completion_ids,
        &learner_ids,
        &changes,
        &periods,
        &states,
        &valid_froms,
        &expires_ats as &[Option<chrono::DateTime<chrono::Utc>>],
        &renews as &[Option<uuid::Uuid>],
    )
    .execute(conn)
    .await?;
    Ok(())
}
