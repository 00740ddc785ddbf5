//! Learners enrolled in the courses of their runs.
//!
//! What is asked again because nobody kept the answer does no harm: the client looks before it enrols, and bulk enrolment passes
//! over whoever is in.

use std::collections::HashMap;
use std::time::Duration;

use lp_domain::LearnerId;
use lp_lms_client::{BULK_PAIRS_MAX, BulkOutcome, CourseOutcome, Lms, LmsError, Refusal};
use lp_progress_store::StoreError;
use lp_progress_store::jobs::{Said, Wanted, WantedLearner, next_course, said};
use opaque_keys::CourseKey;
use sqlx::PgConnection;
use tokio::time::Instant;

use super::pause::{Pause, after};
use super::{FAILURES_MAX, Work};
use crate::http::now;

/// How long a site without bulk enrolment is taken to have none.
const NO_BULK: Duration = Duration::from_mins(15);

/// Enrols learners.
pub(super) struct Enroller {
    lms: Lms,
    no_bulk_until: Option<Instant>,
    pause: Pause,
}

impl Enroller {
    pub(super) fn new(lms: Lms) -> Self {
        Self { lms, no_bulk_until: None, pause: Pause::new() }
    }

    /// Enrols those who have waited longest for a course.
    pub(super) async fn work(&mut self, conn: &mut PgConnection) -> Result<Work, StoreError> {
        let learners_max = i64::try_from(BULK_PAIRS_MAX).unwrap_or(i64::MAX);
        let Some(wanted) = next_course(conn, learners_max, now()?).await? else { return Ok(Work::Nothing) };
        Ok(self.enrol(conn, &wanted).await?.map_or(Work::Some, Work::Wait))
    }

    /// Enrols these learners, and keeps what became of it; says how long to leave the LMS alone.
    async fn enrol(
        &mut self,
        conn: &mut PgConnection,
        wanted: &Wanted,
    ) -> Result<Option<Duration>, StoreError> {
        let Ok(course) = wanted.course.as_str().parse::<CourseKey>() else {
            let all = wanted.learners.iter().map(|one| (one.learner, Said::Outcome("unknown_course")));
            said(conn, wanted.job_id, &wanted.course, &all.collect::<Vec<_>>()).await?;
            return Ok(None);
        };
        let names = match self.names(&wanted.learners).await {
            Ok(names) => names,
            Err(error) => return Ok(Some(self.pause.failed(&error))),
        };
        let nameless = wanted.learners.iter().filter(|one| !names.contains_key(&one.learner));
        let nameless: Vec<_> = nameless.map(|one| (one.learner, Said::Outcome("unknown_learner"))).collect();
        said(conn, wanted.job_id, &wanted.course, &nameless).await?;
        if names.is_empty() {
            return Ok(None);
        }
        if self.no_bulk_until.is_none_or(|until| until <= Instant::now()) {
            match self.in_bulk(&course, &names).await {
                Ok(outcomes) => {
                    said(conn, wanted.job_id, &wanted.course, &outcomes).await?;
                    self.pause.answered();
                    return Ok(None);
                }
                Err(LmsError::NoBulk) => self.no_bulk_until = Some(Instant::now() + NO_BULK),
                Err(error) => return Ok(Some(self.pause.failed(&error))),
            }
        }
        for one in wanted.learners.iter().filter(|one| names.contains_key(&one.learner)) {
            match self.lms.enrol(&names[&one.learner], &course, None, &one.run_key).await {
                Ok(outcome) => {
                    let outcome = [(one.learner, Said::Outcome(word(outcome)))];
                    said(conn, wanted.job_id, &wanted.course, &outcome).await?;
                    self.pause.answered();
                }
                Err(error @ LmsError::Unexpected { .. }) => {
                    // Of this learner, perhaps: the others do not wait for it.
                    let wait = self.pause.failed(&error);
                    let later = if one.failures + 1 < FAILURES_MAX {
                        Said::Later(after(wait)?)
                    } else {
                        Said::Outcome("failed")
                    };
                    said(conn, wanted.job_id, &wanted.course, &[(one.learner, later)]).await?;
                }
                Err(error) => return Ok(Some(self.pause.failed(&error))),
            }
        }
        Ok(None)
    }

    /// Usernames: those that events have told, and what the LMS says of the others.
    async fn names(&self, learners: &[WantedLearner]) -> Result<HashMap<LearnerId, String>, LmsError> {
        let unnamed: Vec<LearnerId> =
            learners.iter().filter(|one| one.username.is_none()).map(|one| one.learner).collect();
        let mut names = self.lms.usernames_by_id(&unnamed).await?;
        names.extend(learners.iter().filter_map(|one| Some((one.learner, one.username.clone()?))));
        Ok(names)
    }

    async fn in_bulk(
        &self,
        course: &CourseKey,
        names: &HashMap<LearnerId, String>,
    ) -> Result<Vec<(LearnerId, Said)>, LmsError> {
        let learners: Vec<(&LearnerId, &str)> = names.iter().map(|(id, name)| (id, name.as_str())).collect();
        let identifiers: Vec<&str> = learners.iter().map(|(_, name)| *name).collect();
        let told = self.lms.bulk_enrol(std::slice::from_ref(course), &identifiers).await?;
        let outcomes = learners.iter().zip(told);
        Ok(outcomes.map(|((id, _), told)| (**id, Said::Outcome(bulk_word(told.outcome)))).collect())
    }
}

fn word(outcome: CourseOutcome) -> &'static str {
    match outcome {
        CourseOutcome::Enrolled => "enrolled",
        CourseOutcome::AlreadyEnrolled => "already_enrolled",
        CourseOutcome::Closed => "closed",
        CourseOutcome::InvitationOnly => "invitation_only",
        CourseOutcome::FullOrRefused => "full_or_refused",
        CourseOutcome::ModeNotOffered => "mode_not_offered",
        CourseOutcome::UnknownLearner => "unknown_learner",
        CourseOutcome::UnknownCourse => "unknown_course",
        CourseOutcome::Refused(Refusal::Filter) => "refused",
        CourseOutcome::Refused(Refusal::Embargo) => "embargoed",
    }
}

fn bulk_word(outcome: BulkOutcome) -> &'static str {
    match outcome {
        BulkOutcome::Enrolled => "enrolled",
        BulkOutcome::AlreadyEnrolled => "already_enrolled",
        BulkOutcome::Invited => "invited",
        BulkOutcome::UnknownLearner => "unknown_learner",
        BulkOutcome::Failed => "failed",
    }
}
