//! `POST /api/v1/credential-jobs`.

use std::collections::{BTreeSet, HashMap};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use chrono::Utc;
use lp_domain::{LearnerId, Ratio, RunKey, Timestamp};
use lp_http::conditional::{idempotency_key, other_request};
use lp_http::problem::{Kind, Place};
use lp_http::{Json, Permission, Problem, Query, Target};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Action, JobBody};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals, gift, reason};
use crate::http::credentials::Status;
use crate::http::state::CredentialsState;
use crate::store::issuing::audit::By;
use crate::store::jobs::{Job, NewJob, NewRows, Staged, create_job as stage, get_job, orgs_of};

/// The most credentials or rows that a request names.
const MAX_ROWS: usize = 10_000;
/// How many credentials a refusal names.
const NAMED: usize = 5;

/// What is to be done, for which reason, to what or whom: exactly one of `credential_ids`, `run_key` and `rows`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCredentialJob)]
pub(crate) struct NewJobBody {
    /// What is to be done.
    action: Action,
    /// Why, for the audit log; the reason of a revocation is shown to everybody. No names of learners.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Whether only to say what would become of each row.
    #[serde(default)]
    dry_run: bool,
    /// These credentials, all of one organisation; not with `issue`.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    credential_ids: Option<Vec<Uuid>>,
    /// All credentials of this run that are there now. With `issue` the run of `rows` that name none.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<RunKey>,
    /// Of the run's credentials those that stand so only.
    #[serde(default)]
    status: Option<Status>,
    /// Who is to be given what, with `issue`: runs of one organisation.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    rows: Option<Vec<NewAward>>,
}

/// An award by hand. What the learner is called is known from events, or given one by one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAward {
    /// LMS user id.
    #[schema(value_type = i64, minimum = 1)]
    learner_id: LearnerId,
    /// The path run; the request's when not given.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<RunKey>,
    /// The revision of the run that it is as good as, from 1.
    #[schema(minimum = 1)]
    revision: u32,
    /// As of when; now when not given, and never in the future.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    awarded_at: Option<Timestamp>,
    /// 0 to 1, if there is one.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    grade: Option<Ratio>,
}

fn unprocessable(detail: impl Into<String>) -> Problem {
    Problem::new(Kind::Unprocessable).with_detail(detail)
}

/// The organisation that all are of.
fn only(orgs: BTreeSet<String>) -> Result<String, Problem> {
    let mut orgs = orgs.into_iter();
    match (orgs.next(), orgs.next()) {
        (Some(org), None) => Ok(org),
        (None, _) => Err(unprocessable("it names nothing to be done")),
        _ => Err(unprocessable("it concerns more than one organisation: send a job for each")),
    }
}

/// What a job is about, if its caller may do it.
async fn wanted(
    state: &CredentialsState,
    asked: &Asked,
    body: &NewJobBody,
) -> Result<(String, NewRows), Problem> {
    let permission = Permission::ManageCredentials;
    let reach = asked.caller.reach(permission).await?.orgs();
    match (body.action, &body.credential_ids, &body.run_key, &body.rows) {
        (Action::Issue, None, default, Some(rows)) if body.status.is_none() => {
            let (orgs, gifts) = gifts(rows, default.as_ref())?;
            for org in &orgs {
                asked.caller.require(permission, Target::Org(org)).await?;
            }
            Ok((only(orgs)?, NewRows::Gifts(gifts)))
        }
        (Action::Issue, ..) => Err(unprocessable("`issue` goes with `rows`, and perhaps with `run_key`")),
        (_, Some(ids), None, None) if body.status.is_none() => {
            bounded(ids.len())?;
            let found = async { orgs_of(&mut *state.writers.acquire().await?, ids).await };
            let found: HashMap<Uuid, String> =
                found.await.map_err(|error| Problem::database(&error))?.into_iter().collect();
            let is_within = |id: &&Uuid| {
                found.get(*id).is_some_and(|org| reach.as_ref().is_none_or(|reach| reach.contains(org)))
            };
            // Who may not is told the same of none as of somebody else's.
            let beyond: Vec<String> =
                ids.iter().filter(|id| !is_within(id)).take(NAMED).map(Uuid::to_string).collect();
            if !beyond.is_empty() {
                let detail = format!("not there, or not yours to change: {}", beyond.join(", "));
                return Err(Problem::new(Kind::Forbidden).with_detail(detail));
            }
            Ok((only(found.into_values().collect())?, NewRows::Credentials(ids.clone())))
        }
        (_, None, Some(run), None) => {
            asked.caller.require(permission, Target::Org(run.org())).await?;
            let status = body.status.map(Into::into);
            Ok((run.org().to_owned(), NewRows::Run { run_key: run.to_string(), status }))
        }
        _ => {
            Err(unprocessable("it goes with one of `credential_ids` and `run_key`; `status` with the latter"))
        }
    }
}

