//! `GET /api/v1/runs/{run_key}/invitations`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::RunKey;
use lp_http::{Caller, Json, Page, Paging, Path, Permission, Problem, Query, Target};
use lp_progress_store::invitations::{self, Invitation};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// An invitation. Whom it is for is kept as a hash alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationBody {
    /// Its id.
    invitation_id: Uuid,
    /// What the person was invited by: `email`, `external_key`.
    #[schema(example = "email")]
    known_by: String,
    /// `open`; `claimed` once the person has an account and is enrolled; `withdrawn`.
    #[schema(example = "open")]
    state: String,
    /// Who claimed it, by LMS user id.
    user_id: Option<i64>,
    /// When the person was invited.
    invited_at: DateTime<Utc>,
    /// When it was claimed or withdrawn.
    ended_at: Option<DateTime<Utc>>,
}

impl From<Invitation> for InvitationBody {
    fn from(invitation: Invitation) -> Self {
        let Invitation { invitation_id, known_by, state, learner_id, invited_at, ended_at } = invitation;
        Self { invitation_id, known_by, state, user_id: learner_id, invited_at, ended_at }
    }
}

/// All invitations to a run, the earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/invitations",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        Paging
    ),
    responses((status = 200, description = "A page of invitations.", body = Page<InvitationBody>), Refusals)
)]
pub(crate) async fn list_invitations(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(listing): Query<Paging>,
) -> Result<Json<Page<InvitationBody>>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(run.org())).await?;
    let after: Option<Uuid> = listing.place()?;
    let limit = listing.limit.one_more();
    let found =
        async { Ok(invitations::list_invitations(&mut *pool.acquire().await?, &run, after, limit).await?) };
    Page::of(found.await.map_err(problem)?, listing.limit, |one| one.invitation_id).map(Json)
}
