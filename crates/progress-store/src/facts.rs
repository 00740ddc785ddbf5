//! What is known now: the journal folded by learner and context.

use std::collections::{BTreeSet, HashMap};

use lp_domain::{ContextFacts, ContextKey, Fact, LearnerFacts, Timestamp};
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::{StoreError, journal};

/// What is known of some learners, by learner.
pub(crate) type Known = HashMap<i64, LearnerFacts>;

struct Row {
    learner_id: i64,
    context_key: String,
    state: String,
}

fn parse(rows: Vec<Row>) -> Result<Known, StoreError> {
    let mut known = Known::new();
    for row in rows {
        let context = row.context_key.try_into().map_err(StoreError::corrupt("a context's key"))?;
        let state = serde_json::from_str(&row.state).map_err(StoreError::corrupt("what is known"))?;
        known.entry(row.learner_id).or_default().insert(context, state);
    }
    Ok(known)
}

/// Reads what is known of these pairs.
pub(crate) async fn load(
    conn: &mut PgConnection,
    pairs: &BTreeSet<(i64, &ContextKey)>,
) -> Result<Known, StoreError> {
    let learners: Vec<i64> = pairs.iter().map(|(learner, _)| *learner).collect();
    let contexts: Vec<String> = pairs.iter().map(|(_, context)| context.to_string()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT f.learner_id, f.context_key, f.state::text AS "state!"
         FROM facts f
         JOIN unnest($1::bigint[], $2::text[]) AS n (learner_id, context_key)
           ON f.learner_id = n.learner_id AND f.context_key = n.context_key"#,
        &learners,
        &contexts,
    )
    .fetch_all(conn)
    .await?;
    parse(rows)
}

/// Reads all that is known of some learners.
pub(crate) async fn load_all(conn: &mut PgConnection, learners: &[i64]) -> Result<Known, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT learner_id, context_key, state::text AS "state!" FROM facts WHERE learner_id = ANY($1)"#,
        learners,
    )
    .fetch_all(conn)
    .await?;
    parse(rows)
}

/// What was known of some people at an instant: the journal folded up to it. What is kept folded says how things are now,
/// not how they were then.
pub(crate) async fn load_as_of(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    learners: &[i64],
    at: Timestamp,
) -> Result<Known, StoreError> {
    let mut known = Known::new();
    fold(&mut known, &journal::of_people(conn, catalogue, learners, Some(at)).await?);
    Ok(known)
}

/// What is known of those among these learners whom other accounts were merged into: of all their accounts together, which are
/// kept apart.
pub(crate) async fn load_united(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    learners: impl Iterator<Item = i64>,
) -> Result<Known, StoreError> {
    let mut known = Known::new();
    let merged: BTreeSet<i64> = learners.filter(|learner| !catalogue.members(*learner).is_empty()).collect();
    if !merged.is_empty() {
        let merged: Vec<i64> = merged.into_iter().collect();
        fold(&mut known, &journal::of_people(conn, catalogue, &merged, None).await?);
    }
    Ok(known)
}

/// Folds facts into what is known; says which pairs they are about.
pub(crate) fn fold<'a>(
    known: &mut Known,
    facts: impl IntoIterator<Item = &'a Fact>,
) -> BTreeSet<(i64, ContextKey)> {
    let mut touched = BTreeSet::new();
    for fact in facts {
        let learner = fact.learner.get();
        known.entry(learner).or_default().entry(fact.context.clone()).or_default().apply(fact);
        touched.insert((learner, fact.context.clone()));
    }
    touched
}

/// Writes what is known of these pairs.
pub(crate) async fn save(
    conn: &mut PgConnection,
    known: &Known,
    pairs: &BTreeSet<(i64, ContextKey)>,
) -> Result<(), StoreError> {
    let mut learners = Vec::with_capacity(pairs.len());
    let mut contexts = Vec::with_capacity(pairs.len());
    let mut states = Vec::with_capacity(pairs.len());
    for (learner, context) in pairs {
        let state: Option<&ContextFacts> = known.get(learner).and_then(|facts| facts.get(context));
        learners.push(*learner);
        contexts.push(context.to_string());
        states.push(serde_json::to_string(&state).map_err(StoreError::corrupt("what is known"))?);
    }
    sqlx::query!(
        "INSERT INTO facts (learner_id, context_key, state)
         SELECT learner_id, context_key, state::json
         FROM unnest($1::bigint[], $2::text[], $3::text[]) AS n (learner_id, context_key, state)
         ON CONFLICT (learner_id, context_key) DO UPDATE SET state = excluded.state",
        &learners,
        &contexts,
        &states,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets all that is known of some learners, to be folded anew.
pub(crate) async fn clear(conn: &mut PgConnection, learners: &[i64]) -> Result<(), StoreError> {
    sqlx::query!("DELETE FROM facts WHERE learner_id = ANY($1)", learners).execute(conn).await?;
    Ok(())
}
