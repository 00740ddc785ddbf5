//! Those who were invited are found to have an account.

use std::collections::HashMap;

use chrono::TimeDelta;
use lp_domain::{LearnerId, RunKey, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::audit::{self, By, Change};
use crate::catalogue::Catalogue;
use crate::claims::{Claim, ClaimKey};
use crate::enrolments::{Again, Answer, EnrolmentRequest, Wish, enrol};
use crate::learners::parse_learner;
use crate::{Outcome, StoreError, learners};

/// How often all profiles are looked through.
const SWEEP: TimeDelta = TimeDelta::days(1);

/// Enrols learners where they, under their claims, are invited. An invitation that cannot be met now, to a run that was
/// archived since, stays open.
pub(crate) async fn claim(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    claims: &HashMap<Claim, LearnerId>,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    if claims.is_empty() {
        return Ok(Outcome::default());
    }
    let bytes: HashMap<Vec<u8>, LearnerId> =
        claims.iter().map(|(claim, who)| (claim.bytes(), *who)).collect();
    let asked: Vec<Vec<u8>> = bytes.keys().cloned().collect();
    let open = sqlx::query!(
        "SELECT i.invitation_id, i.claim, r.run_key FROM invitations i JOIN runs r USING (run_id)
         WHERE i.claim = ANY($1) AND i.state = 'open' ORDER BY i.invitation_id",
        &asked,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut invited: Vec<(Uuid, EnrolmentRequest)> = Vec::with_capacity(open.len());
    for row in open {
        let Some(learner) = bytes.get(&row.claim) else { continue };
        let run = RunKey::parse(&row.run_key).map_err(StoreError::corrupt("a run key"))?;
        let wish = Wish::Enrol(Again::Resumed);
        invited.push((row.invitation_id, EnrolmentRequest { learner: *learner, run, wish, at: now }));
    }
    if invited.is_empty() {
        return Ok(Outcome::default());
    }
    let (ids, requests): (Vec<Uuid>, Vec<EnrolmentRequest>) = invited.into_iter().unzip();
    let (answers, outcome) = enrol(conn, catalogue, &By::command("invitation"), &requests, now).await?;
    let met = ids.iter().zip(&requests).zip(&answers);
    let met: Vec<(Uuid, i64)> = met
        .filter(|(_, answer)| !matches!(answer, Answer::Refused(_)))
        .map(|((id, request), _)| (*id, request.learner.get()))
        .collect();
    let (ids, learners): (Vec<Uuid>, Vec<i64>) = met.into_iter().unzip();
    sqlx::query!(
        "UPDATE invitations i SET state = 'claimed', learner_id = n.learner_id, ended_at = $3
         FROM unnest($1::uuid[], $2::bigint[]) AS n (invitation_id, learner_id)
         WHERE i.invitation_id = n.invitation_id AND i.state = 'open'",
        &ids,
        &learners,
        now.get(),
    )
    .execute(conn)
    .await?;
    Ok(outcome)
}

/// Says which learner others know by an external key, and enrols them where that key is invited.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn link_external_key(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    key: Claim,
    learner: LearnerId,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    learners::lock(conn, &[learner.get()]).await?;
    let linked = sqlx::query!(
        "INSERT INTO external_keys AS k (claim, learner_id) VALUES ($1, $2)
         ON CONFLICT (claim) DO UPDATE SET learner_id = excluded.learner_id, linked_at = now()
         WHERE k.learner_id <> excluded.learner_id",
        key.bytes(),
        learner.get(),
    )
    .execute(&mut *conn)
    .await?;
    if linked.rows_affected() > 0 {
        let target = format!("learner:{learner}");
        let change =
            Change { action: "external_key.linked", target: &target, org: None, before: None, after: None };
        audit::record(conn, by, change).await?;
    }
    claim(conn, catalogue, &HashMap::from([(key, learner)]), now).await
}

/// Looks, once a day, through the profiles for people who are invited by their e-mail address and whom no event showed to be
/// here: up to `limit` of them; call it again while it says that there may be more. Several may call it at once.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn sweep_claims(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    key: &ClaimKey,
    limit: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let due = sqlx::query_scalar!(
        "SELECT after_learner_id FROM claim_sweep WHERE next_at <= $1 FOR UPDATE SKIP LOCKED",
        now.get(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(after) = due else { return Ok(false) };
    let profiles = sqlx::query!(
        "SELECT learner_id, email FROM learner_profiles
         WHERE learner_id > $1 AND is_active AND EXISTS (SELECT FROM invitations WHERE state = 'open')
         ORDER BY learner_id LIMIT $2",
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let last = profiles.last().map(|row| row.learner_id);
    let mut claims = HashMap::new();
    for row in profiles {
        claims.insert(key.email(&row.email), parse_learner(row.learner_id)?);
    }
    claim(conn, catalogue, &claims, now).await?;
    sqlx::query!(
        "UPDATE claim_sweep SET after_learner_id = $1, next_at = $2",
        last.unwrap_or_default(),
        if last.is_some() { now.get() } else { now.get() + SWEEP },
    )
    .execute(conn)
    .await?;
    Ok(last.is_some())
}
