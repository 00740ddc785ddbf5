//! `POST /api/v1/runs/{run_key}/enrolments/{user_id}/suspend`, `…/resume`, `…/withdraw`.

use axum::extract::State;
use lp_domain::{LearnerId, RunKey};
use lp_http::{Json, Path, Permission, Problem, Query};
use lp_progress_store::{Admission, Admitted, Answer, Refusal, Who, Wish};

use super::body::{Ask, EnrolmentBody};
use super::create::target;
use crate::http::asked::Asked;
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::refusal::problem;
use crate::http::state::AdminState;

/// Keeps a learner out for a while. What they do meanwhile is kept and judged.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/enrolments/{user_id}/suspend",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("user_id" = i64, Path, description = "LMS user id.", minimum = 1)
    ),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The enrolment as it is now; done again, nothing changes.", body = EnrolmentBody),
        Refusals,
    )
)]
pub(crate) async fn suspend_enrolment(
    State(state): State<AdminState>,
    asked: Asked,
    Path((run, learner)): Path<(RunKey, LearnerId)>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<EnrolmentBody>, Problem> {
    change(state, asked, (run, learner), reason, Wish::Suspend).await
}

/// Lets a suspended learner in again.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/enrolments/{user_id}/resume",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("user_id" = i64, Path, description = "LMS user id.", minimum = 1)
    ),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The enrolment as it is now; done again, nothing changes.", body = EnrolmentBody),
        Refusals,
    )
)]
pub(crate) async fn resume_enrolment(
    State(state): State<AdminState>,
    asked: Asked,
    Path((run, learner)): Path<(RunKey, LearnerId)>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<EnrolmentBody>, Problem> {
    change(state, asked, (run, learner), reason, Wish::Resume).await
}

/// Takes a learner out. Nothing is deleted: whoever is enrolled again goes on where they were, or in another attempt.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/enrolments/{user_id}/withdraw",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("user_id" = i64, Path, description = "LMS user id.", minimum = 1)
    ),
    request_body = Option<Reason>,
    responses(
        (status = 200, description = "The enrolment as it is now; done again, nothing changes.", body = EnrolmentBody),
        Refusals,
    )
)]
pub(crate) async fn withdraw_enrolment(
    State(state): State<AdminState>,
    asked: Asked,
    Path((run, learner)): Path<(RunKey, LearnerId)>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<EnrolmentBody>, Problem> {
    change(state, asked, (run, learner), reason, Wish::Withdraw).await
}

async fn change(
    state: AdminState,
    asked: Asked,
    (run, learner): (RunKey, LearnerId),
    reason: Option<Json<Reason>>,
    wish: Wish,
) -> Result<Json<EnrolmentBody>, Problem> {
    asked.caller.require(Permission::ManageEnrolments, target(&run, Some(learner))).await?;
    have(state, asked, (run, learner), reason, wish).await
}

/// Has a wish of an enrolment granted.
pub(super) async fn have(
    state: AdminState,
    asked: Asked,
    (run, learner): (RunKey, LearnerId),
    reason: Option<Json<Reason>>,
    wish: Wish,
) -> Result<Json<EnrolmentBody>, Problem> {
    let admission = Admission { run, who: Who::UserId(learner), wish };
    let reason = reason.and_then(|Json(body)| body.reason);
    match asked.change(reason, Ask { catalogue: state.catalogue, admission }).await? {
        Admitted::Learner(who, Answer::Changed(enrolment) | Answer::Unchanged(enrolment)) => {
            Ok(Json(EnrolmentBody::of(who, &enrolment)))
        }
        // A learner who is named by their id is never invited.
        _ => Err(problem(Refusal::UnknownLearner.into())),
    }
}
