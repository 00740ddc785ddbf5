//! Learners who are retired, and names that change: what the LMS says of who people are.

use std::collections::{BTreeMap, HashMap};

use lp_domain::{LearnerId, Timestamp};
use lp_events::path::without_names;
use lp_events::{LearnerRetired, PathEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::audit::{self, By, Change};
use crate::claims::ClaimKey;
use crate::outgoing::{event_id, message};
use crate::{StoreError, learners, live};

/// Forgets who a learner was: names, external keys, invitations, rows of jobs that are still to be done, messages put aside, and
/// what is still to be sent. Facts, progress and counts stay, under the id alone; a later event brings no name back. The world is told
/// once. Of a learner who is retired already, or of whom nothing is known, whatever there is by now is forgotten.
///
/// `username` is what the caller knows them by; without `key`, invitations by e-mail are not found.
///
/// # Errors
/// When the database refuses.
pub async fn retire(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: Option<&ClaimKey>,
    learner: LearnerId,
    username: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    learners::lock(conn, &[learner.get()]).await?;
    let known = sqlx::query!(
        "DELETE FROM learner_profiles WHERE learner_id = $1 RETURNING username, email, full_name",
        learner.get(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let mut claims =
        sqlx::query_scalar!("DELETE FROM external_keys WHERE learner_id = $1 RETURNING claim", learner.get())
            .fetch_all(&mut *conn)
            .await?;
    if let Some(key) = key {
        forget_rows_by_key(conn, key, &claims).await?;
        claims.extend(known.iter().map(|known| key.email(&known.email).bytes()));
    }
    forget_invitations(conn, learner, &claims, now).await?;
    let mut names = vec![username.to_owned()];
    names.extend(known.into_iter().flat_map(|known| [known.username, known.email, known.full_name]));
    names.retain(|name| !name.is_empty());
    forget_rows(conn, &names).await?;
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    lp_inbox::erase(conn, &texts).await?;
    lp_outbox::rewrite(conn, learner.get(), without_names).await?;

    let first = sqlx::query!(
        "UPDATE learners SET retired_at = $2 WHERE learner_id = $1 AND retired_at IS NULL",
        learner.get(),
        now.get(),
    )
    .execute(&mut *conn)
    .await?;
    if first.rows_affected() == 0 {
        return Ok(());
    }
    live::notify(conn, [learner.get()]).await?;
    let event = PathEvent::Retired(LearnerRetired { learner, retired_at: now });
    let id = event_id(&format!("{learner} retired"));
    let told = message(id, event.event_type(), learner, event.encode_body(), now);
    lp_outbox::append(conn, &[told]).await?;
    let target = format!("learner:{learner}");
    let change = Change { action: "learner.retired", target: &target, org: None, before: None, after: None };
    Ok(audit::record(conn, by, change).await?)
}

/// What others know the learner by, though kept as hashes only, is replaced by what is nobody's.
async fn forget_invitations(
    conn: &mut PgConnection,
    learner: LearnerId,
    claims: &[Vec<u8>],
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE invitations
         SET claim = uuid_send(gen_random_uuid()), state = CASE WHEN state = 'open' THEN 'withdrawn' ELSE state END,
             ended_at = coalesce(ended_at, $3)
         WHERE learner_id = $1 OR claim = ANY($2)",
        learner.get(),
        claims,
        now.get(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Rows without anybody end as of an unknown learner.
async fn forget_rows(conn: &mut PgConnection, names: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE job_rows r SET username = NULL, email = NULL, external_key = NULL
         FROM jobs j, (SELECT array_agg(lower(name)) AS known FROM unnest($1::text[]) AS n (name)) k
         WHERE j.job_id = r.job_id AND j.state IN ('waiting', 'running') AND r.outcome IS NULL
             AND (lower(r.username) = ANY(k.known) OR lower(r.email) = ANY(k.known))",
        names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The same for those named by a key of others, which rows hold as it was sent.
async fn forget_rows_by_key(
    conn: &mut PgConnection,
    key: &ClaimKey,
    claims: &[Vec<u8>],
) -> Result<(), StoreError> {
    if claims.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query!(
        r#"SELECT r.job_id, r.row_number, r.external_key AS "external_key!"
           FROM job_rows r JOIN jobs j USING (job_id)
           WHERE j.state IN ('waiting', 'running') AND r.outcome IS NULL AND r.external_key IS NOT NULL"#,
    )
    .fetch_all(&mut *conn)
    .await?;
    let theirs = rows.iter().filter(|row| claims.contains(&key.external_key(&row.external_key).bytes()));
    let (jobs, numbers): (Vec<Uuid>, Vec<i32>) = theirs.map(|row| (row.job_id, row.row_number)).unzip();
    sqlx::query!(
        "UPDATE job_rows r SET external_key = NULL FROM unnest($1::uuid[], $2::integer[]) AS n (job_id, row_number)
         WHERE r.job_id = n.job_id AND r.row_number = n.row_number",
        &jobs,
        &numbers,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives learners other usernames, from the old ones; those of nobody are passed over. Holds against events from before `now`.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn rename(
    conn: &mut PgConnection,
    by: &By<'_>,
    names: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let old: Vec<String> = names.keys().cloned().collect();
    let found = sqlx::query!(
        "SELECT learner_id, username FROM learner_profiles
         WHERE lower(username) = ANY(SELECT lower(name) FROM unnest($1::text[]) AS n (name)) AND username = ANY($1)
         ORDER BY learner_id",
        &old,
    )
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<i64> = found.iter().map(|row| row.learner_id).collect();
    learners::lock(conn, &ids).await?;
    let by_id: HashMap<i64, &String> =
        found.iter().filter_map(|row| Some((row.learner_id, names.get(&row.username)?))).collect();
    let new: Vec<String> = ids.iter().map(|id| by_id[id].clone()).collect();
    let renamed = sqlx::query_scalar!(
        "UPDATE learner_profiles p SET username = n.new, told_at = greatest(p.told_at, $4), event_id = $5
         FROM unnest($1::bigint[], $2::text[]) AS n (learner_id, new)
         WHERE p.learner_id = n.learner_id AND p.username = ANY($3)
         RETURNING p.learner_id",
        &ids,
        &new,
        &old,
        now.get(),
        Uuid::max(),
    )
    .fetch_all(&mut *conn)
    .await?;
    let targets: Vec<String> = renamed.iter().map(|id| format!("learner:{id}")).collect();
    let changes = targets.iter().map(|target| Change {
        action: "learner.renamed",
        target,
        org: None,
        before: None,
        after: None,
    });
    Ok(audit::record_all(conn, by, changes.collect()).await?)
}
