//! `GET /api/v1/proposals`.

use std::collections::BTreeMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, RunKey};
use lp_http::{Caller, Json, Page, Paging, Permission, Problem, Query};
use lp_progress_store::authoring::{Proposal, list_proposals as list};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// A run that might be made from another one: `run_key` and `replace` are what its clone takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
pub(crate) struct ProposalBody {
    /// The run that it would be cloned from.
    #[schema(value_type = String, example = "path-v1:OpenedX+DATA+2026+open")]
    source: RunKey,
    /// A key that it might have, named as the new course run is.
    #[schema(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2027+open")]
    run_key: Option<RunKey>,
    /// Course runs of the source that have a rerun by now, and their reruns.
    #[schema(value_type = std::collections::HashMap<String, String>,
             example = json!({"course-v1:OpenedX+SQL101+2026": "course-v1:OpenedX+SQL101+2027"}))]
    replace: BTreeMap<ContextKey, ContextKey>,
    /// When the last of them was made.
    proposed_at: DateTime<Utc>,
}

impl From<Proposal> for ProposalBody {
    fn from(Proposal { source, key, replace, proposed_at }: Proposal) -> Self {
        Self { source, run_key: key, replace, proposed_at }
    }
}

/// Runs that might be made, as courses of others were rerun; by the key of those. One is gone when its clone is made, or when it is
/// put aside.
#[utoipa::path(
    get,
    path = "/api/v1/proposals",
    tag = "runs",
    params(Paging),
    responses((status = 200, description = "A page of proposals.", body = Page<ProposalBody>), Refusals)
)]
pub(crate) async fn list_proposals(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<ProposalBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadManagement).await?.orgs();
    let after: Option<String> = paging.place()?;
    let limit = paging.limit.one_more();
    let found = async { list(&mut *pool.acquire().await?, orgs.as_deref(), after.as_deref(), limit).await };
    Page::of(found.await.map_err(problem)?, paging.limit, |proposal| proposal.source.to_string()).map(Json)
}
