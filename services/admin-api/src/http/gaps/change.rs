//! `POST /api/v1/gap-checks/{check_id}/heal` and `/cancel`.

use axum::extract::State;
use lp_http::{Json, Path, Permission, Problem, Query};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::gaps::{self, get_gap_check};
use sqlx::PgConnection;
use uuid::Uuid;

use super::body::GapCheckDetail;
use super::get::{detail, missing};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Reason, Refusals};
use crate::http::state::AdminState;

/// What is asked of a check.
#[derive(Debug, Clone, Copy)]
enum Wish {
    Heal,
    Cancel,
}

struct Wished {
    wish: Wish,
    orgs: Option<Vec<String>>,
    check_id: Uuid,
    calls_per_minute: Option<u32>,
}

impl Change for Wished {
    type Done = Option<GapCheckDetail>;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Self::Done, AuthoringError> {
        let (orgs, check_id) = (self.orgs.as_deref(), self.check_id);
        match self.wish {
            Wish::Heal => gaps::heal_gap_check(conn, by, orgs, check_id).await?,
            Wish::Cancel => gaps::cancel_gap_check(conn, by, orgs, check_id).await?,
        };
        Ok(match get_gap_check(conn, orgs, check_id).await? {
            Some(check) => Some(detail(conn, check, self.calls_per_minute).await?),
            None => None,
        })
    }
}

async fn make(
    state: &AdminState,
    asked: Asked,
    check_id: Uuid,
    reason: Option<Json<Reason>>,
    wish: Wish,
) -> Result<Json<GapCheckDetail>, Problem> {
    let orgs = asked.caller.reach(Permission::RecordFacts).await?.orgs();
    let reason = reason.and_then(|Json(body)| body.reason);
    let wished = Wished { wish, orgs, check_id, calls_per_minute: state.calls_per_minute };
    asked.change(reason, wished).await?.map(Json).ok_or_else(missing)
}

/// Records what the check has found, and still finds, as facts: dated by when the LMS was asked, so that whatever an event said since
/// holds. Where a fact has said the same meanwhile, nothing is recorded. A check that has ended goes on for it; a cancelled one
/// does not.
#[utoipa::path(
    post,
    path = "/api/v1/gap-checks/{check_id}/heal",
    tag = "gaps",
    params(("check_id" = Uuid, Path, description = "Its id.")),
    request_body = Option<Reason>,
    responses((status = 200, description = "The check as it is now.", body = GapCheckDetail), Refusals)
)]
pub(crate) async fn heal_gap_check(
    State(state): State<AdminState>,
    asked: Asked,
    Path(check_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
    reason: Option<Json<Reason>>,
) -> Result<Json<GapCheckDetail>, Problem> {
    make(&state, asked, check_id, reason, Wish::Heal).await
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
    make(&state, asked, check_id, reason, Wish::Cancel).await
}
