//! Facts that staff record: history from before the bus, recognition of prior learning, overrides and their withdrawal.

use lp_domain::{ContextKey, Fact, FactValue, LearnerId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::audit::{self, By, Change};
use crate::batch::apply;
use crate::catalogue::Catalogue;
use crate::enrolments::Refusal;
use crate::people::{self, Found, Who};
use crate::tellings::{FactTelling, Tellings};
use crate::{Outcome, StoreError};

/// What staff state of a learner, and on which grounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewFact {
    /// About what.
    pub context_key: ContextKey,
    /// What.
    pub value: FactValue,
    /// When it became true.
    pub at: Timestamp,
    /// Why it is stated; no names of learners.
    pub reason: Option<String>,
    /// Where it can be looked up.
    pub evidence: Option<String>,
}

/// A fact to be recorded of a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Its id, which is never used for another.
    pub id: Uuid,
    /// Of whom.
    pub who: Who,
    /// What.
    pub fact: NewFact,
}

/// Adds facts to the journal, as events do, and judges whom they touch; says of whom each is, or why it is not recorded.
/// Who says so, and why, is kept beside each fact and in the audit log.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn record_facts(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    recordings: &[Recording],
    now: Timestamp,
) -> Result<(Vec<Result<LearnerId, Refusal>>, Outcome), StoreError> {
    let people: Vec<&Who> = recordings.iter().map(|one| &one.who).collect();
    let learners: Vec<Result<LearnerId, Refusal>> = people::find(conn, &people)
        .await?
        .into_iter()
        .map(|found| match found {
            Found::One(learner) => Ok(learner),
            Found::Nobody => Err(Refusal::UnknownLearner),
            Found::Several => Err(Refusal::Ambiguous),
        })
        .collect();
    let known: Vec<(&Recording, LearnerId)> =
        recordings.iter().zip(&learners).filter_map(|(one, who)| Some((one, who.ok()?))).collect();
    let facts = known.iter().map(|(Recording { id, fact, .. }, learner)| {
        let NewFact { context_key, value, at, .. } = fact;
        let fact =
            Fact { learner: *learner, context: context_key.clone(), at: *at, id: *id, value: value.clone() };
        FactTelling { fact, message: 0, traceparent: None }
    });
    let tellings = Tellings { facts: facts.collect(), ..Tellings::default() };
    let outcome = apply(conn, catalogue, &tellings, now).await?;
    sign(conn, by, &known).await?;
    Ok((learners, outcome))
}

/// Keeps who says so, and why.
async fn sign(
    conn: &mut PgConnection,
    by: &By<'_>,
    known: &[(&Recording, LearnerId)],
) -> Result<(), StoreError> {
    if known.is_empty() {
        return Ok(());
    }
    let learners: Vec<i64> = known.iter().map(|(_, learner)| learner.get()).collect();
    let ids: Vec<Uuid> = known.iter().map(|(one, _)| one.id).collect();
    let reasons: Vec<Option<String>> = known.iter().map(|(one, _)| one.fact.reason.clone()).collect();
    let evidences: Vec<Option<String>> = known.iter().map(|(one, _)| one.fact.evidence.clone()).collect();
    sqlx::query!(
        "INSERT INTO fact_sources (learner_id, event_id, actor, reason, evidence)
         SELECT learner_id, event_id, $1, coalesce(reason, $6), evidence
         FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[]) AS n (learner_id, event_id, reason, evidence)",
        by.actor,
        &learners,
        &ids,
        &reasons as &[Option<String>],
        &evidences as &[Option<String>],
        by.reason,
    )
    .execute(&mut *conn)
    .await?;
    let targets: Vec<String> = learners.iter().map(|learner| format!("learner:{learner}")).collect();
    let orgs: Vec<Option<String>> = known.iter().map(|(one, _)| one.fact.context_key.org()).collect();
    let changes = known.iter().zip(&targets).zip(&orgs).map(|(((one, _), target), org)| Change {
        action: "fact.recorded",
        target,
        org: org.as_deref(),
        before: None,
        after: Some(json!({ "event_id": one.id, "fact": one.fact })),
    });
    Ok(audit::record_all(conn, by, changes.collect()).await?)
}
