//! What the LMS said of an account in a course, held against the facts.

use std::collections::HashMap;

use chrono::TimeDelta;
use lp_domain::{ContextKey, FactKind, FactValue, LearnerId, Timestamp, is_gap};
use sqlx::PgConnection;
use uuid::Uuid;

use super::pairs::end_pair;
use crate::StoreError;
use crate::catalogue::Catalogue;
use crate::learners::parse_instant;

/// What the LMS says, as a fact, and the moment before it was asked: it gives no time itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// When it was asked.
    pub seen_at: Timestamp,
    /// What it says.
    pub value: FactValue,
}

/// The latest fact of a kind.
pub(super) struct Held {
    pub(super) at: Timestamp,
    pub(super) value: FactValue,
}

/// The latest facts of an account in a context, by kind: of the journal, as they were told.
pub(super) async fn held(
    conn: &mut PgConnection,
    learner: i64,
    context: &str,
) -> Result<HashMap<FactKind, Held>, StoreError> {
    let rows = sqlx::query!(
        "SELECT DISTINCT ON (kind) occurred_at, value FROM fact_journal
         WHERE learner_id = $1 AND context_key = $2 ORDER BY kind, occurred_at DESC, event_id DESC",
        learner,
        context,
    )
    .fetch_all(conn)
    .await?;
    let held = rows.into_iter().map(|row| {
        let value: FactValue = serde_json::from_value(row.value).map_err(StoreError::corrupt("a fact"))?;
        Ok((value.kind(), Held { at: parse_instant(row.occurred_at)?, value }))
    });
    held.collect()
}

/// Keeps what of this is a gap, and says of which kinds. What differs at first sight is looked at again, after the time that the
/// check gives it; what differs in another way by then is still moving, and no gap.
///
/// A grade that nobody has told of is none before the learner passes, as the bus does not tell it then, unless an item of the run
/// counts by it.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn keep_told(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    (check_id, course, learner): (Uuid, &ContextKey, LearnerId),
    told: &[Told],
    now: Timestamp,
) -> Result<Vec<FactKind>, StoreError> {
    let pair = sqlx::query!(
        r#"SELECT p.doubts, c.settle_seconds, c.run_id FROM gap_checks c JOIN gap_check_pairs p USING (check_id)
           WHERE p.learner_id = $1 AND p.check_id = $2 AND p.context_key = $3 AND p.outcome IS NULL FOR UPDATE OF c, p"#,
        learner.get(),
        check_id,
        course.as_str(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    // Cancelled meanwhile.
    let Some(pair) = pair else { return Ok(Vec::new()) };
    catalogue.refresh(conn).await?;
    let run = catalogue.run(pair.run_id).into_iter();
    let needs_grade = run.flat_map(|run| &run.revisions).any(|definition| definition.asks_for_grade(course));
    let held = held(conn, learner.get(), course.as_str()).await?;
    let passes = told.iter().any(|one| one.value == FactValue::Passing { passing: true });
    let is_told = |value: &FactValue| {
        value.kind() != FactKind::Grade || held.contains_key(&FactKind::Grade) || passes || needs_grade
    };
    let differs = |value: &FactValue| is_gap(held.get(&value.kind()).map(|held| &held.value), value);
    let mut gaps: Vec<&Told> = told.iter().filter(|one| is_told(&one.value) && differs(&one.value)).collect();
    let outcome = match pair.doubts {
        _ if gaps.is_empty() => "same",
        None if pair.settle_seconds > 0 => {
            let doubts: Vec<&FactValue> = gaps.iter().map(|one| &one.value).collect();
            sqlx::query!(
                "UPDATE gap_check_pairs SET doubts = $4, look_at = $5
                 WHERE learner_id = $1 AND check_id = $2 AND context_key = $3",
                learner.get(),
                check_id,
                course.as_str(),
                serde_json::to_value(doubts).map_err(StoreError::corrupt("what the LMS says"))?,
                now.get() + TimeDelta::seconds(pair.settle_seconds.into()),
            )
            .execute(conn)
            .await?;
            return Ok(Vec::new());
        }
        doubts => {
            if let Some(doubts) = doubts {
                let doubts: Vec<FactValue> =
                    serde_json::from_value(doubts).map_err(StoreError::corrupt("what the LMS says"))?;
                gaps.retain(|one| doubts.contains(&one.value));
            }
            if gaps.is_empty() { "moving" } else { "different" }
        }
    };
    for one in &gaps {
        let kind = one.value.kind();
        let held = held.get(&kind);
        sqlx::query!(
            "INSERT INTO gap_findings (learner_id, check_id, context_key, kind, held, held_at, told, seen_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            learner.get(),
            check_id,
            course.as_str(),
            kind.word(),
            held.map(|held| serde_json::to_value(&held.value))
                .transpose()
                .map_err(StoreError::corrupt("a fact"))?,
            held.map(|held| held.at.get()),
            serde_json::to_value(&one.value).map_err(StoreError::corrupt("what the LMS says"))?,
            one.seen_at.get(),
        )
        .execute(&mut *conn)
        .await?;
    }
    end_pair(conn, check_id, course, learner, outcome).await?;
    Ok(gaps.iter().map(|one| one.value.kind()).collect())
}
