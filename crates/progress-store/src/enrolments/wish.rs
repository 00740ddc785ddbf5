//! What somebody wants of an enrolment, and whether it can be had.

use lp_domain::{Again, Change, Enrolment, EnrolmentState, ReEnrolment, Shut, Timestamp, timing};

use crate::catalogue::Run;

/// What somebody wants of a learner's enrolment in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// That the learner is in, by whoever manages the run.
    Enrol(Again),
    /// That the learner is in, by the learner: only where the path is open to everybody.
    EnrolOneself(Again),
    /// That the learner is kept out for a while.
    Suspend,
    /// That a suspended learner is let in again.
    Resume,
    /// That the learner is out.
    Withdraw,
    /// That it is over for the learner, as the run is.
    End,
}

impl Wish {
    /// Those that a row of a job may have.
    const OF_ROWS: [Self; 5] = [
        Self::Enrol(Again::Resumed),
        Self::Enrol(Again::Afresh),
        Self::Suspend,
        Self::Resume,
        Self::Withdraw,
    ];

    /// Its word, in rows of jobs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Enrol(Again::Resumed) | Self::EnrolOneself(Again::Resumed) => "enrol",
            Self::Enrol(Again::Afresh) | Self::EnrolOneself(Again::Afresh) => "enrol_afresh",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::End => "end",
        }
    }

    /// What a row of a job asks for by this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::OF_ROWS.into_iter().find(|wish| wish.word() == word)
    }
}

/// Why it cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// No run of this key has anything published; or, to a learner, its path is private.
    #[error("there is no such run")]
    UnknownRun,
    /// The run or its path is archived, hence open to nobody new.
    #[error("the run is archived")]
    Archived,
    /// The run has closed: what is done now would not count.
    #[error("the run has closed")]
    Closed,
    /// Learners cannot enrol themselves yet.
    #[error("enrolment has not opened yet")]
    NotOpenYet,
    /// Learners can no longer enrol themselves.
    #[error("enrolment is over")]
    EnrolmentOver,
    /// Learners do not enrol themselves in this path.
    #[error("the path is open to invited learners only")]
    InviteOnly,
    /// The learner is not in this run.
    #[error("the learner is not enrolled in this run")]
    NotEnrolled,
    /// The learner has left this run, so there is nothing to suspend or to resume.
    #[error("the learner has left this run")]
    HasLeft,
    /// The run's policy does not have them enrolled again, or not in another attempt.
    #[error("the run does not take the learner again like this")]
    NotAgain,
    /// Nobody is known by this.
    #[error("nobody is known by this")]
    UnknownLearner,
    /// The learner's account was merged into another; name that one.
    #[error("the account was merged into another")]
    Merged,
    /// Several are known by this; name the one by their LMS user id.
    #[error("several learners are known by this")]
    Ambiguous,
}

impl Refusal {
    /// Its word, for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::UnknownRun => "unknown_run",
            Self::Archived => "archived",
            Self::Closed => "closed",
            Self::NotOpenYet => "not_open_yet",
            Self::EnrolmentOver => "enrolment_over",
            Self::InviteOnly => "invite_only",
            Self::NotEnrolled => "not_enrolled",
            Self::HasLeft => "has_left",
            Self::NotAgain => "not_again",
            Self::UnknownLearner => "unknown_learner",
            Self::Merged => "merged",
            Self::Ambiguous => "ambiguous",
        }
    }
}

/// The change that grants a wish; none when it is granted already.
pub(super) fn change(
    run: &Run,
    before: Option<&Enrolment>,
    wish: Wish,
    at: Timestamp,
) -> Result<Option<Change>, Refusal> {
    use EnrolmentState::{Active, Ended, Pending, Suspended, Withdrawn};
    let state = before.map(|before| before.state);
    match (wish, state) {
        // It is so. Nobody lifts their own suspension, nor another's by enrolling them again.
        (Wish::Enrol(_) | Wish::EnrolOneself(_), Some(Active | Suspended))
        | (Wish::Suspend, Some(Suspended))
        | (Wish::Resume, Some(Active))
        | (Wish::Withdraw | Wish::End, Some(Withdrawn | Ended)) => Ok(None),
        (Wish::Enrol(again), _) => enrol(run, state, again, at),
        (Wish::EnrolOneself(again), _) => {
            if run.is_private {
                return Err(Refusal::UnknownRun);
            }
            if run.invite_only {
                return Err(Refusal::InviteOnly);
            }
            let change = enrol(run, state, again, at)?;
            timing::is_open_for_enrolment(&run.schedule, at).map_err(|shut| match shut {
                Shut::NotYet { .. } => Refusal::NotOpenYet,
                Shut::Over { .. } => Refusal::EnrolmentOver,
            })?;
            Ok(change)
        }
        (_, None) | (Wish::Suspend | Wish::Resume, Some(Pending)) => Err(Refusal::NotEnrolled),
        (Wish::Suspend, Some(Active)) => Ok(Some(Change::Suspend)),
        (Wish::Resume, Some(Suspended)) => Ok(Some(Change::Resume)),
        (Wish::Withdraw, Some(_)) => Ok(Some(Change::Withdraw)),
        (Wish::End, Some(_)) => Ok(Some(Change::End)),
        (Wish::Suspend | Wish::Resume, Some(Withdrawn | Ended)) => Err(Refusal::HasLeft),
    }
}

/// Whoever manages a run enrols before and after the dates for learners; nobody does once it has closed.
pub(crate) fn takes_somebody(run: &Run, at: Timestamp) -> Result<(), Refusal> {
    if run.archived {
        return Err(Refusal::Archived);
    }
    if run.closes_at.is_some_and(|closes| closes <= at) {
        return Err(Refusal::Closed);
    }
    Ok(())
}

fn enrol(
    run: &Run,
    state: Option<EnrolmentState>,
    again: Again,
    at: Timestamp,
) -> Result<Option<Change>, Refusal> {
    takes_somebody(run, at)?;
    if matches!(state, None | Some(EnrolmentState::Pending)) {
        return Ok(Some(Change::Enrol));
    }
    Ok(Some(match (run.policy.re_enrolment, again) {
        (ReEnrolment::Refused, _) | (ReEnrolment::Resumed, Again::Afresh) => {
            return Err(Refusal::NotAgain);
        }
        (ReEnrolment::Resumed, _) | (ReEnrolment::AsAsked, Again::Resumed) => Change::ReEnrol,
        (ReEnrolment::Afresh, _) | (ReEnrolment::AsAsked, Again::Afresh) => Change::ReEnrolAfresh,
    }))
}
