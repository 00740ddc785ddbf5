//! Judges enrolments, keeps the verdicts, and records what the world must be told.
//!
//! Whoever calls holds the learners' locks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lp_domain::completion::{Completion, CompletionState, Emission};
use lp_domain::{ContextKey, LearnerFacts, LearnerId, Timestamp, Verdict};
use lp_events::{PathCompleted, PathCompletionRevoked, PathEvent};
use lp_outbox::OutboxMessage;
use sqlx::PgConnection;

use crate::catalogue::{Catalogue, Run};
use crate::facts::{self, Known};
use crate::judgement::{Judged, Judgement, Next};
use crate::outgoing::{self, Profiles};
use crate::timers::Timers;
use crate::verdicts::{Completions, Verdicts};
use crate::{Outcome, StoreError, enrolled};

/// The pairs of learner and context that these verdicts hang on.
pub(crate) fn pairs<'a>(judged: &[Judged], catalogue: &'a Catalogue) -> BTreeSet<(i64, &'a ContextKey)> {
    judged
        .iter()
        .filter_map(|one| Some((one, catalogue.run(one.run_id)?)))
        .flat_map(|(one, run)| one.contexts(run).map(|context| (one.learner.get(), context)))
        .collect()
}

/// Judges, from what is known, the enrolments of these learners: in one run, or in all.
pub(crate) async fn anew(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    learners: &[i64],
    run_id: Option<i64>,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let judged = enrolled::read(conn, learners, run_id).await?;
    from_known(conn, catalogue, judged, now).await
}

/// Judges these enrolments from what is known.
pub(crate) async fn from_known(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    judged: Vec<Judged>,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let mut outcome = Outcome::default();
    let known = facts::load(conn, &pairs(&judged, catalogue)).await?;
    let judging = Judging { catalogue, known: &known, traces: &HashMap::new(), now };
    judge(conn, &judging, judged, &mut outcome).await?;
    Ok(outcome)
}

/// What judging needs besides enrolments and facts.
pub(crate) struct Judging<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) known: &'a Known,
    /// The trace that a learner's newest fact carries on.
    pub(crate) traces: &'a HashMap<i64, String>,
    pub(crate) now: Timestamp,
}

/// Judges, and writes what changed.
pub(crate) async fn judge(
    conn: &mut PgConnection,
    judging: &Judging<'_>,
    judged: Vec<Judged>,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let nothing = LearnerFacts::default();
    let bounded = bounded(conn, judging, &judged).await?;
    let (mut verdicts, mut told, mut news) = (Verdicts::default(), Completions::default(), Vec::new());
    let mut timers = Timers::default();
    for one in judged {
        let Some(run) = judging.catalogue.run(one.run_id) else { continue };
        let known = bounded.get(&one.run_id).unwrap_or(judging.known);
        let facts = known.get(&one.learner.get()).unwrap_or(&nothing);
        let Some(judgement) = one.judgement(run, facts, judging.now) else { continue };
        timers.push(&one, run, &judgement);
        let Judgement { revision, verdict, next, .. } = judgement;
        let digest = verdict.digest();
        let attempt = one.enrolment.attempt;
        if one.last.as_ref().is_none_or(|(judged_revision, judged_attempt, known)| {
            (*judged_revision, *judged_attempt, known.as_slice()) != (revision, attempt, &digest)
        }) {
            outcome.changed_verdicts += 1;
            verdicts.push(one.learner, one.run_id, (revision, attempt), &verdict, &digest)?;
        }
        let Some(Next { completion, revision, emission, own }) = next else { continue };
        told.push(one.learner, one.run_id, (revision, attempt), &completion);
        if let Some(emission) = emission {
            let verdict = own.unwrap_or(verdict);
            news.push(News { learner: one.learner, run, revision, attempt, completion, emission, verdict });
        }
    }
    verdicts.write(conn).await?;
    told.write(conn).await?;
    tell(conn, judging, &news, outcome).await?;
    timers.write(conn).await?;
    timers.tell(conn, judging.now).await
}

/// What counts in runs that have closed, or soon will: what happened before.
async fn bounded(
    conn: &mut PgConnection,
    judging: &Judging<'_>,
    judged: &[Judged],
) -> Result<HashMap<i64, Known>, StoreError> {
    let mut learners: BTreeMap<(i64, Timestamp), Vec<i64>> = BTreeMap::new();
    for one in judged {
        if let Some(end) = judging.catalogue.run(one.run_id).and_then(|run| run.facts_end(judging.now)) {
            learners.entry((one.run_id, end)).or_default().push(one.learner.get());
        }
    }
    let mut bounded = HashMap::new();
    for ((run_id, end), learners) in learners {
        bounded.insert(run_id, facts::load_as_of(conn, &learners, end).await?);
    }
    Ok(bounded)
}

/// Something to tell the world.
struct News<'a> {
    learner: LearnerId,
    run: &'a Run,
    revision: u32,
    attempt: u32,
    completion: Completion,
    emission: Emission,
    verdict: Verdict,
}

async fn tell(
    conn: &mut PgConnection,
    judging: &Judging<'_>,
    news: &[News<'_>],
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    if news.is_empty() {
        return Ok(());
    }
    let learners: Vec<i64> = news.iter().map(|one| one.learner.get()).collect();
    let profiles = Profiles::load(&mut *conn, &learners).await?;
    let messages: Vec<OutboxMessage> = news.iter().map(|one| message(judging, one, &profiles)).collect();
    for one in news {
        match one.emission {
            Emission::Completed => outcome.completed += 1,
            Emission::Revoked => outcome.revoked += 1,
        }
    }
    lp_outbox::append(conn, &messages).await?;
    Ok(())
}

fn message(judging: &Judging<'_>, news: &News<'_>, profiles: &Profiles) -> OutboxMessage {
    let News { learner, run, revision, attempt, completion, emission, verdict } = news;
    let user = profiles.of(*learner);
    let event = match emission {
        Emission::Completed => PathEvent::Completed(PathCompleted {
            completion_id: completion.completion_id,
            user,
            run: run.key.clone(),
            display_name: run.title.clone(),
            revision: *revision,
            attempt: *attempt,
            completed_at: completion.completed_at,
            grade: verdict.grade,
            progress: verdict.progress,
            contexts: verdict.items.iter().filter_map(|item| item.satisfied_by.clone()).collect(),
        }),
        Emission::Revoked => PathEvent::Revoked(PathCompletionRevoked {
            completion_id: completion.completion_id,
            user,
            run: run.key.clone(),
            display_name: run.title.clone(),
            revision: *revision,
            attempt: *attempt,
            completed_at: completion.completed_at,
            revoked_at: match completion.state {
                CompletionState::Revoked { at } => at,
                _ => judging.now,
            },
            reason: if verdict.withdrawn { "override_withdrawn" } else { "requirement_no_longer_met" }
                .to_owned(),
        }),
    };
    let event_id = emission.event_id(completion.completion_id);
    let message = outgoing::message(event_id, event.event_type(), *learner, event.encode_body(), judging.now);
    OutboxMessage { traceparent: judging.traces.get(&learner.get()).cloned(), ..message }
}
