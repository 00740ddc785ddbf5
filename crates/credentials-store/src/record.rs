//! Records what a batch of events tells, in one transaction that the caller owns.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::award::{Completion, Holder, Retirement, Revocation, Terms};
use crate::issuing::{credentials, due};
use crate::{completions, holders, revocations, supersession, terms};

/// What a batch of events tells, in any order and with repetitions.
#[derive(Debug, Clone, Default)]
pub struct Tellings {
    /// Completions.
    pub completions: Vec<Completion>,
    /// Revocations.
    pub revocations: Vec<Revocation>,
    /// How awards stand.
    pub terms: Vec<Terms>,
    /// Learners' names.
    pub holders: Vec<Holder>,
    /// Accounts that were retired.
    pub retirements: Vec<Retirement>,
}

/// Records all of it. Whatever the order and repetition of tellings over any number of batches, the end is the same:
/// per completion the first telling counts, per revocation likewise, of its terms the last change, per learner the newest names, and of one whose account
/// was retired none at all.
///
/// Give a holder for every learner with a completion or a revocation: their rows, taken in order of learner, are the lock that keeps two
/// owners of one learner's events from missing each other's awards.
///
/// # Errors
/// When the database refuses; roll back then.
pub async fn record(conn: &mut PgConnection, tellings: &Tellings) -> sqlx::Result<()> {
    let retired =
        pick(&tellings.retirements, |told| told.learner_id, |new, old| new.retired_at < old.retired_at);
    let is_retired = |holder: &&Holder| retired.iter().any(|retired| retired.learner_id == holder.learner_id);
    let (of_retired, others): (Vec<&Holder>, Vec<&Holder>) = tellings.holders.iter().partition(is_retired);
    let newest_names = pick(
        others,
        |holder| holder.learner_id,
        |new, old| (!new.username.is_empty(), new.told) > (!old.username.is_empty(), old.told),
    );
    let completions = pick(&tellings.completions, |told| told.completion_id, |new, old| new.told < old.told);
    let taken_back = pick(&tellings.revocations, |told| told.completion_id, |new, old| new.told < old.told);

    let mut touched: Vec<Uuid> = completions.iter().map(|completion| completion.completion_id).collect();
    touched.extend(taken_back.iter().map(|revocation| revocation.completion_id));

    holders::upsert(conn, &newest_names).await?;
    holders::retire(conn, &retired, &of_retired).await?;
    completions::upsert(conn, &completions).await?;
    revocations::upsert(conn, &taken_back).await?;
    let greatest = pick(&tellings.terms, |told| told.completion_id, |new, old| new.change > old.change);
    terms::upsert(conn, &greatest).await?;
    let gone: Vec<i64> = retired.iter().map(|retired| retired.learner_id).collect();
    credentials::withdraw(conn, &gone).await?;
    if !touched.is_empty() {
        revocations::mark(conn, &touched).await?;
        supersession::link(conn, &touched).await?;
    }
    touched.extend(greatest.iter().map(|terms| terms.completion_id));
    due::want(conn, &touched).await
}

/// One telling a key, in the order of keys: rows are then locked in the same order by everyone.
fn pick<'t, T, K: Ord>(
    all: impl IntoIterator<Item = &'t T>,
    key: impl Fn(&T) -> K,
    is_better: impl Fn(&T, &T) -> bool,
) -> Vec<&'t T> {
    let mut best: BTreeMap<K, &T> = BTreeMap::new();
    for telling in all {
        let kept = best.entry(key(telling)).or_insert(telling);
        if is_better(telling, kept) {
            *kept = telling;
        }
    }
    best.into_values().collect()
}
