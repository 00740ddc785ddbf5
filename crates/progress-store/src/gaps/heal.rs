//! Gaps that are recorded as facts.

use lp_domain::{ContextKey, FactValue, Timestamp, is_gap};
use sqlx::PgConnection;
use uuid::Uuid;

use super::check::end_if_done;
use super::compare::held;
use super::target;
use crate::audit::By;
use crate::catalogue::Catalogue;
use crate::learners::{self, parse_instant, parse_learner};
use crate::people::Who;
use crate::recorded::{NewFact, Recording, record_facts};
use crate::{Outcome, StoreError};

/// Gaps that are recorded in one transaction: the consumer waits for their learners' locks.
const PORTION: i64 = 200;

/// What became of some gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healed {
    /// How many are facts now.
    pub facts: u64,
    /// What that did.
    pub outcome: Outcome,
}

/// Records some gaps of a check that is to heal them, as facts like any others: signed by whoever asked for it, with the LMS's
/// REST API and the check as their source, dated by when the LMS was asked. What an event has said since is newer, so it is passed
/// over, and would win anyhow. Nothing when there are none.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn heal_next(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    now: Timestamp,
) -> Result<Option<Healed>, StoreError> {
    let check = sqlx::query!(
        r#"SELECT check_id, healer AS "healer!" FROM gap_checks c
           WHERE ended_at IS NULL AND healer IS NOT NULL
               AND EXISTS (SELECT FROM gap_findings f WHERE f.check_id = c.check_id AND f.outcome IS NULL)
           ORDER BY check_id LIMIT 1 FOR UPDATE SKIP LOCKED"#,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(check) = check else { return Ok(None) };
    let findings = sqlx::query!(
        "SELECT learner_id, context_key, kind, told, seen_at FROM gap_findings
         WHERE check_id = $1 AND outcome IS NULL ORDER BY learner_id, context_key, kind LIMIT $2",
        check.check_id,
        PORTION,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut locked: Vec<i64> = findings.iter().map(|one| one.learner_id).collect();
    locked.dedup();
    learners::lock(conn, &locked).await?;

    let (mut recordings, mut ends) = (Vec::new(), Vec::new());
    for one in findings {
        let value: FactValue =
            serde_json::from_value(one.told).map_err(StoreError::corrupt("what the LMS says"))?;
        let seen_at = parse_instant(one.seen_at)?;
        let held = held(conn, one.learner_id, &one.context_key).await?;
        let latest = held.get(&value.kind());
        let is_overtaken =
            latest.is_some_and(|held| held.at >= seen_at) || !is_gap(latest.map(|held| &held.value), &value);
        let place = (one.learner_id, one.context_key, one.kind);
        if is_overtaken {
            ends.push((place, "overtaken", None));
            continue;
        }
        // The same whoever records it, and however often.
        let (learner, context, kind) = &place;
        let id = Uuid::new_v5(&check.check_id, format!("{learner} {context} {kind}").as_bytes());
        let context_key = ContextKey::parse(context).map_err(StoreError::corrupt("a context's key"))?;
        let fact = NewFact {
            context_key,
            value,
            at: seen_at,
            reason: Some("as the LMS's REST API had it".to_owned()),
            evidence: Some(target(check.check_id)),
        };
        recordings.push((Recording { id, who: Who::UserId(parse_learner(*learner)?), fact }, place));
    }
    let (recordings, places): (Vec<Recording>, Vec<_>) = recordings.into_iter().unzip();
    let by = By { actor: &check.healer, request_id: None, reason: None };
    let (recorded, outcome) = record_facts(conn, catalogue, &by, &recordings, now).await?;
    for ((place, became), recording) in places.into_iter().zip(recorded).zip(&recordings) {
        ends.push(match became {
            Ok(_) => (place, "healed", Some(recording.id)),
            Err(refusal) => (place, refusal.word(), None),
        });
    }
    let facts = ends.iter().filter(|(_, _, fact)| fact.is_some()).count() as u64;
    for ((learner, context, kind), end, fact_id) in ends {
        sqlx::query!(
            "UPDATE gap_findings SET outcome = $5, fact_id = $6
             WHERE learner_id = $1 AND check_id = $2 AND context_key = $3 AND kind = $4",
            learner,
            check.check_id,
            context,
            kind,
            end,
            fact_id,
        )
        .execute(&mut *conn)
        .await?;
    }
    end_if_done(conn, check.check_id).await?;
    Ok(Some(Healed { facts, outcome }))
}