fn bounded(rows: usize) -> Result<(), Problem> {
    if rows > MAX_ROWS { Err(unprocessable("it has more than 10,000 rows")) } else { Ok(()) }
}

/// The awards that rows ask for, and the organisations of their runs.
fn gifts(
    rows: &[NewAward],
    default: Option<&RunKey>,
) -> Result<(BTreeSet<String>, Vec<crate::store::by_hand::Gift>), Problem> {
    bounded(rows.len())?;
    let (mut orgs, mut gifts, mut wrong) = (BTreeSet::new(), Vec::with_capacity(rows.len()), Vec::new());
    let now = Utc::now();
    for (at, row) in rows.iter().enumerate() {
        let place = |place: &str| format!("/rows/{at}{place}");
        let Some(run) = row.run_key.as_ref().or(default) else {
            wrong.push(Place { pointer: place(""), detail: "it names no run".to_owned() });
            continue;
        };
        match gift(row.learner_id, run, row.revision, row.awarded_at, row.grade, now) {
            Ok(gift) => {
                orgs.insert(run.org().to_owned());
                gifts.push(gift);
            }
            Err(Place { pointer, detail }) => wrong.push(Place { pointer: place(&pointer), detail }),
        }
    }
    if wrong.is_empty() {
        Ok((orgs, gifts))
    } else {
        Err(Problem::new(Kind::Unprocessable).with_errors(wrong))
    }
}

struct Stage(NewJob);

impl Change for Stage {
    type Done = Job;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<Job, Problem> {
        let database = |error: sqlx::Error| Problem::database(&error);
        let job_id = match stage(conn, by, &self.0).await.map_err(database)? {
            Staged::Made(job_id) | Staged::Already(job_id) => job_id,
            Staged::OtherRequest => return Err(other_request()),
            Staged::Nothing => return Err(unprocessable("there is nothing to be done")),
        };
        let job = get_job(conn, None, job_id).await.map_err(database)?;
        job.ok_or_else(|| Problem::new(Kind::Internal))
    }
}

/// Takes in what is to be done to many credentials, one after the other: it answers at once, and what became of each row can be read
/// while the job runs. All of it is of one organisation, whose credentials the caller must manage, or nothing is taken in.
#[utoipa::path(
    post,
    path = "/api/v1/credential-jobs",
    tag = "jobs",
    params(("idempotency-key" = Option<String>, Header,
         description = "Sent again with the same, it is answered with the job that there is.")),
    request_body = NewJobBody,
    responses(
        (status = 201, description = "The job.", body = JobBody,
         headers(("location" = String, description = "Where to see how far it is."))),
        Refusals,
    )
)]
pub(crate) async fn create_job(
    State(state): State<CredentialsState>,
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(body): Json<NewJobBody>,
) -> Result<impl IntoResponse, Problem> {
    state.issuer()?;
    let (org, rows) = wanted(&state, &asked, &body).await?;
    let request = serde_json::to_vec(&body).map_err(|error| Problem::internal(&error))?;
    let job = NewJob {
        job_id: Uuid::now_v7(),
        action: body.action.into(),
        dry_run: body.dry_run,
        org,
        idempotency_key: idempotency_key(&headers)?,
        request_digest: Sha256::digest(request).to_vec(),
        rows,
    };
    let job = JobBody::from(asked.change(&state.writers, Some(reason(body.reason)?), Stage(job)).await?);
    let location = format!("/api/v1/credential-jobs/{}", job.job_id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(job)))
}
