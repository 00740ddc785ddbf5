//! `POST /api/v1/runs/{run_key}/enrolments`.

use axum::extract::State;
use lp_domain::{LearnerId, RunKey};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::{Admission, Admitted, Again, Answer, Wish};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{Ask, EnrolmentBody};
use crate::http::asked::{Asked, Made};
use crate::http::bodies::{NoParameters, Refusals, address};
use crate::http::named::named;
use crate::http::state::{AdminState, no_external_keys};

/// Who is to be in: by exactly one of the four.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEnrolment {
    /// LMS user id.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    user_id: Option<LearnerId>,
    /// Username at the LMS, whatever its case.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    username: Option<String>,
    /// E-mail address, whatever its case. Whoever has no account yet is invited.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    email: Option<String>,
    /// A key that others use for the learner. Whoever is not known by it yet is invited.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    external_key: Option<String>,
    /// Where a learner goes on who had left.
    #[serde(default)]
    attempt: Again,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EnrolmentOutcome {
    /// The learner is in from now on.
    Enrolled,
    /// The learner, or the invitation, was there already; a suspended learner stays suspended.
    Unchanged,
    /// Nobody is known by this yet: whoever it is will be enrolled once they are.
    Invited,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentResult {
    outcome: EnrolmentOutcome,
    /// The enrolment; null for whoever is invited.
    #[schema(nullable)]
    enrolment: Option<EnrolmentBody>,
    /// The invitation; null for whoever is enrolled.
    invitation_id: Option<Uuid>,
}

impl From<&Admitted> for EnrolmentResult {
    fn from(admitted: &Admitted) -> Self {
        let (outcome, enrolment, invitation_id) = match admitted {
            Admitted::Learner(who, Answer::Changed(enrolment)) => {
                (EnrolmentOutcome::Enrolled, Some(EnrolmentBody::of(*who, enrolment)), None)
            }
            Admitted::Learner(who, Answer::Unchanged(enrolment)) => {
                (EnrolmentOutcome::Unchanged, Some(EnrolmentBody::of(*who, enrolment)), None)
            }
            Admitted::Invited(id, true) => (EnrolmentOutcome::Invited, None, Some(*id)),
            Admitted::Invited(id, false) | Admitted::Uninvited(id) => {
                (EnrolmentOutcome::Unchanged, None, Some(*id))
            }
            Admitted::Learner(_, Answer::Refused(_)) | Admitted::Refused(_) => {
                (EnrolmentOutcome::Unchanged, None, None)
            }
        };
        Self { outcome, enrolment, invitation_id }
    }
}

/// Enrols a learner in a run, now. What they did before counts at once, as far as the run's policy lets it.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/enrolments",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body = NewEnrolment,
    responses((status = 201, description = "The learner is in, or invited.", body = EnrolmentResult), Refusals)
)]
pub(crate) async fn create_enrolment(
    State(state): State<AdminState>,
    asked: Asked,
    Path(run): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewEnrolment>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ManageEnrolments, target(&run, new.user_id)).await?;
    let NewEnrolment { user_id, username, email, external_key, .. } = &new;
    let named = named(*user_id, username.as_deref(), email.as_deref(), external_key.as_deref())
        .map_err(Problem::unprocessable)?;
    let who = named.who(state.claims.as_ref()).ok_or_else(no_external_keys)?;
    let wish = Wish::Enrol(new.attempt);
    let made = {
        let run = run.clone();
        move |admitted: Admitted| {
            let at = |who: &LearnerId| address(&["runs", run.as_str(), "enrolments", &who.to_string()]);
            let location = if let Admitted::Learner(who, _) = &admitted { Some(at(who)) } else { None };
            let body = serde_json::to_value(EnrolmentResult::from(&admitted))?;
            Ok(Made { location, etag: None, body })
        }
    };
    let ask = Ask { catalogue: state.catalogue, admission: Admission { run, who, wish } };
    asked.make(new.reason.clone(), &new, ask, made).await
}

/// Whom and what an enrolment concerns, as far as the request says whom.
pub(super) fn target(run: &RunKey, learner: Option<LearnerId>) -> Target<'_> {
    match learner {
        Some(learner) => Target::LearnerIn { learner: learner.get(), org: run.org() },
        None => Target::Org(run.org()),
    }
}
