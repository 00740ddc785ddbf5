//! Learners' locks and their names.

use std::collections::{BTreeMap, HashMap, HashSet};

use lp_domain::{LearnerId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::claims::Claim;
use crate::tellings::ProfileTelling;

/// Takes the lock of each learner and raises their version. In order of id, so that no two transactions wait for each other;
/// by an upsert, as a distributed table takes no `SELECT … FOR UPDATE` over several learners.
pub(crate) async fn lock(conn: &mut PgConnection, learners: &[i64]) -> Result<(), StoreError> {
    debug_assert!(learners.is_sorted(), "locks are taken in order");
    sqlx::query!(
        "INSERT INTO learners AS l (learner_id, version)
         SELECT learner_id, 1 FROM unnest($1::bigint[]) AS n (learner_id) ORDER BY learner_id
         ON CONFLICT (learner_id) DO UPDATE SET version = l.version + 1",
        learners,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps the newest names of each learner, and none of those who are retired; says what those claim whose names are newer than what was known.
pub(crate) async fn put_profiles(
    conn: &mut PgConnection,
    tellings: &[ProfileTelling],
) -> Result<HashMap<Claim, LearnerId>, StoreError> {
    let mut newest: BTreeMap<LearnerId, &ProfileTelling> = BTreeMap::new();
    for telling in tellings {
        let kept = newest.entry(telling.profile.learner).or_insert(telling);
        if (telling.at, telling.id) > (kept.at, kept.id) {
            *kept = telling;
        }
    }
    if newest.is_empty() {
        return Ok(HashMap::new());
    }
    let newest: Vec<&ProfileTelling> = newest.into_values().collect();
    let ids: Vec<i64> = newest.iter().map(|telling| telling.profile.learner.get()).collect();
    let usernames: Vec<String> = newest.iter().map(|telling| telling.profile.username.clone()).collect();
    let emails: Vec<String> = newest.iter().map(|telling| telling.profile.email.clone()).collect();
    let names: Vec<String> = newest.iter().map(|telling| telling.profile.name.clone()).collect();
    let actives: Vec<bool> = newest.iter().map(|telling| telling.profile.is_active).collect();
    let ats: Vec<_> = newest.iter().map(|telling| telling.at.get()).collect();
    let events: Vec<Uuid> = newest.iter().map(|telling| telling.id).collect();
    let newer = sqlx::query_scalar!(
        "INSERT INTO learner_profiles AS p
             (learner_id, username, email, full_name, is_active, told_at, event_id)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::boolean[],
                              $6::timestamptz[], $7::uuid[]) AS n (learner_id)
         WHERE NOT EXISTS (
             SELECT FROM learners l WHERE l.learner_id = n.learner_id AND l.retired_at IS NOT NULL
         )
         ON CONFLICT (learner_id) DO UPDATE SET
             username = excluded.username, email = excluded.email, full_name = excluded.full_name,
             is_active = excluded.is_active, told_at = excluded.told_at, event_id = excluded.event_id
         WHERE (excluded.told_at, excluded.event_id) > (p.told_at, p.event_id)
         RETURNING learner_id",
        &ids,
        &usernames,
        &emails,
        &names,
        &actives,
        &ats,
        &events,
    )
    .fetch_all(conn)
    .await?;
    let newer: HashSet<i64> = newer.into_iter().collect();
    let claims = newest.into_iter().filter(|telling| newer.contains(&telling.profile.learner.get()));
    Ok(claims.filter_map(|telling| Some((telling.claim?, telling.profile.learner))).collect())
}

pub(crate) fn parse_learner(id: i64) -> Result<LearnerId, StoreError> {
    LearnerId::try_from(id).map_err(StoreError::corrupt("a learner's id"))
}

pub(crate) fn parse_instant(at: chrono::DateTime<chrono::Utc>) -> Result<Timestamp, StoreError> {
    Timestamp::try_from(at).map_err(StoreError::corrupt("an instant"))
}
