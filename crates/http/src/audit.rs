//! Audit logs, as all services with one show them.

use axum::BoxError;
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures::stream;
use lp_audit::{Entry, Filter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{Cursor, Page, PageSize, Problem, Reach, csv};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditListing {
    /// Of what was done to this only.
    #[serde(default)]
    #[param(example = "run:path-v1:OpenedX+DATA+2026+open")]
    pub target: Option<String>,
    /// Of what this one did only.
    #[serde(default)]
    #[param(example = "user:42")]
    pub actor: Option<String>,
    /// Of what belongs to this organisation only.
    #[serde(default)]
    pub org: Option<String>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    pub limit: PageSize,
}

impl AuditListing {
    /// What is asked for of what is within reach.
    fn filter(&self, reach: Reach) -> Result<Filter, Problem> {
        Ok(Filter {
            orgs: reach.orgs_of(self.org.as_deref()),
            target: self.target.clone(),
            actor: self.actor.clone(),
            before: self.cursor.as_ref().map(Cursor::place).transpose()?,
        })
    }
}

/// A page of a log.
///
/// # Errors
/// 400 when the cursor is none of this list, and what becomes of a database that refuses.
pub async fn page(pool: &PgPool, listing: &AuditListing, reach: Reach) -> Result<Page<AuditEntry>, Problem> {
    let entries = portion(pool, &listing.filter(reach)?, listing.limit.one_more()).await;
    let entries = entries.map_err(|error| Problem::database(&error))?;
    Page::of(entries, listing.limit, |entry| entry.audit_id)
}

/// Rows that are read at once.
const PORTION: i64 = 200;

/// A log as a table, whole, read as it is sent.
///
/// # Errors
/// As [`page`]; what breaks later cuts the answer off.
pub async fn export(pool: PgPool, listing: &AuditListing, reach: Reach) -> Result<Response, Problem> {
    let filter = listing.filter(reach)?;
    let first = portion(&pool, &filter, PORTION).await.map_err(|error| Problem::database(&error))?;
    let rest = stream::try_unfold(Some((first, filter)), move |state| {
        let pool = pool.clone();
        async move {
            let Some((entries, mut filter)) = state else { return Ok::<_, BoxError>(None) };
            let text = csv::rows(entries.iter().map(AuditEntry::row))?;
            filter.before = entries.last().map(|entry| entry.audit_id);
            let next = match filter.before {
                Some(_) => Some((portion(&pool, &filter, PORTION).await?, filter)),
                None => None,
            };
            Ok(Some((text, next)))
        }
    });
    csv::attachment("audit.csv", COLUMNS, rest)
}

async fn portion(pool: &PgPool, filter: &Filter, limit: i64) -> sqlx::Result<Vec<AuditEntry>> {
    let entries = lp_audit::list(&mut *pool.acquire().await?, filter, limit).await?;
    Ok(entries.into_iter().map(AuditEntry::from).collect())
}

/// One entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number; later ones are greater.
    pub audit_id: i64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Who: `user:` and an LMS user id, `subject:` and the LMS's anonymous id, or a command of ours.
    pub actor: String,
    /// What was done.
    #[schema(example = "run.published")]
    pub action: String,
    /// To what.
    pub target: String,
    /// Of which organisation; null when of none.
    pub org: Option<String>,
    /// How it was before; null for what was made. Of what is longer than 64 KiB `bytes` and `sha256`.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// How it is after, likewise; null for what was removed.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// By which request, as logs have it.
    pub request_id: Option<Uuid>,
    /// Why, in the words of whoever did it.
    pub reason: Option<String>,
}

impl From<Entry> for AuditEntry {
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

/// The columns of a log as a table.
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

impl AuditEntry {
    /// The entry as a row of such a table.
    fn row(&self) -> [String; 10] {
        let json = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        let text = |text: &Option<String>| csv::plain(text.as_deref().unwrap_or_default());
        [
            self.audit_id.to_string(),
            self.occurred_at.to_rfc3339(),
            csv::plain(&self.actor),
            csv::plain(&self.action),
            csv::plain(&self.target),
            text(&self.org),
            csv::plain(&json(&self.before)),
            csv::plain(&json(&self.after)),
            self.request_id.map(|id| id.to_string()).unwrap_or_default(),
            text(&self.reason),
        ]
    }
}
