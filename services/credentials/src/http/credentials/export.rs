//! `GET /api/v1/credentials/export`.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, SecondsFormat, Utc};
use futures::stream;
use lp_domain::RunKey;
use lp_http::csv::{attachment, file, plain, rows};
use lp_http::{Caller, Permission, Problem, Query};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};

use super::body::{CredentialBody, Status};
use crate::http::bodies::Refusals;
use crate::http::state::CredentialsState;
use crate::issuing::Site;
use crate::store::issuing::credentials::{Credential, CredentialFilter, CredentialStatus, list_credentials};

/// Credentials that are read at once.
const PORTION: i64 = 1_000;

const COLUMNS: [&str; 16] = [
    "credential_id",
    "completion_id",
    "learner_id",
    "run_key",
    "status",
    "reason",
    "by_hand",
    "status_at",
    "awarded_at",
    "valid_from",
    "valid_until",
    "is_shared",
    "shows_name",
    "supersedes",
    "issued_at",
    "url",
];

/// What an export is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    /// A table (RFC 4180) with a line of names first; no cell is a formula.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Which credentials, written as what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CredentialExport {
    /// Of this run only.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<RunKey>,
    /// That stand so only.
    #[serde(default)]
    #[param(inline)]
    status: Option<Status>,
    /// `csv` unless said otherwise.
    #[serde(default)]
    #[param(value_type = Option<Format>, inline)]
    format: Format,
}

/// The credentials of organisations whose awards the caller may see, by id, as a file: all of them that pass the filters, however
/// many. No names.
#[utoipa::path(
    get,
    path = "/api/v1/credentials/export",
    tag = "credentials",
    params(CredentialExport),
    responses(
        (status = 200, description = "All credentials. Cells that a spreadsheet would take for a formula begin with an apostrophe.",
         content((String = "text/csv", example = "credential_id,completion_id,learner_id,run_key,status\n"), (CredentialBody = "application/x-ndjson"))),
        Refusals,
    )
)]
pub(crate) async fn export_credentials(
    State(state): State<CredentialsState>,
    State(readers): State<PgPool>,
    caller: Caller,
    Query(CredentialExport { run_key, status, format }): Query<CredentialExport>,
) -> Result<Response, Problem> {
    let orgs = caller.reach(Permission::ReadAwards).await?.orgs();
    let site = state.issuer()?.site.clone();
    let (run_key, status) = (run_key.map(String::from), status.map(CredentialStatus::from));
    let filter = CredentialFilter { orgs, run_key, status, ..CredentialFilter::default() };
    // What cannot be read at all is told as a problem; what breaks later cuts the answer off.
    let first = portion(&readers, &filter, None).await.map_err(|error| Problem::database(&error))?;
    let content = stream::try_unfold(Some(first), move |portion| {
        let (readers, filter, site) = (readers.clone(), filter.clone(), site.clone());
        async move {
            let Some(credentials) = portion else { return Ok::<_, anyhow::Error>(None) };
            let next = match credentials.last() {
                Some(last) => Some(self::portion(&readers, &filter, Some(last)).await?),
                None => None,
            };
            Ok(Some((written(&site, credentials, format)?, next)))
        }
    });
    match format {
        Format::Csv => attachment("credentials.csv", COLUMNS, content),
        Format::Jsonl => Ok(file("credentials.jsonl", "application/x-ndjson", content)),
    }
}

async fn portion(
    readers: &PgPool,
    filter: &CredentialFilter,
    after: Option<&Credential>,
) -> sqlx::Result<Vec<Credential>> {
    let after = after.map(|last| last.credential_id);
    list_credentials(&mut *readers.acquire().await?, filter, after, PORTION).await
}

fn written(site: &Site, credentials: Vec<Credential>, format: Format) -> anyhow::Result<Vec<u8>> {
    if format == Format::Csv {
        return Ok(rows(credentials.iter().map(|one| row(site, one)))?);
    }
    let mut lines = Vec::new();
    for one in credentials {
        serde_json::to_writer(&mut lines, &CredentialBody::new(site, one))?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn row(site: &Site, one: &Credential) -> [String; 16] {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    [
        one.credential_id.to_string(),
        one.completion_id.to_string(),
        one.learner_id.to_string(),
        plain(&one.run_key),
        one.status.word().to_owned(),
        plain(one.reason.as_deref().unwrap_or_default()),
        one.by_hand.map(|status| status.word().to_owned()).unwrap_or_default(),
        instant(one.status_at),
        instant(one.awarded_at),
        instant(one.valid_from),
        one.valid_until.map(instant).unwrap_or_default(),
        one.is_shared.to_string(),
        one.shows_name.to_string(),
        one.supersedes.map(|id| id.to_string()).unwrap_or_default(),
        instant(one.issued_at),
        site.credential(one.credential_id).to_string(),
    ]
}
