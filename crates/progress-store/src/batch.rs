//! One batch of tellings, in the caller's transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use lp_domain::{ContextKey, Timestamp};
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::counting::pairs;
use crate::judge::{self, Judging};
use crate::reports::Contributions;
use crate::tellings::{FactTelling, Tellings};
use crate::{Outcome, StoreError, authoring, contexts, enrolled, facts, invitations, journal, learners};

/// Facts of whole learners that are judged together: enough for one round trip to cost little, few enough that all that
/// is known of these learners fits in a few megabytes.
const JUDGED_AT_ONCE: usize = 300;

/// Appends facts to the journal, folds the new ones into what is known, judges every enrolment that they touch, and records
/// what the world must be told.
///
/// `now` is the moment of receipt. Roll back on an error: nothing of the batch is done then.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn apply(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    tellings: &Tellings,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    contexts::put(conn, &tellings.courses).await?;
    authoring::propose(conn, catalogue, &tellings.reruns).await?;
    let mut locked = whom(tellings);
    locked.extend(survivors(catalogue, &locked));
    locked.sort_unstable();
    if locked.is_empty() {
        return Ok(Outcome::default());
    }
    learners::lock(conn, &locked).await?;
    let claims = learners::put_profiles(conn, &tellings.profiles).await?;
    let mut outcome = invitations::claim(conn, catalogue, &claims, now).await?;
    let appended = journal::append(conn, &tellings.facts).await?;
    outcome.new_facts = appended.new.len();
    outcome.reused_ids = appended.reused;
    if appended.new.is_empty() {
        return Ok(outcome);
    }
    catalogue.refresh(conn).await?;
    // Merged meanwhile: rarely, so that a circle of waiting, which ends in another try, may be.
    let mut missed = survivors(catalogue, &locked);
    missed.retain(|learner| locked.binary_search(learner).is_err());
    if !missed.is_empty() {
        learners::lock(conn, &missed).await?;
    }
    let mut new = appended.new;
    new.sort_unstable_by_key(|telling| telling.fact.learner);
    let (mut rest, mut contributions) = (new.as_slice(), Contributions::default());
    while let Some(last) = rest.get(JUDGED_AT_ONCE - 1).or(rest.last()) {
        let learner = last.fact.learner;
        let (some, later) = rest.split_at(rest.partition_point(|telling| telling.fact.learner <= learner));
        judge_new(conn, catalogue, some, now, &mut contributions, &mut outcome).await?;
        rest = later;
    }
    contributions.write(conn).await?;
    Ok(outcome)
}

/// Everybody whom the batch is about, in order.
fn whom(tellings: &Tellings) -> Vec<i64> {
    let facts = tellings.facts.iter().map(|telling| telling.fact.learner.get());
    let profiles = tellings.profiles.iter().map(|telling| telling.profile.learner.get());
    facts.chain(profiles).collect::<BTreeSet<i64>>().into_iter().collect()
}

/// The other accounts that facts about these learners count for, in order.
fn survivors(catalogue: &Catalogue, learners: &[i64]) -> Vec<i64> {
    let of = |learner: &i64| Some(catalogue.survivor(*learner)).filter(|survivor| survivor != learner);
    let survivors: BTreeSet<i64> = learners.iter().filter_map(of).collect();
    survivors.into_iter().filter(|survivor| learners.binary_search(survivor).is_err()).collect()
}

async fn judge_new(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    new: &[&FactTelling],
    now: Timestamp,
    contributions: &mut Contributions,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let touched: BTreeSet<(i64, &ContextKey)> =
        new.iter().map(|telling| (telling.fact.learner.get(), &telling.fact.context)).collect();
    // Only whoever a run points to needs their enrolments read.
    let runs: HashSet<(i64, i64)> = touched
        .iter()
        .flat_map(|(learner, context)| {
            let accounts = [*learner, catalogue.survivor(*learner)];
            accounts
                .into_iter()
                .flat_map(|who| catalogue.touched_by(context).iter().map(move |run| (who, *run)))
        })
        .collect();
    let mut candidates: Vec<i64> = runs.iter().map(|(learner, _)| *learner).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let mut judged =
        if candidates.is_empty() { Vec::new() } else { enrolled::read(conn, &candidates, None).await? };
    judged.retain(|one| runs.contains(&(one.learner.get(), one.run_id)));

    let mut needed = pairs(&judged, catalogue);
    needed.extend(&touched);
    let mut known = facts::load(conn, &needed).await?;
    let changed = facts::fold(&mut known, new.iter().map(|telling| &telling.fact));
    facts::save(conn, &known, &changed).await?;

    // The newest fact of a learner stands for what it caused.
    let mut newest: Vec<&FactTelling> = new.to_vec();
    newest.sort_unstable_by_key(|telling| (telling.fact.at, telling.fact.id));
    let traces: HashMap<i64, String> = newest
        .iter()
        .filter_map(|telling| Some((telling.fact.learner.get(), telling.traceparent.clone()?)))
        .flat_map(|(learner, trace)| [(learner, trace.clone()), (catalogue.survivor(learner), trace)])
        .collect();
    let judging = Judging { catalogue, known: &known, traces: &traces, now };
    judge::judge(conn, &judging, judged, contributions, outcome).await
}
