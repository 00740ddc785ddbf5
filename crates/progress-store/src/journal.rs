//! The journal of facts: every fact once, as it was told.

use std::collections::{HashMap, HashSet};

use lp_domain::{Fact, FactValue, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::catalogue::Catalogue;
use crate::learners::{parse_instant, parse_learner};
use crate::tellings::FactTelling;

/// What of a batch was new to the journal.
pub(crate) struct Appended<'a> {
    /// The new facts; only these are folded, so that what is known is always what the journal says.
    pub(crate) new: Vec<&'a FactTelling>,
    /// Places of messages whose event id stands for another fact already.
    pub(crate) reused: Vec<usize>,
}

type Key = (i64, Uuid, i16);

fn key(fact: &Fact) -> Key {
    (fact.learner.get(), fact.id, fact.value.kind() as i16)
}

/// Appends what the journal does not hold yet.
pub(crate) async fn append<'a>(
    conn: &mut PgConnection,
    tellings: &'a [FactTelling],
) -> Result<Appended<'a>, StoreError> {
    let mut first: HashMap<Key, &FactTelling> = HashMap::with_capacity(tellings.len());
    let mut reused = Vec::new();
    for telling in tellings {
        let kept = first.entry(key(&telling.fact)).or_insert(telling);
        if !same(&kept.fact, &telling.fact) {
            reused.push(telling.message);
        }
    }
    let facts: Vec<&Fact> = first.values().map(|telling| &telling.fact).collect();
    let columns = Columns::of(&facts)?;
    let inserted = sqlx::query!(
        "INSERT INTO fact_journal (learner_id, event_id, kind, context_key, occurred_at, value)
         SELECT learner_id, event_id, kind, context_key, occurred_at, value::json
         FROM unnest($1::bigint[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[], $6::text[])
              AS n (learner_id, event_id, kind, context_key, occurred_at, value)
         ON CONFLICT (learner_id, event_id, kind) DO NOTHING
         RETURNING learner_id, event_id, kind",
        &columns.learners,
        &columns.events,
        &columns.kinds,
        &columns.contexts,
        &columns.ats,
        &columns.values,
    )
    .fetch_all(&mut *conn)
    .await?;
    let inserted: HashSet<Key> =
        inserted.into_iter().map(|row| (row.learner_id, row.event_id, row.kind)).collect();
    let (new, known): (Vec<_>, Vec<_>) =
        first.into_values().partition(|telling| inserted.contains(&key(&telling.fact)));
    if !known.is_empty() {
        reused.extend(differing(conn, &known).await?);
    }
    Ok(Appended { new, reused })
}

/// The same event told again says the same of the same; its clamped date may differ.
fn same(one: &Fact, other: &Fact) -> bool {
    one.context == other.context && one.value == other.value
}

/// Which of these facts differ from what the journal holds under their event's id.
async fn differing(conn: &mut PgConnection, known: &[&FactTelling]) -> Result<Vec<usize>, StoreError> {
    let facts: Vec<&Fact> = known.iter().map(|telling| &telling.fact).collect();
    let columns = Columns::of(&facts)?;
    let rows = sqlx::query!(
        r#"SELECT j.learner_id, j.event_id, j.kind
         FROM fact_journal j
         JOIN unnest($1::bigint[], $2::uuid[], $3::smallint[], $4::text[], $5::text[])
              AS n (learner_id, event_id, kind, context_key, value)
           ON j.learner_id = n.learner_id AND j.event_id = n.event_id AND j.kind = n.kind
         WHERE (j.context_key <> n.context_key OR j.value::jsonb <> n.value::jsonb)"#,
        &columns.learners,
        &columns.events,
        &columns.kinds,
        &columns.contexts,
        &columns.values,
    )
    .fetch_all(conn)
    .await?;
    let differing: HashSet<Key> =
        rows.into_iter().map(|row| (row.learner_id, row.event_id, row.kind)).collect();
    Ok(known
        .iter()
        .filter(|telling| differing.contains(&key(&telling.fact)))
        .map(|telling| telling.message)
        .collect())
}

/// Everything that the journal holds of some learners, or what is dated before an instant.
pub(crate) async fn of_learners(
    conn: &mut PgConnection,
    learners: &[i64],
    before: Option<Timestamp>,
) -> Result<Vec<Fact>, StoreError> {
    let rows = sqlx::query!(
        "SELECT learner_id, event_id, context_key, occurred_at, value FROM fact_journal
         WHERE learner_id = ANY($1) AND ($2::timestamptz IS NULL OR occurred_at < $2)",
        learners,
        before.map(Timestamp::get),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Fact {
                learner: parse_learner(row.learner_id)?,
                context: row.context_key.try_into().map_err(StoreError::corrupt("a context's key"))?,
                at: parse_instant(row.occurred_at)?,
                id: row.event_id,
                value: serde_json::from_value(row.value).map_err(StoreError::corrupt("a fact"))?,
            })
        })
        .collect()
}

/// The same of whole people: what is about an account that was merged into another counts for that one.
pub(crate) async fn of_people(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    learners: &[i64],
    before: Option<Timestamp>,
) -> Result<Vec<Fact>, StoreError> {
    let members = learners.iter().flat_map(|learner| catalogue.members(*learner));
    let accounts: Vec<i64> = learners.iter().chain(members).copied().collect();
    let asked: HashSet<i64> = learners.iter().copied().collect();
    let mut facts = Vec::new();
    for fact in of_learners(conn, &accounts, before).await? {
        let learner = fact.learner.get();
        let survivor = catalogue.survivor(learner);
        if survivor != learner && asked.contains(&survivor) {
            facts.push(Fact { learner: parse_learner(survivor)?, ..fact.clone() });
        }
        if asked.contains(&learner) {
            facts.push(fact);
        }
    }
    Ok(facts)
}

/// Facts as columns, for one statement whatever their number.
struct Columns {
    learners: Vec<i64>,
    events: Vec<Uuid>,
    kinds: Vec<i16>,
    contexts: Vec<String>,
    ats: Vec<chrono::DateTime<chrono::Utc>>,
    values: Vec<String>,
}

impl Columns {
    fn of(facts: &[&Fact]) -> Result<Self, StoreError> {
        Ok(Self {
            learners: facts.iter().map(|fact| fact.learner.get()).collect(),
            events: facts.iter().map(|fact| fact.id).collect(),
            kinds: facts.iter().map(|fact| fact.value.kind() as i16).collect(),
            contexts: facts.iter().map(|fact| fact.context.to_string()).collect(),
            ats: facts.iter().map(|fact| fact.at.get()).collect(),
            values: facts.iter().map(|fact| to_json(&fact.value)).collect::<Result<_, _>>()?,
        })
    }
}

fn to_json(value: &FactValue) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::corrupt("a fact"))
}
