//! `/api/v1/issuers/{org}`.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use lp_http::conditional::etag;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use sqlx::{PgConnection, PgPool};

use super::{check, is_expected};
use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::state::CredentialsState;
use crate::issuing::IssuerProfile;
use crate::store::issuing::audit::By;
use crate::store::issuing::versions::{get_issuer as read, put_issuer as put};

/// An organisation as its credentials name it.
#[utoipa::path(
    get,
    path = "/api/v1/issuers/{org}",
    tag = "definitions",
    params(("org" = String, Path, description = "The organisation.", example = "OpenedX")),
    responses(
        (status = 200, description = "Its profile.", body = IssuerProfile,
         headers(("etag" = String, description = "Its version, for edits."))),
        Refusals,
    )
)]
pub(crate) async fn get_issuer(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(org): Path<String>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(&org)).await?;
    let found = async { read(&mut *readers.acquire().await?, &org, None).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    let found = found.ok_or_else(|| Problem::not_found("the organisation has no profile yet"))?;
    let profile: IssuerProfile =
        serde_json::from_value(found.said).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::ETAG, etag(found.version.into()))], Json(profile)))
}

struct Put {
    org: String,
    headers: HeaderMap,
    profile: IssuerProfile,
}

impl Change for Put {
    type Done = i32;

    async fn make(self, conn: &mut PgConnection, by: &By<'_>) -> Result<i32, Problem> {
        let database = |error: sqlx::Error| Problem::database(&error);
        let there = read(conn, &self.org, None).await.map_err(database)?;
        is_expected(&self.headers, there.map(|there| there.version))?;
        check(conn, self.profile.problems(), self.profile.images()).await?;
        let profile = serde_json::to_value(&self.profile).map_err(|error| Problem::internal(&error))?;
        Ok(put(conn, by, &self.org, &profile).await.map_err(database)?.version)
    }
}

/// Says how an organisation is named by credentials that are issued from now on. Those that are there keep what they say.
#[utoipa::path(
    put,
    path = "/api/v1/issuers/{org}",
    tag = "definitions",
    params(
        ("org" = String, Path, description = "The organisation.", example = "OpenedX"),
        ("if-match" = Option<String>, Header, description = "The ETag of the version that is replaced."),
        ("if-none-match" = Option<String>, Header, description = "`*` for the first one."),
    ),
    request_body = IssuerProfile,
    responses(
        (status = 200, description = "The profile as it is now.", body = IssuerProfile,
         headers(("etag" = String, description = "Its version, for edits."))),
        Refusals,
    )
)]
pub(crate) async fn put_issuer(
    State(state): State<CredentialsState>,
    asked: Asked,
    Path(org): Path<String>,
    Query(NoParameters {}): Query<NoParameters>,
    headers: HeaderMap,
    Json(profile): Json<IssuerProfile>,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.require(Permission::ManageCredentials, Target::Org(&org)).await?;
    let put = Put { org, headers, profile: profile.clone() };
    let version = asked.change(&state.writers, None, put).await?;
    Ok(([(header::ETAG, etag(version.into()))], Json(profile)))
}
