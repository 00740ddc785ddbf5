//! Awards that are earned again for another period: the same requirement, met by work inside one window. Nothing is reset: the
//! journal is folded between other bounds.

use crate::completion::{Completion, CompletionState, completion_id};
use crate::definition::Definition;
use crate::enrolment::Enrolment;
use crate::evaluate::evaluate;
use crate::fact::{Fact, FactValue};
use crate::facts::LearnerFacts;
use crate::ids::{LearnerId, RunKey, Timestamp};
use crate::policy::{PriorWork, RunPolicy};
use crate::term::{Renewal, Term};
use crate::validity::{Lasts, Renewed, Window};
use crate::verdict::Verdict;

/// Judges a definition by the work inside a window alone; enrolments, which are no work, count from before it too. A course
/// passed before counts again when its passing is stated again inside the window.
#[must_use]
pub fn in_window(
    definition: &Definition,
    policy: &RunPolicy,
    enrolment: &Enrolment,
    journal: &[Fact],
    window: Window,
    now: Timestamp,
) -> Verdict {
    let mut facts = LearnerFacts::default();
    let standing = |fact: &&Fact| fact.at < window.ends && matches!(fact.value, FactValue::Enrolment { .. });
    for fact in journal.iter().filter(|fact| window.contains(fact.at) || standing(fact)) {
        facts.entry(fact.context.clone()).or_default().apply(fact);
    }
    let policy = RunPolicy { prior_work: PriorWork::AnyTime, ..policy.clone() };
    evaluate(definition, &policy, enrolment, &facts, now.min(window.ends))
}

/// The award that renews `told`: the first whose window holds work that meets the definition, with the verdict. None when
/// `told` does not expire, or was the first and is taken back.
#[must_use]
pub fn renewal(
    (run, learner): (&RunKey, LearnerId),
    definition: &Definition,
    policy: &RunPolicy,
    enrolment: &Enrolment,
    told: &Completion,
    journal: &[Fact],
    now: Timestamp,
) -> Option<(Completion, Verdict)> {
    told.term.expires_at.filter(|_| told.stands() || told.period > 1)?;
    let newest = journal.iter().map(|fact| fact.at).max()?.min(now);
    let (counted_from, windows) = windows(policy, told);
    let window_and_verdict = windows
        .take_while(|window| window.begins <= newest)
        .filter(|window| journal.iter().any(|fact| window.contains(fact.at)))
        .map(|window| (window, in_window(definition, policy, enrolment, journal, window, now)))
        .find(|(_, verdict)| verdict.completed_at.is_some());
    let (window, verdict) = window_and_verdict?;
    let (period, completed_at) = (told.period.saturating_add(1), verdict.completed_at?);
    let renewal = Renewal { of: told.completion_id, window };
    let completion = Completion {
        completion_id: completion_id(run, learner, enrolment.attempt, (period, 1)),
        period,
        sequence: 1,
        completed_at,
        state: CompletionState::Valid,
        term: Term::renewing(&policy.validity, counted_from, renewal, completed_at),
    };
    Some((completion, verdict))
}

/// The windows in which what follows `told` may be earned, in order, and from which completion they are counted.
fn windows<'a>(
    policy: &'a RunPolicy,
    told: &Completion,
) -> (Timestamp, impl Iterator<Item = Window> + use<'a>) {
    // What was taken back begins no period.
    let anew =
        told.stands() && matches!(policy.validity.lasts, Lasts::For { renewed: Renewed::FromCompletion, .. });
    let counted_from = if anew { told.completed_at } else { told.term.counted_from };
    // Counted on, the windows up to its own are over.
    let begins = told.term.renewal.filter(|_| !anew).map(|renewal| renewal.window.ends);
    let windows = (2..).map_while(move |n| policy.validity.window(counted_from, n));
    (counted_from, windows.skip_while(move |window| begins.is_some_and(|begins| window.begins < begins)))
}
