//! `GET /api/v1/gap-checks/{check_id}/findings`.

use axum::extract::State;
use lp_domain::FactKind;
use lp_http::{Caller, Cursor, Json, Page, PageSize, Path, Problem, Query};
use lp_progress_store::gaps::{self, GapFilter, GapFinding};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::GapFindingBody;
use super::get::find;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Which page of which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindingListing {
    /// Of this kind of fact only.
    #[serde(default)]
    kind: Option<FactKind>,
    /// Those only that are facts now, or only the others; all when not given.
    #[serde(default)]
    healed: Option<bool>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// What a check has found by now, by learner, course run and kind of fact.
#[utoipa::path(
    get,
    path = "/api/v1/gap-checks/{check_id}/findings",
    tag = "gaps",
    params(("check_id" = Uuid, Path, description = "The check's id."), FindingListing),
    responses((status = 200, description = "A page of findings.", body = Page<GapFindingBody>), Refusals)
)]
pub(crate) async fn list_gap_findings(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(check_id): Path<Uuid>,
    Query(listing): Query<FindingListing>,
) -> Result<Json<Page<GapFindingBody>>, Problem> {
    find(&pool, &caller, check_id).await?;
    let after: Option<(i64, String, String)> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let (after, limit) = (after.unwrap_or_default(), listing.limit.one_more());
    let filter = GapFilter { kind: listing.kind.map(FactKind::word), healed: listing.healed };
    let found = async {
        Ok(gaps::gap_findings(&mut *pool.acquire().await?, check_id, &filter, &after, limit).await?)
    };
    let place = |one: &GapFinding| (one.learner_id, one.context_key.clone(), one.kind.clone());
    Page::of(found.await.map_err(problem)?, listing.limit, place).map(Json)
}
