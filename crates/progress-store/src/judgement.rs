//! What judging one enrolment comes to: a verdict, and what the world would be told. Nothing is read or written here, so
//! that what is only supposed is judged by the same rules as what is kept.

use lp_domain::completion::{self, Completion, CompletionState, Emission};
use lp_domain::renewal::{in_window, renewal};
use lp_domain::{
    AwardState, ContextKey, Enrolment, Fact, LearnerFacts, LearnerId, Regression, RunPolicy, Timestamp,
    Verdict, Window, evaluate,
};

use crate::catalogue::Run;
use crate::reports::Contribution;
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
    /// What reports count of it.
    pub(crate) counted: Option<Contribution>,
}

/// What the world was last told of an attempt, and under which revision it was completed.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) completion: Completion,
    pub(crate) revision: u32,
    pub(crate) standing: Standing,
}

/// What the world was last told of how a completion's award stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) award: AwardState,
    /// Whether what was known then met the requirement.
    pub(crate) met: bool,
    /// How often it was told by an event of its own.
    pub(crate) changes: u32,
}

/// What a judgement is made from.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// What is known of the learner, as far as it counts in the run.
    pub(crate) facts: &'a LearnerFacts,
    /// The facts one by one, where they may renew an award; else none.
    pub(crate) journal: &'a [Fact],
    /// The moment of judging.
    pub(crate) now: Timestamp,
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
    /// How its award stands, and whether the world is told of that too.
    pub(crate) standing: Standing,
    pub(crate) is_news: bool,
    /// The verdict that it is held by, where the learner is judged by another.
    pub(crate) own: Option<Verdict>,
}

impl Judged {
    /// One that was never judged.
    pub(crate) fn new(learner: LearnerId, run_id: i64, enrolment: Enrolment) -> Self {
        Self { learner, run_id, enrolment, changes: 0, last: None, told: None, kept: None, counted: None }
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

    /// Judges it in `run`; `None` when the run lacks its revision.
    pub(crate) fn judgement(&self, run: &Run, evidence: Evidence<'_>) -> Option<Judgement> {
        let revision = run.revision_for(self.enrolment.revision);
        let verdict = self.verdict(run, revision, &run.policy, None, evidence)?;
        let next = self.enrolment.is_told().then(|| self.next(run, (revision, &verdict), evidence)).flatten();
        let completion = next.as_ref().map(|next| &next.completion);
        let completion = completion.or(self.told.as_ref().map(|told| &told.completion));
        let completed_at = Completion::date(completion, verdict.completed_at);
        let award_moment = completion.and_then(|one| {
            let grace_ends = match one.state {
                CompletionState::Grace { until } => Some(until),
                _ => None,
            };
            // What it is renewed by may be known already.
            let is_new = next.as_ref().is_some_and(|next| next.emission == Some(Emission::Completed));
            let at_once = (is_new && run.policy.validity.renews()).then_some(evidence.now);
            [grace_ends, at_once, one.next_award_moment(evidence.now)].into_iter().flatten().min()
        });
        let timer = Timer::of(self, run, (completed_at, award_moment), evidence);
        Some(Judgement { revision, verdict, next, completed_at, timer })
    }

    /// Judges it by a revision: all that counts, or the work inside a window. What stood as the run closed, stands.
    fn verdict(
        &self,
        run: &Run,
        revision: u32,
        policy: &RunPolicy,
        window: Option<Window>,
        evidence: Evidence<'_>,
    ) -> Option<Verdict> {
        let definition = run.definition(revision)?;
        let as_of = run.as_of(evidence.now);
        Some(match window {
            None => evaluate(definition, policy, &self.enrolment, evidence.facts, as_of),
            Some(window) => in_window(definition, policy, &self.enrolment, evidence.journal, window, as_of),
        })
    }

    fn next(&self, run: &Run, (revision, verdict): (u32, &Verdict), evidence: Evidence<'_>) -> Option<Next> {
        let told = self.told.as_ref();
        let before = told.map(|told| &told.completion);
        let window = before.and_then(|before| before.term.renewal).map(|renewal| renewal.window);
        // A completion already made stays, whatever a later revision asks for: it is held against its own. One that renews
        // another is held by the work in its window.
        let own = told
            .filter(|told| {
                window.is_some()
                    || (told.revision != revision
                        && told.completion.stands()
                        && verdict.completed_at.is_none())
            })
            .and_then(|told| {
                Some((told.revision, self.verdict(run, told.revision, &run.policy, window, evidence)?))
            });
        let (held_by, held) = own.as_ref().map_or((revision, verdict), |(by, own)| (*by, own));
        let (run_key, attempt, now) = (&run.key, self.enrolment.attempt, evidence.now);
        let (completion, emission) =
            completion::next(run_key, self.learner, attempt, before, held, &run.policy, now);
        let completion = completion?;
        if emission.is_none()
            && let Some(renewed) = self.renewed(run, revision, &completion, evidence)
        {
            return Some(renewed);
        }
        let met = || self.is_met(run, (held_by, held), window, evidence);
        let (standing, is_news) = match told.filter(|_| emission != Some(Emission::Completed)) {
            Some(told) => told.standing.then(completion.award(now), met),
            None => Standing::first(&completion, now),
        };
        if told.is_some_and(|told| told.completion == completion && told.standing == standing) {
            return None;
        }
        let revision = held_by;
        Some(Next { completion, revision, emission, standing, is_news, own: own.map(|(_, own)| own) })
    }

    /// The award that renews this one, if work did.
    fn renewed(&self, run: &Run, revision: u32, told: &Completion, evidence: Evidence<'_>) -> Option<Next> {
        let definition = run.definition(revision)?;
        let (journal, as_of) = (evidence.journal, run.as_of(evidence.now));
        let whose = (&run.key, self.learner);
        let (completion, own) =
            renewal(whose, definition, &run.policy, &self.enrolment, told, journal, as_of)?;
        let (standing, is_news) = Standing::first(&completion, evidence.now);
        let emission = Some(Emission::Completed);
        Some(Next { completion, revision, emission, standing, is_news, own: Some(own) })
    }

    /// Whether what is known now meets the requirement, also where the run's policy would keep what once did.
    fn is_met(
        &self,
        run: &Run,
        (by, held): (u32, &Verdict),
        window: Option<Window>,
        evidence: Evidence<'_>,
    ) -> bool {
        if run.policy.regression != Regression::Sticky {
            return held.completed_at.is_some();
        }
        let as_is = RunPolicy { regression: Regression::Revocable, ..run.policy.clone() };
        let verdict = self.verdict(run, by, &as_is, window, evidence);
        verdict.is_some_and(|verdict| verdict.completed_at.is_some())
    }
}

impl Standing {
    /// Of a completion that is told just now; whether there is more to tell than that.
    fn first(completion: &Completion, now: Timestamp) -> (Self, bool) {
        let term = &completion.term;
        let is_plain =
            term.valid_from == completion.completed_at && term.expires_at.is_none() && completion.period == 1;
        (Self { award: completion.award(now), met: true, changes: u32::from(!is_plain) }, !is_plain)
    }

    /// What follows, and whether the world is told of it: that an award was taken back is told by itself.
    fn then(self, award: AwardState, met: impl FnOnce() -> bool) -> (Self, bool) {
        if award == AwardState::Revoked {
            return (Self { award, ..self }, false);
        }
        let met = met();
        let is_news = (award, met) != (self.award, self.met);
        (Self { award, met, changes: self.changes + u32::from(is_news) }, is_news)
    }
}
