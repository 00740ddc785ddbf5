//! `POST /api/v1/runs/{run_key}/enrolments/me` and `DELETE …/me`.

use axum::extract::State;
use lp_domain::{LearnerId, RunKey};
use lp_http::problem::Kind;
use lp_http::{Json, Path, Permission, Problem, Query};
use lp_progress_store::{Again, Wish};

use super::body::EnrolmentBody;
use super::change::have;
use super::create::target;
use crate::http::asked::Asked;
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::state::AdminState;

/// Enrols the caller, where the path is open to everybody; whoever had left goes on where they were.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/enrolments/me",
    tag = "enrolments",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The enrolment as it is now; done again, nothing changes.", body = EnrolmentBody),
        Refusals,
    )
)]
pub(crate) async fn enrol_oneself(
    State(state): State<AdminState>,
    asked: Asked,
    Path(run): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<EnrolmentBody>, Problem> {
    change(state, asked, run, reason, Wish::EnrolOneself(Again::Resumed)).await
}

/// Takes the caller out.
#[utoipa::path(
    delete,
    path = "/api/v1/runs/{run_key}/enrolments/me",
    tag = "enrolments",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "The enrolment as it is now; done again, nothing changes.", body = EnrolmentBody),
        Refusals,
    )
)]
pub(crate) async fn withdraw_oneself(
    State(state): State<AdminState>,
    asked: Asked,
    Path(run): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<EnrolmentBody>, Problem> {
    change(state, asked, run, None, Wish::Withdraw).await
}

async fn change(
    state: AdminState,
    asked: Asked,
    run: RunKey,
    reason: Option<Json<Reason>>,
    wish: Wish,
) -> Result<Json<EnrolmentBody>, Problem> {
    let caller = asked.caller.user_id().and_then(|id| LearnerId::try_from(id).ok());
    let learner = caller.ok_or_else(|| Problem::new(Kind::Forbidden))?;
    asked.caller.require(Permission::EnrolSelf, target(&run, Some(learner))).await?;
    have(state, asked, (run, learner), reason, wish).await
}
