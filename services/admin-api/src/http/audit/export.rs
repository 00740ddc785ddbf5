//! `GET /api/v1/audit/export`.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use futures::stream;
use lp_http::{Caller, Permission, Problem, Query};
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
    responses((status = 200, description = "All entries.", body = String, content_type = "text/csv"), Refusals)
)]
pub(crate) async fn export_audit(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<AuditListing>,
) -> Result<impl IntoResponse, Problem> {
    let filter = listing.filter(caller.reach(Permission::ReadAudit).await?)?;
    // What cannot be read at all is told as a problem; what breaks later cuts the answer off.
    let first = portion(&pool, &filter).await.map_err(|error| problem(error.into()))?;
    let mut head = csv::Writer::from_writer(Vec::new());
    let head = head.write_record(COLUMNS).map(|()| head.into_inner().unwrap_or_default());
    let head = head.map_err(|error| Problem::internal(&error))?;
    let rows = stream::try_unfold(Some((first, filter)), move |state| {
        let pool = pool.clone();
        async move {
            let Some((entries, mut filter)) = state else { return Ok::<_, anyhow::Error>(None) };
            let text = rows(&entries)?;
            filter.before = entries.last().map(|entry| entry.audit_id);
            let next = match filter.before {
                Some(_) => Some((portion(&pool, &filter).await?, filter)),
                None => None,
            };
            Ok(Some((text, next)))
        }
    });
    let head = stream::once(async { Ok(head) });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(futures::StreamExt::chain(head, rows))))
}

async fn portion(pool: &PgPool, filter: &Filter) -> Result<Vec<Entry>, lp_progress_store::StoreError> {
    audit::list(&mut *pool.acquire().await?, filter, PORTION).await
}

fn rows(entries: &[Entry]) -> anyhow::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let json = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    for entry in entries {
        csv.write_record([
            entry.audit_id.to_string(),
            entry.occurred_at.to_rfc3339(),
            plain(&entry.actor),
            plain(&entry.action),
            plain(&entry.target),
            plain(entry.org.as_deref().unwrap_or_default()),
            plain(&json(&entry.before)),
            plain(&json(&entry.after)),
            entry.request_id.map(|id| id.to_string()).unwrap_or_default(),
            plain(entry.reason.as_deref().unwrap_or_default()),
        ])?;
    }
    Ok(csv.into_inner()?)
}

/// A cell that no spreadsheet takes for a formula.
fn plain(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
