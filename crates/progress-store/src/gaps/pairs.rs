//! Accounts in courses, until it is known what the LMS has of each.

use lp_domain::{ContextKey, LearnerId, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use super::check::end_if_done;
use crate::StoreError;
use crate::learners::parse_learner;

/// One course run, and accounts of which is to be asked what the LMS has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPairs {
    /// In which check.
    pub check_id: Uuid,
    /// Which course run.
    pub course: ContextKey,
    /// Who.
    pub learners: Vec<WantedPair>,
}

/// One account in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WantedPair {
    /// LMS user id.
    pub learner: LearnerId,
    /// Whether it is retired, so that nothing is to be asked.
    pub is_retired: bool,
    /// How often it failed.
    pub failures: u32,
}

/// The course run that has waited longest in a check, with up to `limit` accounts.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn next_pairs(
    conn: &mut PgConnection,
    limit: i64,
    now: Timestamp,
) -> Result<Option<WantedPairs>, StoreError> {
    let first = sqlx::query!(
        "SELECT check_id, context_key FROM gap_check_pairs WHERE outcome IS NULL AND look_at <= $1
         ORDER BY look_at, check_id, context_key LIMIT 1",
        now.get(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(first) = first else { return Ok(None) };
    let rows = sqlx::query!(
        r#"SELECT p.learner_id, p.failures, l.retired_at IS NOT NULL AS "is_retired!"
           FROM gap_check_pairs p LEFT JOIN learners l USING (learner_id)
           WHERE p.outcome IS NULL AND p.look_at <= $1 AND p.check_id = $2 AND p.context_key = $3
           ORDER BY p.look_at LIMIT $4"#,
        now.get(),
        first.check_id,
        first.context_key,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let learners = rows.into_iter().map(|row| {
        let (learner, failures) = (parse_learner(row.learner_id)?, row.failures.unsigned_abs());
        Ok(WantedPair { learner, is_retired: row.is_retired, failures })
    });
    let course = ContextKey::parse(&first.context_key).map_err(StoreError::corrupt("a context's key"))?;
    Ok(Some(WantedPairs {
        check_id: first.check_id,
        course,
        learners: learners.collect::<Result<_, StoreError>>()?,
    }))
}

/// Asks again then: the LMS's answer was of no use.
///
/// # Errors
/// When the database refuses.
pub async fn put_off_pair(
    conn: &mut PgConnection,
    check_id: Uuid,
    course: &ContextKey,
    learner: LearnerId,
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE gap_check_pairs SET failures = failures + 1, look_at = $4
         WHERE learner_id = $1 AND check_id = $2 AND context_key = $3 AND outcome IS NULL",
        learner.get(),
        check_id,
        course.as_str(),
        until.get(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks no more: `outcome` says why, as a word for programs.
///
/// # Errors
/// When the database refuses.
pub async fn end_pair(
    conn: &mut PgConnection,
    check_id: Uuid,
    course: &ContextKey,
    learner: LearnerId,
    outcome: &str,
) -> Result<(), StoreError> {
    // The check before its pairs, as whoever cancels it does.
    sqlx::query!("SELECT FROM gap_checks WHERE check_id = $1 FOR UPDATE", check_id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "UPDATE gap_check_pairs SET outcome = $4
         WHERE learner_id = $1 AND check_id = $2 AND context_key = $3 AND outcome IS NULL",
        learner.get(),
        check_id,
        course.as_str(),
        outcome,
    )
    .execute(&mut *conn)
    .await?;
    end_if_done(conn, check_id).await
}
