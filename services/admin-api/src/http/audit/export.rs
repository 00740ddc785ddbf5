//! `GET /api/v1/audit/export`.

use axum::extract::State;
use axum::response::Response;
use futures::stream;
use lp_http::{Caller, Permission, Problem, Query, csv};
use lp_progress_store::audit::{self, Entry, Filter};
use serde_json::Value;
use sqlx::PgPool;

use super::list::AuditListing;
use crate::http::bodies::Refusals;
use crate::http::refusal::problem;

/// Rows that are read at once.
const PORTION: i64 = 200;

const COLUMNS: [&str; 10] = [
    "audit_id",
    "occurred_at",
    "actor",
    "action",
    "target",
    "org",
    "before",
    "after",
    "request_id",
    "reason",
];

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
    let filter = listing.filter(caller.reach(Permission::ReadAudit).await?)?;
    // What cannot be read at all is told as a problem; what breaks later cuts the answer off.
    let first = portion(&pool, &filter).await.map_err(|error| problem(error.into()))?;
    let rest = stream::try_unfold(Some((first, filter)), move |state| {
        let pool = pool.clone();
        async move {
            let Some((entries, mut filter)) = state else { return Ok::<_, anyhow::Error>(None) };
            let text = csv::rows(entries.iter().map(row))?;
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

async fn portion(pool: &PgPool, filter: &Filter) -> Result<Vec<Entry>, lp_progress_store::StoreError> {
    audit::list(&mut *pool.acquire().await?, filter, PORTION).await
}

fn row(entry: &Entry) -> [String; 10] {
    let json = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    let text = |text: &Option<String>| csv::plain(text.as_deref().unwrap_or_default());
    [
        entry.audit_id.to_string(),
        entry.occurred_at.to_rfc3339(),
        csv::plain(&entry.actor),
        csv::plain(&entry.action),
        csv::plain(&entry.target),
        text(&entry.org),
        csv::plain(&json(&entry.before)),
        csv::plain(&json(&entry.after)),
        entry.request_id.map(|id| id.to_string()).unwrap_or_default(),
        text(&entry.reason),
    ]
}
