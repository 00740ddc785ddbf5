//! Judges enrolments, keeps the verdicts, and records what the world must be told.
//!
//! Whoever calls holds the learners' locks.

use std::collections::HashMap;

use lp_domain::Timestamp;
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::counting::{Counting, Journals, companions, pairs};
use crate::facts::{self, Known};
use crate::judgement::{Evidence, Judged, Judgement};
use crate::news::{self, News};
use crate::reports::Contributions;
use crate::timers::Timers;
use crate::verdicts::{Completions, Verdicts};
use crate::{Outcome, StoreError, enrolled, live};

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
    let mut contributions = Contributions::default();
    judge(conn, &judging, judged, &mut contributions, &mut outcome).await?;
    contributions.write(conn).await?;
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

/// Judges, and writes what changed, but for what reports count: that is the caller's to write, once for all that it judges.
pub(crate) async fn judge(
    conn: &mut PgConnection,
    judging: &Judging<'_>,
    mut judged: Vec<Judged>,
    contributions: &mut Contributions,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let Judging { catalogue, known, now, .. } = *judging;
    let run = |run_id| catalogue.run(run_id);
    // Boxed, as little of it is ever done and all of it makes the future large.
    judged.extend(Box::pin(companions(conn, &judged, run)).await?);
    let counting = Box::pin(Counting::load(conn, catalogue, &judged, now)).await?;
    let reduced = counting.reduce(&judged, known, run, now);
    let journals = Journals::load(conn, catalogue, &judged, run).await?;
    let (mut verdicts, mut told, mut news) = (Verdicts::default(), Completions::default(), Vec::new());
    let mut timers = Timers::default();
    for one in judged {
        let Some(run) = run(one.run_id) else { continue };
        let facts = reduced.get(&one.place()).unwrap_or_else(|| counting.of(&one, known));
        let evidence = Evidence { facts, journal: journals.of(&one), now };
        let Some(judgement) = one.judgement(run, evidence) else { continue };
        timers.push(&one, run, &judgement);
        contributions.push(catalogue, &one, run, facts, &judgement);
        let Judgement { revision, verdict, next, .. } = judgement;
        let digest = verdict.digest();
        let attempt = one.enrolment.attempt;
        if one.last.as_ref().is_none_or(|(judged_revision, judged_attempt, known)| {
            (*judged_revision, *judged_attempt, known.as_slice()) != (revision, attempt, &digest)
        }) {
            outcome.changed_verdicts += 1;
            verdicts.push(one.learner, one.run_id, (revision, attempt), &verdict, &digest)?;
        }
        let Some(next) = next else { continue };
        told.push(one.learner, one.run_id, attempt, &next);
        if next.emission.is_some() || next.is_news {
            news.push(News { learner: one.learner, run, attempt, next, verdict });
        }
    }
    verdicts.write(conn).await?;
    told.write(conn).await?;
    news::tell(conn, &news, judging.traces, now, outcome).await?;
    timers.write(conn).await?;
    timers.tell(conn, now).await?;
    live::notify(conn, [verdicts.learners(), told.learners(), timers.learners()].concat()).await
}
