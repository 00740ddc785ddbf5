//! `DELETE /api/v1/runs/{run_key}/invitations/{invitation_id}`.

use axum::http::StatusCode;
use lp_domain::RunKey;
use lp_http::{Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::invitations;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};

struct Withdraw(RunKey, Uuid);

impl Change for Withdraw {
    type Done = bool;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<bool, AuthoringError> {
        Ok(invitations::withdraw_invitation(conn, by, &self.0, self.1).await?)
    }
}

/// Withdraws an open invitation.
#[utoipa::path(
    delete,
    path = "/api/v1/runs/{run_key}/invitations/{invitation_id}",
    tag = "enrolments",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("invitation_id" = Uuid, Path, description = "Its id.")
    ),
    responses((status = 204, description = "It is withdrawn."), Refusals)
)]
pub(crate) async fn withdraw_invitation(
    asked: Asked,
    Path((run, invitation_id)): Path<(RunKey, Uuid)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<StatusCode, Problem> {
    asked.caller.require(Permission::ManageEnrolments, Target::Org(run.org())).await?;
    let withdrawn = asked.change(None, Withdraw(run, invitation_id)).await?;
    let missing = || Problem::not_found("there is no such open invitation".to_owned());
    withdrawn.then_some(StatusCode::NO_CONTENT).ok_or_else(missing)
}
