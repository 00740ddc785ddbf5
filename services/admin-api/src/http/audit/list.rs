//! `GET /api/v1/audit`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_http::{Caller, Cursor, Json, Page, PageSize, Permission, Problem, Query, Reach};
use lp_progress_store::audit::{self, Entry, Filter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::http::bodies::Refusals;
use crate::http::listing::within;
use crate::http::refusal::problem;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditListing {
    /// Of what was done to this only.
    #[serde(default)]
    #[param(example = "run:path-v1:OpenedX+DATA+2026+open")]
    target: Option<String>,
    /// Of what this one did only.
    #[serde(default)]
    #[param(example = "user:42")]
    actor: Option<String>,
    /// Of what belongs to this organisation only.
    #[serde(default)]
    org: Option<String>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

impl AuditListing {
    pub(super) fn filter(&self, reach: Reach) -> Result<Filter, Problem> {
        Ok(Filter {
            orgs: within(reach, self.org.as_deref()),
            target: self.target.clone(),
            actor: self.actor.clone(),
            before: self.cursor.as_ref().map(Cursor::place).transpose()?,
        })
    }
}

/// One entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct EntryBody {
    /// Its number; later ones are greater.
    audit_id: i64,
    /// When.
    occurred_at: DateTime<Utc>,
    /// Who: `user:` and an LMS user id, `subject:` and the LMS's anonymous id, or a command of ours.
    actor: String,
    /// What was done.
    #[schema(example = "run.published")]
    action: String,
    /// To what.
    target: String,
    /// Of which organisation; null when of none.
    org: Option<String>,
    /// How it was before; null for what was made. Of what is longer than 64 KiB `bytes` and `sha256`.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// How it is after, likewise; null for what was removed.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
    /// By which request, as logs have it.
    request_id: Option<Uuid>,
    /// Why, in the words of whoever did it.
    reason: Option<String>,
}

impl From<Entry> for EntryBody {
    fn from(entry: Entry) -> Self {
        Self {
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
}

/// Who changed what, the latest first, as far as the caller may see it.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    params(AuditListing),
    responses((status = 200, description = "A page of entries.", body = Page<EntryBody>), Refusals)
)]
pub(crate) async fn list_audit(
    State(pool): State<PgPool>,
    caller: Caller,
    Query(listing): Query<AuditListing>,
) -> Result<Json<Page<EntryBody>>, Problem> {
    let filter = listing.filter(caller.reach(Permission::ReadAudit).await?)?;
    let limit = listing.limit.one_more();
    let found = async { Ok(audit::list(&mut *pool.acquire().await?, &filter, limit).await?) };
    Page::of(found.await.map_err(problem)?, listing.limit, |entry| entry.audit_id).map(Json)
}
