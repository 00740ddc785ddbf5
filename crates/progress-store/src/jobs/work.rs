//! Rows of jobs, done.

use lp_domain::{RunKey, Timestamp};
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::{only, target};
use crate::admission::{Admission, Admitted, admit};
use crate::audit::{self, By, Change};
use crate::catalogue::Catalogue;
use crate::claims::ClaimKey;
use crate::enrolments::{Answer, Refusal, Wish};
use crate::learners::parse_learner;
use crate::people::Named;
use crate::{Outcome, StoreError};

/// What was done for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worked {
    /// Which job.
    pub job_id: Uuid,
    /// How many rows.
    pub rows: u32,
    /// Whether that was all of it.
    pub ended: bool,
    /// What it did.
    pub outcome: Outcome,
}

/// Does up to `limit` rows of the job that has waited longest since its last turn, in the caller's transaction: what is
/// committed is done, what is not is done by whoever comes next. `None` when no job waits that nobody else is just at. Several may
/// do this at once.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn work_on_a_job(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    key: Option<&ClaimKey>,
    limit: u32,
    now: Timestamp,
) -> Result<Option<Worked>, StoreError> {
    let job = sqlx::query!(
        "SELECT job_id, dry_run, actor, request_id, reason, total_rows, done_rows FROM jobs
         WHERE state IN ('waiting', 'running') ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(job) = job else { return Ok(None) };
    let last = job.done_rows.saturating_add_unsigned(limit).min(job.total_rows);
    let rows = rows(conn, job.job_id, job.done_rows, last, key).await?;
    let by = By { actor: &job.actor, request_id: job.request_id, reason: job.reason.as_deref() };
    let (numbers, asked): (Vec<i32>, Vec<Option<Admission>>) = rows.into_iter().unzip();
    let known: Vec<Admission> = asked.iter().flatten().cloned().collect();
    let mut inner = conn.begin().await?;
    let (admitted, outcome) = admit(&mut inner, catalogue, &by, &known, now).await?;
    if job.dry_run {
        inner.rollback().await?;
    } else {
        inner.commit().await?;
    }
    let mut admitted = admitted.into_iter();
    let mut done = Done::default();
    for (number, asked) in numbers.into_iter().zip(asked) {
        let nobody = Admitted::Refused(Refusal::UnknownLearner);
        let became = if asked.is_some() { admitted.next().unwrap_or(nobody) } else { nobody };
        done.push(number, asked.map(|asked| asked.wish), &became, job.dry_run);
    }
    done.write(conn, job.job_id).await?;
    let ended = last == job.total_rows;
    sqlx::query!(
        "UPDATE jobs SET done_rows = $2, state = CASE WHEN $3 THEN 'done' ELSE 'running' END, turn_at = clock_timestamp(),
             ended_at = CASE WHEN $3 THEN clock_timestamp() END
         WHERE job_id = $1",
        job.job_id,
        last,
        ended,
    )
    .execute(conn)
    .await?;
    let rows = last.abs_diff(job.done_rows);
    Ok(Some(Worked { job_id: job.job_id, rows, ended, outcome }))
}

/// Puts the job that has waited longest behind the others, after working on it failed: so that it holds up none of them.
///
/// # Errors
/// When the database refuses.
pub async fn postpone_job(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE jobs SET turn_at = clock_timestamp() WHERE job_id = (
             SELECT job_id FROM jobs WHERE state IN ('waiting', 'running') ORDER BY turn_at LIMIT 1 FOR UPDATE SKIP LOCKED
         )",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a job that concerns these organisations only; the rows done by then stay done, and what the people of the others are
/// known by is forgotten. Says whether there is such a job; one that has ended stays as it is.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_job(
    conn: &mut PgConnection,
    by: &By<'_>,
    orgs: Option<&[String]>,
    job_id: Uuid,
) -> Result<bool, StoreError> {
    let job = sqlx::query!(
        "SELECT state, orgs FROM jobs WHERE job_id = $2 AND ($1::text[] IS NULL OR orgs <@ $1) FOR UPDATE",
        orgs,
        job_id,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(job) = job else { return Ok(false) };
    if !matches!(job.state.as_str(), "waiting" | "running") {
        return Ok(true);
    }
    sqlx::query!(
        "UPDATE jobs SET state = 'cancelled', ended_at = clock_timestamp() WHERE job_id = $1",
        job_id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE job_rows SET username = NULL, email = NULL, external_key = NULL WHERE job_id = $1 AND outcome IS NULL",
        job_id,
    )
    .execute(&mut *conn)
    .await?;
    let org = only(&job.orgs);
    let change = Change { action: "job.cancelled", target: &target(job_id), org, before: None, after: None };
    audit::record(conn, by, change).await?;
    Ok(true)
}

/// The rows after `done`, up to `last`, that are to be done; nothing where a person cannot be known.
async fn rows(
    conn: &mut PgConnection,
    job_id: Uuid,
    done: i32,
    last: i32,
    key: Option<&ClaimKey>,
) -> Result<Vec<(i32, Option<Admission>)>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT row_number, run_key AS "run_key!", action AS "action!", user_id, username, email, external_key
           FROM job_rows WHERE job_id = $1 AND row_number > $2 AND row_number <= $3 AND outcome IS NULL
           ORDER BY row_number"#,
        job_id,
        done,
        last,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let run = RunKey::parse(&row.run_key).map_err(StoreError::corrupt("a run key"))?;
            let wish =
                Wish::from_word(&row.action).ok_or_else(|| StoreError::corrupt("an action")(row.action))?;
            let named = match (row.user_id, row.username, row.email, row.external_key) {
                (Some(id), ..) => Some(Named::UserId(parse_learner(id)?)),
                (_, Some(name), ..) => Some(Named::Username(name)),
                (_, _, Some(address), _) => Some(Named::Email(address)),
                (.., text) => text.map(Named::ExternalKey),
            };
            let who = named.and_then(|named| named.who(key));
            Ok((row.row_number, who.map(|who| Admission { run, who, wish })))
        })
        .collect()
}

