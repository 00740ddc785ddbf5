//! `GET /api/v1/gap-checks/{check_id}`.

use axum::extract::State;
use lp_http::{Caller, Json, Path, Permission, Problem, Query};
use lp_progress_store::StoreError;
use lp_progress_store::gaps::{self, GapCheck};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::body::GapCheckDetail;
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::problem;
use crate::http::state::AdminState;

/// A check, and how far it is.
#[utoipa::path(
    get,
    path = "/api/v1/gap-checks/{check_id}",
    tag = "gaps",
    params(("check_id" = Uuid, Path, description = "Its id.")),
    responses((status = 200, description = "The check.", body = GapCheckDetail), Refusals)
)]
pub(crate) async fn get_gap_check(
    State(pool): State<PgPool>,
    State(state): State<AdminState>,
    caller: Caller,
    Path(check_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<GapCheckDetail>, Problem> {
    let check = find(&pool, &caller, check_id).await?;
    let looked = async { Ok(detail(&mut *pool.acquire().await?, check, state.calls_per_minute).await?) };
    looked.await.map(Json).map_err(problem)
}

/// How far a check is.
pub(super) async fn detail(
    conn: &mut PgConnection,
    check: GapCheck,
    calls_per_minute: Option<u32>,
) -> Result<GapCheckDetail, StoreError> {
    let progress = gaps::gap_progress(conn, check.check_id).await?;
    Ok(GapCheckDetail::new(check, progress, calls_per_minute.unwrap_or_default()))
}

/// A check within the caller's reach. One beyond is answered as one that is not there.
pub(super) async fn find(pool: &PgPool, caller: &Caller, check_id: Uuid) -> Result<GapCheck, Problem> {
    let orgs = caller.reach(Permission::ReadProgress).await?.orgs();
    let found =
        async { Ok(gaps::get_gap_check(&mut *pool.acquire().await?, orgs.as_deref(), check_id).await?) };
    found.await.map_err(problem)?.ok_or_else(missing)
}

pub(super) fn missing() -> Problem {
    Problem::not_found("there is no such check".to_owned())
}
