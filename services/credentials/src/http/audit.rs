//! The audit log.

use axum::extract::State;
use axum::response::Response;
use lp_http::audit::{self, AuditEntry, AuditListing};
use lp_http::{Caller, Json, Page, Permission, Problem, Query};

use crate::http::bodies::Refusals;
use crate::http::state::CredentialsState;

/// Who changed what, the latest first, as far as the caller may see it.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    params(AuditListing),
    responses((status = 200, description = "A page of entries.", body = Page<AuditEntry>), Refusals)
)]
pub(crate) async fn list_audit(
    State(state): State<CredentialsState>,
    caller: Caller,
    Query(listing): Query<AuditListing>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    let reach = caller.reach(Permission::ReadAudit).await?;
    audit::page(&state.writers, &listing, reach).await.map(Json)
}

/// The audit log as CSV, the latest first, as far as the caller may see it. `limit` has no effect. Cells that a spreadsheet would
/// take for a formula begin with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/audit/export",
    tag = "audit",
    params(AuditListing),
    responses((status = 200, description = "All entries.", body = String, content_type = "text/csv",
         example = "audit_id,occurred_at,actor,action,target,org,before,after,request_id,reason\n"), Refusals)
)]
pub(crate) async fn export_audit(
    State(state): State<CredentialsState>,
    caller: Caller,
    Query(listing): Query<AuditListing>,
) -> Result<Response, Problem> {
    let reach = caller.reach(Permission::ReadAudit).await?;
    audit::export(state.writers, &listing, reach).await
}
