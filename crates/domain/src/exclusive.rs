//! Runs that share no work: what completes one of a group counts in no other of it.

use std::collections::BTreeSet;

use crate::definition::Definition;
use crate::enrolment::Enrolment;
use crate::evaluate::evaluate;
use crate::facts::LearnerFacts;
use crate::ids::{ContextKey, RunKey, Timestamp};
use crate::policy::RunPolicy;
use crate::verdict::Verdict;

/// A learner in a run of a group.
#[derive(Clone, Copy)]
pub struct Contender<'a> {
    /// Which.
    pub run: &'a RunKey,
    /// What the learner is judged by there.
    pub definition: &'a Definition,
    /// How.
    pub policy: &'a RunPolicy,
    /// The learner's enrolment.
    pub enrolment: &'a Enrolment,
    /// What is known of the learner, as far as it counts there but for the group.
    pub facts: &'a LearnerFacts,
    /// The moment of judging.
    pub as_of: Timestamp,
}

impl Contender<'_> {
    fn verdict(&self, taken: &BTreeSet<ContextKey>) -> Verdict {
        evaluate(self.definition, self.policy, self.enrolment, &without(self.facts, taken), self.as_of)
    }

    /// The contexts that its required items were satisfied by.
    fn served_by(&self, verdict: &Verdict) -> impl Iterator<Item = ContextKey> {
        let required = self.definition.required();
        let of = verdict.items.iter().filter(move |item| required.contains(&item.id));
        of.filter_map(|item| item.satisfied_by.clone()).collect::<Vec<_>>().into_iter()
    }
}

/// What is known but for these contexts.
#[must_use]
pub fn without(facts: &LearnerFacts, taken: &BTreeSet<ContextKey>) -> LearnerFacts {
    let counts = facts.iter().filter(|(context, _)| !taken.contains(*context));
    counts.map(|(context, known)| (context.clone(), known.clone())).collect()
}

/// The contexts that do not count in each of a group's runs, for one learner. The run that was completed first, by the dates of
/// facts, takes what completed it; then the next of what is left. Of equal dates, as the same work gives them, the run that
/// the learner began first is first, and then the one of the first key. Whoever computes it, and in whatever order facts
/// came, it is the same.
#[must_use]
pub fn taken(contenders: &[Contender<'_>]) -> Vec<BTreeSet<ContextKey>> {
    let mut not_counting: Vec<Option<BTreeSet<ContextKey>>> = vec![None; contenders.len()];
    let mut taken: BTreeSet<ContextKey> = BTreeSet::new();
    loop {
        let open = contenders.iter().enumerate().filter(|(at, _)| not_counting[*at].is_none());
        let completed = open.filter_map(|(at, one)| {
            let verdict = one.verdict(&taken);
            Some((verdict.completed_at?, at, verdict))
        });
        let first = completed.min_by_key(|(date, at, _)| {
            let Contender { enrolment, run, .. } = contenders[*at];
            (*date, enrolment.attempt_started_at, run)
        });
        let Some((_, at, verdict)) = first else { break };
        not_counting[at] = Some(taken.clone());
        taken.extend(contenders[at].served_by(&verdict));
    }
    not_counting.into_iter().map(|own| own.unwrap_or_else(|| taken.clone())).collect()
}
