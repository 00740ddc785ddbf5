//! What staff do by hand: awards for people of whose completion no event told, and what they ask of credentials.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::{Uuid, uuid};

use crate::award::{Holder, Told, award_id};
use crate::issuing::due::{self, Names};
use crate::{holders, supersession};

/// UUID v5 of `urn:learning-paths:award-by-hand` as a URL; what stands for the completion of such an award is named under it.
const NAMESPACE: Uuid = uuid!("08419c01-cd3e-52ab-997b-a695fc539756");

/// What is asked of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// That it is taken back, for good.
    Revoke,
    /// That it is taken back for now.
    Suspend,
    /// That it stands again as its award does.
    Reinstate,
    /// That it is signed anew.
    Reissue,
}

/// An award to be given.
#[derive(Debug, Clone, PartialEq)]
pub struct Gift {
    /// LMS user id.
    pub learner_id: i64,
    /// `path-v1:…`.
    pub run_key: String,
    /// The revision that it is as good as.
    pub revision: i32,
    /// As of when.
    pub awarded_at: DateTime<Utc>,
    /// 0 to 1, if there is one.
    pub grade: Option<f64>,
}

/// Why an award was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotGiven {
    /// The learner's account is retired.
    Retired,
    /// The learner has this award of the run, and neither it nor what was issued for it was revoked.
    HasAward(Uuid),
}

/// Locks learners, in order. Names that are given are kept where no event told any; those that an event tells later replace them.
///
/// # Errors
/// When the database refuses.
pub async fn lock_learners(
    conn: &mut PgConnection,
    learners: &BTreeMap<i64, Option<Names>>,
) -> sqlx::Result<()> {
    // Before whatever an event tells, and after what was given earlier.
    let told = Told { at: DateTime::UNIX_EPOCH, event_id: Uuid::now_v7() };
    let holders: Vec<Holder> = learners
        .iter()
        .map(|(learner_id, names)| {
            let Names { username, email, name } = names.clone().unwrap_or_default();
            Holder { learner_id: *learner_id, username, email, name, told }
        })
        .collect();
    holders::upsert(conn, &holders.iter().collect::<Vec<_>>()).await
}

/// Gives an award for a path of this name to a learner who is locked, and says what stands for its completion. It is issued like any
/// other, shortly after.
///
/// # Errors
/// When the database refuses.
pub async fn give(
    conn: &mut PgConnection,
    gift: &Gift,
    path_name: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<Result<Uuid, NotGiven>> {
    let there = sqlx::query!(
        r#"SELECT
               EXISTS (SELECT FROM award_holders WHERE learner_id = $1 AND retired_at IS NOT NULL) AS "is_retired!",
               (SELECT count(*) FROM awards WHERE learner_id = $1 AND run_key = $2 AND by_hand) AS "given!",
               (SELECT award_id FROM awards a LEFT JOIN credentials c USING (completion_id)
                WHERE a.learner_id = $1 AND a.run_key = $2 AND a.status <> 'revoked'
                    AND c.by_hand IS DISTINCT FROM 'revoked'
                ORDER BY a.told_at DESC LIMIT 1) AS has_award"#,
        gift.learner_id,
        gift.run_key,
    )
    .fetch_one(&mut *conn)
    .await?;
    if there.is_retired {
        return Ok(Err(NotGiven::Retired));
    }
    if let Some(award_id) = there.has_award {
        return Ok(Err(NotGiven::HasAward(award_id)));
    }
    let completion_id = completion_id(gift.learner_id, &gift.run_key, there.given + 1);
    sqlx::query!(
        "INSERT INTO awards (completion_id, award_id, learner_id, run_key, path_name, revision, attempt, completed_at, grade,
                             progress, contexts, told_at, event_id, by_hand)
         VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, 0, '[]', $9, $1, true)",
        completion_id,
        award_id(completion_id),
        gift.learner_id,
        gift.run_key,
        path_name,
        gift.revision,
        gift.awarded_at,
        gift.grade,
        now,
    )
    .execute(&mut *conn)
    .await?;
    supersession::link(conn, &[completion_id]).await?;
    due::want(conn, &[completion_id]).await?;
    Ok(Ok(completion_id))
}

/// What stands for the completion of the `number`th award by hand of a learner and run, from 1.
fn completion_id(learner_id: i64, run_key: &str, number: i64) -> Uuid {
    // A run key holds no line feed.
    Uuid::new_v5(&NAMESPACE, format!("{run_key}\n{learner_id}\n{number}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_completion_is_named_by_learner_run_and_number() {
        assert_eq!(NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:learning-paths:award-by-hand"));
        let run = "path-v1:Org+N+R+G";
        let all = [
            completion_id(1, run, 1),
            completion_id(1, run, 2),
            completion_id(2, run, 1),
            completion_id(1, "path-v1:Org+N+R+H", 1),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{at}");
        }
    }
}
