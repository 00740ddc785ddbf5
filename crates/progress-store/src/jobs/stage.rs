//! A job and its rows, taken in.

use std::collections::BTreeSet;

use lp_domain::RunKey;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{INVALID, RECORD, only, target};
use crate::StoreError;
use crate::audit::{self, By, Change};
use crate::enrolments::Wish;
use crate::people::Named;
use crate::recorded::NewFact;

/// How much is sent to Postgres at once, in bytes.
const CHUNK: usize = 256 << 10;

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Its id.
    pub job_id: Uuid,
    /// Whether only to say what would become of each row.
    pub dry_run: bool,
    /// Whether whoever is in a run by it is to be enrolled in the run's courses too.
    pub into_courses: bool,
    /// Its rows; their numbers are their places here, from 1.
    pub rows: Vec<Result<NewRow, String>>,
}

/// One row: what is to be done for a person, by one thing that they are known by. A row that cannot be read is kept with the
/// reason.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// Who; kept until the row is done.
    pub who: Named,
    /// What.
    pub task: Task,
}

/// What is to be done for a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// A change of their enrolment.
    Enrolment {
        /// In which run.
        run: RunKey,
        /// What is asked.
        wish: Wish,
    },
    /// A fact to be recorded.
    Fact(NewFact),
}

impl Task {
    /// The organisation that it concerns, if any.
    fn org(&self) -> Option<String> {
        match self {
            Self::Enrolment { run, .. } => Some(run.org().to_owned()),
            Self::Fact(fact) => fact.context_key.org(),
        }
    }
}

impl NewJob {
    /// The organisations that it concerns; `None` among them for what belongs to none.
    #[must_use]
    pub fn orgs(&self) -> BTreeSet<Option<String>> {
        self.rows.iter().flatten().map(|row| row.task.org()).collect()
    }
}

/// Takes a job in: its rows by `COPY`, in the caller's transaction.
///
/// # Errors
/// When the database refuses.
pub async fn create_job(conn: &mut PgConnection, by: &By<'_>, job: &NewJob) -> Result<(), StoreError> {
    // What belongs to no organisation is nobody's but the platform's.
    let orgs: Vec<String> = job.orgs().into_iter().map(Option::unwrap_or_default).collect();
    let rows = i32::try_from(job.rows.len()).map_err(StoreError::corrupt("a number of rows"))?;
    sqlx::query!(
        "INSERT INTO jobs (job_id, dry_run, actor, request_id, reason, orgs, total_rows, into_courses)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        job.job_id,
        job.dry_run,
        by.actor,
        by.request_id,
        by.reason,
        &orgs,
        rows,
        job.into_courses,
    )
    .execute(&mut *conn)
    .await?;
    let mut copy = conn
        .copy_in_raw(
            "COPY job_rows (job_id, row_number, run_key, action, user_id, username, email, external_key, fact, outcome, detail)
             FROM STDIN WITH (FORMAT csv)",
        )
        .await?;
    let mut lines = csv::Writer::from_writer(Vec::with_capacity(CHUNK));
    for (number, row) in (1_u32..).zip(&job.rows) {
        line(&mut lines, job.job_id, number, row)?;
        if lines.get_ref().len() >= CHUNK {
            copy.send(
                std::mem::replace(&mut lines, csv::Writer::from_writer(Vec::new()))
                    .into_inner()
                    .unwrap_or_default(),
            )
            .await?;
        }
    }
    copy.send(lines.into_inner().unwrap_or_default()).await?;
    copy.finish().await?;
    let after = Some(json!({ "rows": rows, "dry_run": job.dry_run, "orgs": orgs }));
    let change =
        Change { action: "job.created", target: &target(job.job_id), org: only(&orgs), before: None, after };
    Ok(audit::record(conn, by, change).await?)
}

/// A row as COPY reads it: what is not there is an empty cell without quotes, which is NULL.
fn line(
    lines: &mut csv::Writer<Vec<u8>>,
    job_id: Uuid,
    number: u32,
    row: &Result<NewRow, String>,
) -> Result<(), StoreError> {
    let (job_id, number) = (job_id.to_string(), number.to_string());
    let (mut id, mut username, mut email, mut key, mut fact) = (String::new(), "", "", "", String::new());
    let (run, action, outcome, detail) = match row {
        Err(why) => ("", "", INVALID, why.as_str()),
        Ok(row) => {
            match &row.who {
                Named::UserId(user) => id = user.to_string(),
                Named::Username(text) => username = text,
                Named::Email(text) => email = text,
                Named::ExternalKey(text) => key = text,
            }
            match &row.task {
                Task::Enrolment { run, wish } => (run.as_str(), wish.word(), "", ""),
                Task::Fact(new) => {
                    fact = serde_json::to_string(new).map_err(StoreError::corrupt("a fact"))?;
                    ("", RECORD, "", "")
                }
            }
        }
    };
    lines
        .write_record([&*job_id, &*number, run, action, &*id, username, email, key, &*fact, outcome, detail])
        .map_err(StoreError::corrupt("a row"))
}
