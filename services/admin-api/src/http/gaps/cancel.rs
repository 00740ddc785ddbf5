//! `POST /api/v1/gap-checks/{check_id}/cancel`.

use axum::extract::State;
use lp_http::{Json, Path, Permission, Problem, Query};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::gaps::{cancel_gap_check as cancel, get_gap_check};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::GapCheckDetail;
use super::get::{detail, missing};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::state::AdminState;

struct Cancel {
    orgs: Option<Vec<String>>,
    check_id: Uuid,
    calls_per_minute: Option<u32>,
}

impl Change for Cancel {
    type Done = Option<GapCheckDetail>;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Self::Done, AuthoringError> {
        cancel(conn, by, self.orgs.as_deref(), self.check_id).await?;
        Ok(match get_gap_check(conn, self.orgs.as_deref(), self.check_id).await? {
            Some(check) => Some(detail(conn, check, self.calls_per_minute).await?),
            None => None,
        })
    }
}

/// Ends a check: the LMS is asked no more, and nothing more is recorded. What was found by then stays; a check that has ended stays
/// as it is.
#[utoipa::path(
    post,
    path = "/api/v1/gap-checks/{check_id}/cancel",
    tag = "gaps",
    params(("check_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The check as it is now.", body = GapCheckDetail), Refusals)
)]
pub(crate) async fn cancel_gap_check(
    State(state): State<AdminState>,
    asked: Asked,
    Path(check_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<GapCheckDetail>, Problem> {
    let orgs = asked.caller.reach(Permission::RecordFacts).await?.orgs();
    let reason = reason.and_then(|Json(body)| body.reason);
    let cancel = Cancel { orgs, check_id, calls_per_minute: state.calls_per_minute };
    asked.change(reason, cancel).await?.map(Json).ok_or_else(missing)
}