/// What became of rows, as columns.
#[derive(Default)]
struct Done {
    numbers: Vec<i32>,
    outcomes: Vec<String>,
    details: Vec<Option<String>>,
    learners: Vec<Option<i64>>,
    invitations: Vec<Option<Uuid>>,
}

impl Done {
    fn push(&mut self, number: i32, wish: Option<Wish>, became: &Admitted, dry_run: bool) {
        let refused = |refusal: &Refusal| (refusal.word(), Some(refusal.to_string()));
        let (mut learner, mut invitation) = (None, None);
        let (outcome, detail) = match became {
            Admitted::Learner(who, answer) => {
                learner = Some(who.get());
                match answer {
                    Answer::Changed(_) => (wish.map_or("enrolled", done_word), None),
                    Answer::Unchanged(enrolment) => ("unchanged", Some(enrolment.state.word().to_owned())),
                    Answer::Refused(refusal) => refused(refusal),
                }
            }
            Admitted::Invited(id, new) => {
                invitation = Some(*id).filter(|_| !dry_run || !*new);
                if *new { ("invited", None) } else { ("unchanged", Some("invited".to_owned())) }
            }
            Admitted::Uninvited(id) => {
                invitation = Some(*id);
                ("withdrawn", None)
            }
            Admitted::Refused(refusal) => refused(refusal),
        };
        self.numbers.push(number);
        self.outcomes.push(outcome.to_owned());
        self.details.push(detail);
        self.learners.push(learner);
        self.invitations.push(invitation);
    }

    /// Keeps what became of them, and forgets what the people are known by.
    async fn write(&self, conn: &mut PgConnection, job_id: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE job_rows r SET outcome = n.outcome, detail = n.detail, learner_id = n.learner_id,
                 invitation_id = n.invitation_id, username = NULL, email = NULL, external_key = NULL
             FROM unnest($2::integer[], $3::text[], $4::text[], $5::bigint[], $6::uuid[])
                  AS n (row_number, outcome, detail, learner_id, invitation_id)
             WHERE r.job_id = $1 AND r.row_number = n.row_number AND r.row_number BETWEEN $7 AND $8",
            job_id,
            &self.numbers,
            &self.outcomes,
            &self.details as &[Option<String>],
            &self.learners as &[Option<i64>],
            &self.invitations as &[Option<Uuid>],
            // As is known anyhow; the planner then reads no other rows of a table that it has no statistics of.
            self.numbers.first(),
            self.numbers.last(),
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// What became of a wish that was granted.
fn done_word(wish: Wish) -> &'static str {
    match wish {
        Wish::Enrol(_) | Wish::EnrolOneself(_) => "enrolled",
        Wish::Suspend => "suspended",
        Wish::Resume => "resumed",
        Wish::Withdraw => "withdrawn",
        Wish::End => "ended",
    }
}
