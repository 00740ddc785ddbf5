//! What time alone changes.

use lp_domain::Timestamp;
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::{Outcome, StoreError, judge, learners};

/// Judges anew up to `limit` learners whose time of grace has ended; call it until the outcome says that nothing was done.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn end_graces(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    now: Timestamp,
    limit: i64,
) -> Result<Outcome, StoreError> {
    let due = sqlx::query_scalar!(
        "SELECT DISTINCT c.learner_id
         FROM completions c
         JOIN enrolments e ON e.learner_id = c.learner_id AND e.run_id = c.run_id AND e.attempt = c.attempt
         WHERE c.state = 'grace' AND c.state_at <= $1 AND e.state IN ('active', 'suspended')
         ORDER BY c.learner_id LIMIT $2",
        now.get(),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    if due.is_empty() {
        return Ok(Outcome::default());
    }
    learners::lock(conn, &due).await?;
    catalogue.refresh(conn).await?;
    judge::anew(conn, catalogue, &due, None, now).await
}
