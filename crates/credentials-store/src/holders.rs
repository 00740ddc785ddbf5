//! The one table with personal data.

use sqlx::PgConnection;

use crate::award::Holder;

/// Keeps the newest names of each learner (none at all are no news), and locks the rows of all of them in the order given.
pub(crate) async fn upsert(conn: &mut PgConnection, holders: &[&Holder]) -> sqlx::Result<()> {
    if holders.is_empty() {
        return Ok(());
    }
    let learner_ids: Vec<_> = holders.iter().map(|holder| holder.learner_id).collect();
    let usernames: Vec<_> = holders.iter().map(|holder| holder.username.clone()).collect();
    let emails: Vec<_> = holders.iter().map(|holder| holder.email.clone()).collect();
    let names: Vec<_> = holders.iter().map(|holder| holder.name.clone()).collect();
    let told_ats: Vec<_> = holders.iter().map(|holder| holder.told.at).collect();
    let event_ids: Vec<_> = holders.iter().map(|holder| holder.told.event_id).collect();
    // A row that the condition leaves as it is gets locked all the same.
    sqlx::query!(
        "INSERT INTO award_holders (learner_id, username, email, name, told_at, event_id)
         SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[])
         ON CONFLICT ON CONSTRAINT award_holders_pkey DO UPDATE
         SET username = EXCLUDED.username, email = EXCLUDED.email, name = EXCLUDED.name,
             told_at = EXCLUDED.told_at, event_id = EXCLUDED.event_id
         WHERE (EXCLUDED.username <> '', EXCLUDED.told_at, EXCLUDED.event_id)
               > (award_holders.username <> '', award_holders.told_at, award_holders.event_id)",
        &learner_ids,
        &usernames,
        &emails,
        &names,
        &told_ats,
        &event_ids,
    )
    .execute(conn)
    .await?;
    Ok(())
}
