//! `GET /api/v1/audit/export`.

use axum::extract::State;
use axum::response::Response;
use futures::stream;
use lp_http::audit::{AuditEntry, AuditListing, COLUMNS};
use lp_http::{Caller, Permission, Problem, Query, csv};
use lp_progress_store::audit::{self, Filter};
use sqlx::PgPool;

use super::list::{body, filter};
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Rows that are read at once.
const PORTION: i64 = 200;

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
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<AuditListing>,
) -> Result<Response, Problem> {
    let filter = filter(&listing, caller.reach(Permission::ReadAudit).await?)?;
    // What cannot be read at all is told as a problem; what breaks later cuts the answer off.
    let first = portion(&pool, &filter).await.map_err(|error| problem(error.into()))?;
    let rest = stream::try_unfold(Some((first, filter)), move |state| {
        let pool = pool.clone();
        async move {
            let Some((entries, mut filter)) = state else { return Ok::<_, anyhow::Error>(None) };
            let text = csv::rows(entries.iter().map(AuditEntry::row))?;
            filter.before = entries.last().map(|entry| entry.audit_id);
            let next = match filter.before {
                Some(_) => Some((portion(&pool, &filter).await?, filter)),
                None => None,
            };
            Ok(Some((text, next)))
        }
    });
    csv::attachment("audit.csv", COLUMNS, rest)
}

async fn portion(pool: &PgPool, filter: &Filter) -> Result<Vec<AuditEntry>, lp_progress_store::StoreError> {
    let entries = audit::list(&mut *pool.acquire().await?, filter, PORTION).await?;
    Ok(entries.into_iter().map(body).collect())
}
