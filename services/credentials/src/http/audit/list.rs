//! `GET /api/v1/audit`.

use axum::extract::State;
use lp_http::audit::{AuditEntry, AuditListing};
use lp_http::{Caller, Json, Page, Permission, Problem, Query, Reach};

use crate::http::bodies::Refusals;
use crate::http::state::CredentialsState;
use crate::store::issuing::audit::{self, Entry, Filter};

pub(super) fn filter(listing: &AuditListing, reach: Reach) -> Result<Filter, Problem> {
    Ok(Filter {
        orgs: listing.orgs(reach),
        target: listing.target.clone(),
        actor: listing.actor.clone(),
        before: listing.before()?,
    })
}

pub(super) fn body(entry: Entry) -> AuditEntry {
    AuditEntry {
        audit_id: entry.audit_id,
        occurred_at: entry.occurred_at,
        actor: entry.actor,
        action: entry.action,
        target: entry.target,
        org: entry.org,
        before: entry.before,
        after: entry.after,
        request_id: entry.request_id,
        reason: entry.reason,
    }
}

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
    let filter = filter(&listing, caller.reach(Permission::ReadAudit).await?)?;
    let limit = listing.limit.one_more();
    let found = async { audit::list(&mut *state.writers.acquire().await?, &filter, limit).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    let entries: Vec<AuditEntry> = found.into_iter().map(body).collect();
    Page::of(entries, listing.limit, |entry| entry.audit_id).map(Json)
}
