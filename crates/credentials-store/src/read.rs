//! Awards, read as the reader role may.

use chrono::{DateTime, Utc};
use lp_domain::{AwardState, Timestamp};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::award::{Award, CountedContext, award_id};

/// The place of an award in its learner's list, newest completion first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AwardPlace {
    /// When the path was completed.
    pub completed_at: DateTime<Utc>,
    /// Which award.
    pub award_id: Uuid,
}

impl Award {
    /// Its place in its learner's list.
    #[must_use]
    pub fn place(&self) -> AwardPlace {
        AwardPlace { completed_at: self.completed_at, award_id: self.award_id }
    }
}

struct Row {
    award_id: Uuid,
    completion_id: Uuid,
    learner_id: i64,
    run_key: String,
    path_name: String,
    revision: i32,
    attempt: i32,
    completed_at: DateTime<Utc>,
    grade: Option<f64>,
    progress: f64,
    contexts: Json<Vec<CountedContext>>,
    revoked_at: Option<DateTime<Utc>>,
    revocation_reason: Option<String>,
    supersedes: Option<Uuid>,
    by_hand: bool,
    recorded_at: DateTime<Utc>,
    period: Option<i32>,
    state: Option<String>,
    valid_from: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    renews: Option<Uuid>,
    as_of: DateTime<Utc>,
}

impl Row {
    /// How the award stands: what was last told of it, and what time made of that since.
    fn status(&self, valid_from: DateTime<Utc>) -> sqlx::Result<AwardState> {
        let instant =
            |at: DateTime<Utc>| Timestamp::try_from(at).map_err(|error| sqlx::Error::Decode(error.into()));
        let told = match (&self.state, self.revoked_at) {
            // The constraint awards_revoked_at_check says that the two go together.
            (_, Some(_)) => AwardState::Revoked,
            (Some(word), None) => AwardState::from_word(word)
                .ok_or_else(|| sqlx::Error::Decode(format!("{word} is no state of an award").into()))?,
            (None, None) => AwardState::Valid,
        };
        let expires_at = self.expires_at.map(instant).transpose()?;
        Ok(told.at(instant(valid_from)?, expires_at, instant(self.as_of)?))
    }
}

impl TryFrom<Row> for Award {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let valid_from = row.valid_from.unwrap_or(row.completed_at);
        Ok(Self {
            status: row.status(valid_from)?,
            award_id: row.award_id,
            completion_id: row.completion_id,
            learner_id: row.learner_id,
            run_key: row.run_key,
            path_name: row.path_name,
            revision: row.revision,
            attempt: row.attempt,
            completed_at: row.completed_at,
            grade: row.grade,
            progress: row.progress,
            contexts: row.contexts.0,
            period: row.period.unwrap_or(1),
            valid_from,
            expires_at: row.expires_at,
            renews: row.renews.map(award_id),
            revoked_at: row.revoked_at,
            revocation_reason: row.revocation_reason,
            supersedes: row.supersedes,
            by_hand: row.by_hand,
            recorded_at: row.recorded_at,
        })
    }
}

/// Whether awards can be read: the database answers, is migrated, and the role may.
///
/// # Errors
/// When it is not so.
pub async fn check(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT award_id FROM awards LIMIT 1").fetch_optional(conn).await?;
    Ok(())
}

/// Up to `limit` awards of a learner, for paths of these organisations or of all, after `after`, newest completion first.
///
/// # Errors
/// When the database cannot answer.
pub async fn list_by_learner(
    conn: &mut PgConnection,
    learner_id: i64,
    orgs: Option<&[String]>,
    after: Option<AwardPlace>,
    limit: i64,
) -> sqlx::Result<Vec<Award>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT a.award_id, a.completion_id, a.learner_id, run_key, path_name, revision, attempt, completed_at, grade,
                  progress, contexts AS "contexts: Json<Vec<CountedContext>>", revoked_at, revocation_reason, supersedes, by_hand,
                  a.recorded_at, t.period AS "period?", t.state AS "state?", t.valid_from AS "valid_from?", t.expires_at,
                  t.renews, statement_timestamp() AS "as_of!"
           FROM awards a LEFT JOIN award_terms t USING (completion_id)
           WHERE a.learner_id = $1
             AND ($2::text[] IS NULL OR substring(run_key FROM '^path-v1:([^+]+)\+') = ANY($2))
             AND ($3::timestamptz IS NULL OR (completed_at, award_id) < ($3, $4::uuid))
           ORDER BY completed_at DESC, award_id DESC
           LIMIT $5"#,
        learner_id,
        orgs,
        after.map(|place| place.completed_at),
        after.map(|place| place.award_id),
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Award::try_from).collect()
}

/// One award, if there is one of that id.
///
/// # Errors
/// When the database cannot answer.
pub async fn get(conn: &mut PgConnection, award_id: Uuid) -> sqlx::Result<Option<Award>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT a.award_id, a.completion_id, a.learner_id, run_key, path_name, revision, attempt, completed_at, grade,
                  progress, contexts AS "contexts: Json<Vec<CountedContext>>", revoked_at, revocation_reason, supersedes, by_hand,
                  a.recorded_at, t.period AS "period?", t.state AS "state?", t.valid_from AS "valid_from?", t.expires_at,
                  t.renews, statement_timestamp() AS "as_of!"
           FROM awards a LEFT JOIN award_terms t USING (completion_id)
           WHERE award_id = $1"#,
        award_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(Award::try_from).transpose()
}

/// The awards for these completions, by learner and completion.
pub(crate) async fn of_completions(
    conn: &mut PgConnection,
    completion_ids: &[Uuid],
) -> sqlx::Result<Vec<Award>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT a.award_id, a.completion_id, a.learner_id, run_key, path_name, revision, attempt, completed_at, grade,
                  progress, contexts AS "contexts: Json<Vec<CountedContext>>", revoked_at, revocation_reason, supersedes, by_hand,
                  a.recorded_at, t.period AS "period?", t.state AS "state?", t.valid_from AS "valid_from?", t.expires_at,
                  t.renews, statement_timestamp() AS "as_of!"
           FROM awards a LEFT JOIN award_terms t USING (completion_id)
           WHERE completion_id = ANY($1) ORDER BY a.learner_id, a.completed_at, completion_id"#,
        completion_ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Award::try_from).collect()
}

/// The award for a completion.
///
/// # Errors
/// When the database cannot answer.
pub async fn of_completion(conn: &mut PgConnection, completion_id: Uuid) -> sqlx::Result<Option<Award>> {
    Ok(of_completions(conn, &[completion_id]).await?.pop())
}
