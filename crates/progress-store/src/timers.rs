//! What time alone changes.

use std::collections::HashMap;

use lp_domain::Timestamp;
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::judge::{self, Judging};
use crate::{Outcome, StoreError, facts, learners};

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
    let mut outcome = Outcome::default();
    if due.is_empty() {
        return Ok(outcome);
    }
    learners::lock(conn, &due).await?;
    catalogue.refresh(conn).await?;
    let judged = judge::enrolments(conn, &due).await?;
    let known = facts::load(conn, &judge::pairs(&judged, catalogue)).await?;
    let judging = Judging { catalogue, known: &known, traces: &HashMap::new(), now };
    judge::judge(conn, &judging, judged, &mut outcome).await?;
    Ok(outcome)
}
