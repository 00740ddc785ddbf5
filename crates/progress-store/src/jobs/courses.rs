//! Learners of jobs in the courses of their runs: what is asked of the LMS, and what became of it.

use lp_domain::{ContextKey, Enrolment, EnrolmentState, LearnerId, Timestamp};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::CANCELLED;
use super::read::Outcomes;
use crate::admission::Admitted;
use crate::catalogue::Catalogue;
use crate::enrolments::Answer;
use crate::learners::parse_learner;
use crate::{Admission, StoreError};

/// One course that learners of a job are to be enrolled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which job.
    pub job_id: Uuid,
    /// Which course run.
    pub course: ContextKey,
    /// Who, each with the run that they are in.
    pub learners: Vec<WantedLearner>,
}

/// A learner who is to be enrolled in a course.
#[derive(Clone, PartialEq, Eq)]
pub struct WantedLearner {
    /// LMS user id.
    pub learner: LearnerId,
    /// Username at the LMS, where an event has told it.
    pub username: Option<String>,
    /// The run because of which.
    pub run_key: String,
    /// How often it failed.
    pub failures: u32,
}

/// Without the name.
impl std::fmt::Debug for WantedLearner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { learner, run_key, failures, username: _ } = self;
        let mut shown = f.debug_struct("WantedLearner");
        shown
            .field("learner", learner)
            .field("run_key", run_key)
            .field("failures", failures)
            .finish_non_exhaustive()
    }
}

/// What the LMS said of a learner in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// What became of it, as a word for programs.
    Outcome(&'static str),
    /// Nothing of use: it is asked again then.
    Later(Timestamp),
}

/// How far the courses of a job are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CourseProgress {
    /// Pairs of learner and course.
    pub total: i64,
    /// Those of which the LMS has said what became.
    pub done: i64,
    /// Of these, how many had each outcome.
    pub outcomes: Outcomes,
}

