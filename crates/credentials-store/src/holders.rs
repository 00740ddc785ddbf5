//! The one table with personal data.

use sqlx::PgConnection;

use crate::award::{Holder, Retirement};

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
         WHERE award_holders.retired_at IS NULL
               AND (EXCLUDED.username <> '', EXCLUDED.told_at, EXCLUDED.event_id)
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

/// Forgets the names of these learners, in what was put aside too, and lets none come back. Their rows are the mark of it.
/// `told` are names of theirs that were told at the same time.
pub(crate) async fn retire(
    conn: &mut PgConnection,
    retired: &[&Retirement],
    told: &[&Holder],
) -> sqlx::Result<()> {
    for Retirement { learner_id, retired_at } in retired {
        let names = sqlx::query!(
            "SELECT username, email, name FROM award_holders WHERE learner_id = $1 FOR UPDATE",
            learner_id,
        )
        .fetch_optional(&mut *conn)
        .await?;
        let names = names.map(|names| [names.username, names.email, names.name]);
        let told = told.iter().filter(|holder| holder.learner_id == *learner_id);
        let told = told.flat_map(|holder| [&holder.username, &holder.email, &holder.name]);
        let texts: Vec<&str> = names.iter().flatten().chain(told).map(String::as_str).collect();
        lp_inbox::erase(conn, &texts).await?;
        lp_outbox::rewrite(conn, *learner_id, lp_events::path::without_names).await?;
        sqlx::query!(
            "INSERT INTO award_holders (learner_id, username, email, name, told_at, event_id, retired_at)
             VALUES ($1, '', '', '', $2, $3, $2)
             ON CONFLICT ON CONSTRAINT award_holders_pkey DO UPDATE
             SET username = '', email = '', name = '', retired_at = least(award_holders.retired_at, EXCLUDED.retired_at)",
            learner_id,
            retired_at,
            uuid::Uuid::nil(),
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
