//! `GET /api/v1/credentials` and `GET /api/v1/learners/{learner_id}/credentials`.

use axum::extract::State;
use lp_domain::{LearnerId, RunKey};
use lp_http::{Caller, Cursor, Json, Page, PageSize, Path, Permission, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::body::{CredentialBody, Status};
use crate::http::bodies::Refusals;
use crate::http::state::CredentialsState;
use crate::store::issuing::credentials::{CredentialFilter, list_credentials as read};

/// Which page of which credentials.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CredentialListing {
    /// Of this run only.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: Option<RunKey>,
    /// That stand so only.
    #[serde(default)]
    #[param(inline)]
    status: Option<Status>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many credentials a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    limit: PageSize,
}

/// The credentials of organisations whose awards the caller may see, by id.
#[utoipa::path(
    get,
    path = "/api/v1/credentials",
    tag = "credentials",
    params(CredentialListing),
    responses((status = 200, description = "A page of credentials.", body = Page<CredentialBody>), Refusals)
)]
pub(crate) async fn list_credentials(
    State(state): State<CredentialsState>,
    caller: Caller,
    Query(listing): Query<CredentialListing>,
) -> Result<Json<Page<CredentialBody>>, Problem> {
    let orgs = caller.reach(Permission::ReadAwards).await?.orgs();
    list(&state, CredentialFilter { orgs, ..CredentialFilter::default() }, listing).await
}

/// A learner's credentials, by id.
#[utoipa::path(
    get,
    path = "/api/v1/learners/{learner_id}/credentials",
    tag = "credentials",
    params(("learner_id" = i64, Path, description = "LMS user id.", minimum = 1), CredentialListing),
    responses((status = 200, description = "A page of credentials.", body = Page<CredentialBody>), Refusals)
)]
pub(crate) async fn list_learner_credentials(
    State(state): State<CredentialsState>,
    caller: Caller,
    Path(learner): Path<LearnerId>,
    Query(listing): Query<CredentialListing>,
) -> Result<Json<Page<CredentialBody>>, Problem> {
    let orgs = caller.reach_to(Permission::ReadAwards, learner.get()).await?.orgs();
    let filter = CredentialFilter { orgs, learner_id: Some(learner.get()), ..CredentialFilter::default() };
    list(&state, filter, listing).await
}

async fn list(
    state: &CredentialsState,
    filter: CredentialFilter,
    listing: CredentialListing,
) -> Result<Json<Page<CredentialBody>>, Problem> {
    let site = &state.issuer()?.site;
    let after: Option<Uuid> = listing.cursor.as_ref().map(Cursor::place).transpose()?;
    let run_key = listing.run_key.map(String::from);
    let filter = CredentialFilter { run_key, status: listing.status.map(Into::into), ..filter };
    let found =
        async { read(&mut *state.writers.acquire().await?, &filter, after, listing.limit.one_more()).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    let bodies = found.into_iter().map(|one| CredentialBody::new(site, one)).collect();
    Page::of(bodies, listing.limit, |body: &CredentialBody| body.credential_id).map(Json)
}