/// Wants the courses of whoever is in a run by this: those that its requirement names, in the revision by which they are judged.
pub(super) async fn want(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    job_id: Uuid,
    admitted: &[(&Admission, &Admitted)],
) -> Result<(), StoreError> {
    let (mut learners, mut contexts, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    for (admission, became) in admitted {
        let Admitted::Learner(learner, Answer::Changed(enrolment) | Answer::Unchanged(enrolment)) = became
        else {
            continue;
        };
        for course in courses(catalogue, admission, enrolment) {
            learners.push(learner.get());
            contexts.push(course.to_string());
            runs.push(admission.run.to_string());
        }
    }
    sqlx::query!(
        "INSERT INTO course_enrolments (learner_id, job_id, context_key, run_key)
         SELECT learner_id, $1, context_key, run_key
         FROM unnest($2::bigint[], $3::text[], $4::text[]) AS n (learner_id, context_key, run_key)
         ON CONFLICT (learner_id, job_id, context_key) DO NOTHING",
        job_id,
        &learners,
        &contexts,
        &runs,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The course runs that somebody needs who is enrolled so; none who is not active.
fn courses(catalogue: &Catalogue, admission: &Admission, enrolment: &Enrolment) -> Vec<ContextKey> {
    let run = catalogue.run_by_key(&admission.run).filter(|_| enrolment.state == EnrolmentState::Active);
    let definition = run.and_then(|run| run.definition(run.revision_for(enrolment.revision)));
    let Some(definition) = definition else { return Vec::new() };
    let required = definition.required();
    let needed = definition.items.iter().filter(|item| required.contains(&item.id));
    needed.map(|item| item.key.clone()).filter(|key| key.course_run().is_some()).collect()
}

/// The course that has waited longest, with up to `limit` learners who wait for it in the same job.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn next_course(
    conn: &mut PgConnection,
    limit: i64,
    now: Timestamp,
) -> Result<Option<Wanted>, StoreError> {
    let first = sqlx::query!(
        "SELECT c.job_id, c.context_key FROM course_enrolments c JOIN jobs j USING (job_id)
         WHERE c.outcome IS NULL AND c.look_at <= $1 AND j.state IN ('waiting', 'running')
         ORDER BY c.look_at LIMIT 1",
        now.get(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(first) = first else { return Ok(None) };
    let rows = sqlx::query!(
        r#"SELECT c.learner_id, c.run_key, c.failures, p.username AS "username?"
           FROM course_enrolments c LEFT JOIN learner_profiles p USING (learner_id)
           WHERE c.job_id = $1 AND c.context_key = $2 AND c.outcome IS NULL AND c.look_at <= $3
           ORDER BY c.learner_id LIMIT $4"#,
        first.job_id,
        first.context_key,
        now.get(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let learners = rows.into_iter().map(|row| {
        let (username, failures) =
            (row.username.filter(|name| !name.is_empty()), row.failures.unsigned_abs());
        Ok(WantedLearner {
            learner: parse_learner(row.learner_id)?,
            username,
            run_key: row.run_key,
            failures,
        })
    });
    let course = ContextKey::parse(&first.context_key).map_err(StoreError::corrupt("a context's key"))?;
    Ok(Some(Wanted { job_id: first.job_id, course, learners: learners.collect::<Result<_, StoreError>>()? }))
}

/// Keeps what the LMS said, and ends the job when that was all of it.
///
/// # Errors
/// When the database refuses.
pub async fn said(
    conn: &mut PgConnection,
    job_id: Uuid,
    course: &ContextKey,
    said: &[(LearnerId, Said)],
) -> Result<(), StoreError> {
    if said.is_empty() {
        return Ok(());
    }
    let learners: Vec<i64> = said.iter().map(|(learner, _)| learner.get()).collect();
    let outcomes: Vec<Option<String>> = said
        .iter()
        .map(|(_, said)| if let Said::Outcome(word) = said { Some((*word).to_owned()) } else { None })
        .collect();
    let mut tx = conn.begin().await?;
    let laters: Vec<Option<chrono::DateTime<chrono::Utc>>> =
        said.iter().map(|(_, said)| if let Said::Later(at) = said { Some(at.get()) } else { None }).collect();
    sqlx::query!(
        "UPDATE course_enrolments c
         SET outcome = n.outcome, look_at = coalesce(n.look_at, c.look_at),
             failures = c.failures + (n.outcome IS NULL)::integer
         FROM unnest($3::bigint[], $4::text[], $5::timestamptz[]) AS n (learner_id, outcome, look_at)
         WHERE c.job_id = $1 AND c.context_key = $2 AND c.learner_id = n.learner_id AND c.outcome IS NULL",
        job_id,
        course.as_str(),
        &learners,
        &outcomes as &[Option<String>],
        &laters as &[Option<chrono::DateTime<chrono::Utc>>],
    )
    .execute(&mut *tx)
    .await?;
    end_if_done(&mut tx, job_id).await?;
    Ok(tx.commit().await?)
}

/// Ends a job of which nothing more is to be done.
pub(super) async fn end_if_done(conn: &mut PgConnection, job_id: Uuid) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE jobs SET state = 'done', ended_at = clock_timestamp()
         WHERE job_id = $1 AND state = 'running' AND done_rows = total_rows
             AND NOT EXISTS (SELECT FROM course_enrolments WHERE job_id = $1 AND outcome IS NULL)",
        job_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Asks the LMS for nothing more of a job.
pub(super) async fn cancel(conn: &mut PgConnection, job_id: Uuid) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE course_enrolments SET outcome = $2 WHERE job_id = $1 AND outcome IS NULL",
        job_id,
        CANCELLED,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How far the courses of a job are.
///
/// # Errors
/// When the database refuses.
pub async fn course_progress(conn: &mut PgConnection, job_id: Uuid) -> Result<CourseProgress, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT outcome, count(*) AS "pairs!" FROM course_enrolments WHERE job_id = $1 GROUP BY outcome ORDER BY outcome"#,
        job_id,
    )
    .fetch_all(conn)
    .await?;
    let mut progress = CourseProgress::default();
    for row in rows {
        progress.total += row.pairs;
        if let Some(outcome) = row.outcome {
            progress.done += row.pairs;
            progress.outcomes.push((outcome, row.pairs));
        }
    }
    Ok(progress)
}

/// One learner in one course, as the LMS said or has yet to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobCourse {
    /// LMS user id.
    pub learner_id: i64,
    /// The course run.
    pub context_key: String,
    /// The run because of which.
    pub run_key: String,
    /// What became of it; nothing as long as it waits.
    pub outcome: Option<String>,
}

/// Up to `limit` learners and courses of a job after these, of one outcome or of all, by learner and course.
///
/// # Errors
/// When the database refuses.
pub async fn job_courses(
    conn: &mut PgConnection,
    job_id: Uuid,
    outcome: Option<&str>,
    after: &(i64, String),
    limit: i64,
) -> Result<Vec<JobCourse>, StoreError> {
    let rows = sqlx::query_as!(
        JobCourse,
        "SELECT learner_id, context_key, run_key, outcome FROM course_enrolments
         WHERE job_id = $1 AND ($2::text IS NULL OR outcome = $2) AND (learner_id, context_key) > ($3, $4)
         ORDER BY learner_id, context_key LIMIT $5",
        job_id,
        outcome,
        after.0,
        after.1,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
