//! `POST /api/v1/grants`.

use lp_domain::{LearnerId, PathId};
use lp_http::{Json, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::grants::{self, Grant};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::body::{GrantBody, GrantedRole};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals};

/// A role to be granted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGrant {
    /// LMS user id.
    #[schema(value_type = i64, minimum = 1)]
    user_id: LearnerId,
    /// The role.
    role: GrantedRole,
    /// The organisation that it is to hold in; everywhere when not given.
    #[serde(default)]
    org: Option<String>,
    /// For the audit log.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

struct Create {
    user_id: i64,
    role: GrantedRole,
    org: Option<String>,
}

impl Change for Create {
    type Done = Grant;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Grant, AuthoringError> {
        Ok(grants::grant(conn, by, self.user_id, self.role.word(), self.org.as_deref()).await?)
    }
}

/// Grants a role, which holds at once. What was granted already is found again.
#[utoipa::path(
    post,
    path = "/api/v1/grants",
    tag = "grants",
    params(("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")),
    request_body = NewGrant,
    responses((status = 201, description = "It holds.", body = GrantBody), Refusals)
)]
pub(crate) async fn create_grant(
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewGrant>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::ManageGrants, Target::Platform).await?;
    if new.org.as_ref().is_some_and(|org| PathId::new(org, "N").is_err()) {
        return Err(Problem::unprocessable("no path could be of this organisation"));
    }
    let create = Create { user_id: new.user_id.get(), role: new.role, org: new.org.clone() };
    let made =
        |grant| Ok(Made { location: None, etag: None, body: serde_json::to_value(GrantBody::from(grant))? });
    asked.make(new.reason.clone(), &new, create, made).await
}
