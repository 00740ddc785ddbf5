//! What judging one enrolment comes to: a verdict, and what the world would be told. Nothing is read or written here, so
//! that what is only supposed is judged by the same rules as what is kept.

use lp_domain::completion::{self, Completion, CompletionState, Emission};
use lp_domain::{ContextKey, Enrolment, LearnerFacts, LearnerId, Timestamp, Verdict, evaluate};

use crate::catalogue::Run;
use crate::timers::{Kept, Timer};

/// An enrolment that is judged, with its last verdict's digest and what the world was told of its attempt.
#[derive(Clone)]
pub(crate) struct Judged {
    pub(crate) learner: LearnerId,
    pub(crate) run_id: i64,
    pub(crate) enrolment: Enrolment,
    /// How often it was changed.
    pub(crate) changes: i32,
    /// Revision, attempt and digest of the verdict that stands; forget it, and the verdict is written in any case.
    pub(crate) last: Option<(u32, u32, Vec<u8>)>,
    pub(crate) told: Option<Told>,
    /// Its timer's row.
    pub(crate) kept: Option<Kept>,
}

/// What the world was last told of an attempt, and under which revision it was completed.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) completion: Completion,
    pub(crate) revision: u32,
}

/// What judging an enrolment comes to.
pub(crate) struct Judgement {
    /// The revision that it was judged by.
    pub(crate) revision: u32,
    pub(crate) verdict: Verdict,
    /// Where its completion goes, if it moves.
    pub(crate) next: Option<Next>,
    /// When the path was completed: as the world was told, or else by the rule.
    pub(crate) completed_at: Option<Timestamp>,
    /// How it stands to the run's dates, and when time alone may change any of this.
    pub(crate) timer: Timer,
}

/// A completion's next state.
pub(crate) struct Next {
    pub(crate) completion: Completion,
    /// The revision under which it was completed.
    pub(crate) revision: u32,
    pub(crate) emission: Option<Emission>,
    /// The verdict by that revision, where the learner is judged by another.
    pub(crate) own: Option<Verdict>,
}

impl Judged {
    /// One that was never judged.
    pub(crate) fn new(learner: LearnerId, run_id: i64, enrolment: Enrolment) -> Self {
        Self { learner, run_id, enrolment, changes: 0, last: None, told: None, kept: None }
    }

    /// Its learner and its run's number.
    pub(crate) fn place(&self) -> (i64, i64) {
        (self.learner.get(), self.run_id)
    }

    /// It is changed; of another attempt the world was told nothing yet.
    pub(crate) fn change(&mut self, enrolment: Enrolment, changes: i32) {
        if enrolment.attempt != self.enrolment.attempt {
            self.told = None;
        }
        self.enrolment = enrolment;
        self.changes = changes;
    }

    /// The contexts that its verdict hangs on, and those of the revision under which it was completed.
    pub(crate) fn contexts<'a>(&self, run: &'a Run) -> impl Iterator<Item = &'a ContextKey> {
        let judged = run.revision_for(self.enrolment.revision);
        let own = self.told.as_ref().map(|told| told.revision).filter(|own| *own != judged);
        let definitions =
            [Some(judged), own].into_iter().flatten().filter_map(|revision| run.definition(revision));
        definitions.flat_map(|definition| definition.contexts())
    }

    /// Judges it in `run` from what is known of the learner, as far as it counts there; `None` when the run lacks its revision.
    pub(crate) fn judgement(&self, run: &Run, facts: &LearnerFacts, now: Timestamp) -> Option<Judgement> {
        let revision = run.revision_for(self.enrolment.revision);
        let verdict = self.verdict(run, revision, facts, now)?;
        let next =
            self.enrolment.is_told().then(|| self.next(run, (revision, &verdict), facts, now)).flatten();
        let completion = next.as_ref().map(|next| &next.completion);
        let completion = completion.or(self.told.as_ref().map(|told| &told.completion));
        let completed_at = Completion::date(completion, verdict.completed_at);
        let grace_ends = completion.and_then(|one| match one.state {
            CompletionState::Grace { until } => Some(until),
            _ => None,
        });
        let timer = Timer::of(self, run, facts, (completed_at, grace_ends), now);
        Some(Judgement { revision, verdict, next, completed_at, timer })
    }

    /// What stood as the run closed, stands.
    fn verdict(&self, run: &Run, revision: u32, facts: &LearnerFacts, now: Timestamp) -> Option<Verdict> {
        let as_of = run.closes_at.map_or(now, |closes| closes.min(now));
        Some(evaluate(run.definition(revision)?, &run.policy, &self.enrolment, facts, as_of))
    }

    fn next(
        &self,
        run: &Run,
        (revision, verdict): (u32, &Verdict),
        facts: &LearnerFacts,
        now: Timestamp,
    ) -> Option<Next> {
        // A completion already made stays, whatever a later revision asks for: it is held against its own.
        let own = self
            .told
            .as_ref()
            .filter(|told| told.revision != revision && told.completion.stands())
            .filter(|_| verdict.completed_at.is_none())
            .and_then(|told| Some((told.revision, self.verdict(run, told.revision, facts, now)?)));
        let before = self.told.as_ref().map(|told| &told.completion);
        let (completion, emission) = completion::next(
            &run.key,
            self.learner,
            self.enrolment.attempt,
            before,
            own.as_ref().map_or(verdict, |(_, own)| own),
            run.policy.regression,
            now,
        );
        let completion = completion.filter(|completion| Some(completion) != before)?;
        let (revision, own) = own.map_or((revision, None), |(revision, own)| (revision, Some(own)));
        Some(Next { completion, revision, emission, own })
    }
}
