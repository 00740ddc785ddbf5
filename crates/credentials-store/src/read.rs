//! Awards, read as the reader role may.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::award::{Award, AwardStatus};

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
    contexts: Json<Vec<String>>,
    revoked_at: Option<DateTime<Utc>>,
    revocation_reason: Option<String>,
    supersedes: Option<Uuid>,
    recorded_at: DateTime<Utc>,
}

impl From<Row> for Award {
    fn from(row: Row) -> Self {
        Self {
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
            // The constraint awards_revoked_at_check says that the two go together.
            status: if row.revoked_at.is_some() { AwardStatus::Revoked } else { AwardStatus::Valid },
            revoked_at: row.revoked_at,
            revocation_reason: row.revocation_reason,
            supersedes: row.supersedes,
            recorded_at: row.recorded_at,
        }
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
        r#"SELECT award_id, completion_id, learner_id, run_key, path_name, revision, attempt, completed_at, grade,
                  progress, contexts AS "contexts: Json<Vec<String>>", revoked_at, revocation_reason, supersedes,
                  recorded_at
           FROM awards
           WHERE learner_id = $1
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
    Ok(rows.into_iter().map(Award::from).collect())
}

/// One award, if there is one of that id.
///
/// # Errors
/// When the database cannot answer.
pub async fn get(conn: &mut PgConnection, award_id: Uuid) -> sqlx::Result<Option<Award>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT award_id, completion_id, learner_id, run_key, path_name, revision, attempt, completed_at, grade,
                  progress, contexts AS "contexts: Json<Vec<String>>", revoked_at, revocation_reason, supersedes,
                  recorded_at
           FROM awards
           WHERE award_id = $1"#,
        award_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Award::from))
}
