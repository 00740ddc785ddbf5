//! Learners enrolled in the courses of their runs, at the LMS.
//!
//! The LMS counts the calls of all replicas together, so one of them makes all: whichever holds a session's advisory lock. Calls are made
//! outside of any transaction; what the LMS said is kept afterwards. Whoever dies in between leaves pairs that are asked again,
//! which does no harm: the client looks before it enrols, and bulk enrolment passes over whoever is in.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use lp_domain::{LearnerId, Timestamp};
use lp_lms_client::{BULK_PAIRS_MAX, BulkOutcome, CourseOutcome, Lms, LmsError, Refusal};
use lp_progress_store::StoreError;
use lp_progress_store::jobs::{Said, Wanted, WantedLearner, next_course, said};
use opaque_keys::CourseKey;
use sqlx::{PgConnection, PgPool};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::http::now;

/// The advisory lock of whoever calls the LMS.
const LOCK: i64 = 0x6c70_636f_7572_7365;
/// How often is looked for something to do, and for the lock.
const IDLE: Duration = Duration::from_millis(500);
/// How long a site without bulk enrolment is taken to have none.
const NO_BULK: Duration = Duration::from_mins(15);
/// How long nothing is asked after a failure of which nobody says when it is over; doubled by each in a row.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest of these.
const PAUSE_MAX: Duration = Duration::from_mins(5);
/// How often a learner's enrolment may fail by itself.
const FAILURES_MAX: u32 = 5;

/// Enrols learners until `cancel`, as soon as no other process does.
pub(crate) async fn run(pool: &PgPool, lms: Option<Lms>, cancel: &CancellationToken) {
    let Some(lms) = lms else { return };
    let mut enroller = Enroller { lms, no_bulk_until: None, pause: PAUSE };
    while !cancel.is_cancelled() {
        if let Some(Err(error)) = cancel.run_until_cancelled(enroller.lead(pool)).await {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, source, "learners were not enrolled in courses; tried again");
        }
        cancel.run_until_cancelled(sleep(IDLE)).await;
    }
}

struct Enroller {
    lms: Lms,
    no_bulk_until: Option<Instant>,
    pause: Duration,
}

impl Enroller {
    /// Waits for the lock, then works on that session until the database fails.
    async fn lead(&mut self, pool: &PgPool) -> Result<(), StoreError> {
        // The lock is the session's: the connection leaves the pool, and closing it gives the lock up.
        let mut conn = pool.acquire().await?.detach();
        let lock = || sqlx::query_scalar::<_, bool>("SELECT pg_try_advisory_lock($1)").bind(LOCK);
        while !lock().fetch_one(&mut conn).await? {
            sleep(IDLE).await;
        }
        let learners_max = i64::try_from(BULK_PAIRS_MAX).unwrap_or(i64::MAX);
        loop {
            let Some(wanted) = next_course(&mut conn, learners_max, now()?).await? else {
                sleep(IDLE).await;
                continue;
            };
            if let Some(wait) = self.enrol(&mut conn, &wanted).await? {
                sleep(wait).await;
            }
        }
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
            Err(error) => return Ok(Some(self.failed(&error))),
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
                    self.pause = PAUSE;
                    return Ok(None);
                }
                Err(LmsError::NoBulk) => self.no_bulk_until = Some(Instant::now() + NO_BULK),
                Err(error) => return Ok(Some(self.failed(&error))),
            }
        }
        for one in wanted.learners.iter().filter(|one| names.contains_key(&one.learner)) {
            match self.lms.enrol(&names[&one.learner], &course, None, &one.run_key).await {
                Ok(outcome) => {
                    let outcome = [(one.learner, Said::Outcome(word(outcome)))];
                    said(conn, wanted.job_id, &wanted.course, &outcome).await?;
                    self.pause = PAUSE;
                }
                Err(error @ LmsError::Unexpected { .. }) => {
                    // Of this learner, perhaps: the others do not wait for it.
                    let wait = self.failed(&error);
                    let later =
                        if one.failures + 1 < FAILURES_MAX { later(wait)? } else { Said::Outcome("failed") };
                    said(conn, wanted.job_id, &wanted.course, &[(one.learner, later)]).await?;
                }
                Err(error) => return Ok(Some(self.failed(&error))),
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

    /// How long to leave the LMS alone.
    fn failed(&mut self, error: &LmsError) -> Duration {
        let wait = error.retry_after().unwrap_or(self.pause);
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        if error.is_transient() {
            tracing::info!(%error, wait_ms = wait.as_millis(), "the LMS is asked again later");
        } else {
            tracing::error!(%error, wait_ms = wait.as_millis(), "the LMS does not enrol learners");
        }
        wait
    }
}

fn later(wait: Duration) -> Result<Said, StoreError> {
    let at = now()?.get() + TimeDelta::from_std(wait).unwrap_or_default();
    Ok(Said::Later(Timestamp::try_from(at).map_err(sqlx::Error::decode)?))
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
