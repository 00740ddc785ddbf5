//! `GET /api/v1/runs/{run_key}/enrolments/{user_id}`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::{LearnerId, RunKey};
use lp_http::{Caller, Json, Path, Permission, Problem, Query};
use lp_progress_store::{EnrolmentInterval, Refusal, get_enrolment as find};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::body::EnrolmentBody;
use super::create::target;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;

/// A learner in a run, and when they were in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentDetail {
    #[serde(flatten)]
    enrolment: EnrolmentBody,
    /// The times during which the learner was in, the first one first.
    intervals: Vec<Interval>,
}

/// A time during which a learner was in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Interval {
    /// From when.
    opened_at: DateTime<Utc>,
    /// Until when; null while it lasts.
    closed_at: Option<DateTime<Utc>>,
    /// In which attempt.
    attempt: u32,
}

impl From<EnrolmentInterval> for Interval {
    fn from(interval: EnrolmentInterval) -> Self {
        let EnrolmentInterval { opened_at, closed_at, attempt } = interval;
        Self { opened_at, closed_at, attempt }
    }
}

/// One learner's enrolment.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/enrolments/{user_id}",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("user_id" = i64, Path, description = "LMS user id.", minimum = 1)
    ),
    responses((status = 200, description = "The enrolment.", body = EnrolmentDetail), Refusals)
)]
pub(crate) async fn get_enrolment(
    State(pool): State<PgPool>,
    caller: Caller,
    Path((run, learner)): Path<(RunKey, LearnerId)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<EnrolmentDetail>, Problem> {
    caller.require(Permission::ReadProgress, target(&run, Some(learner))).await?;
    let found = async { Ok(find(&mut *pool.acquire().await?, &run, learner).await?) };
    let (enrolment, intervals) =
        found.await.map_err(problem)?.ok_or_else(|| Problem::not_found(Refusal::NotEnrolled.to_string()))?;
    let intervals = intervals.into_iter().map(Interval::from).collect();
    Ok(Json(EnrolmentDetail { enrolment: enrolment.into(), intervals }))
}
