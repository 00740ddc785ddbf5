//! `POST /api/v1/definitions/validate`.

use lp_http::problem::Place;
use lp_http::{Caller, Json, Permission, Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::problems;
use crate::http::bodies::{NoParameters, Refusals};

/// What is to be looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToValidate {
    /// A definition: items, and the requirement over them.
    #[schema(value_type = Object)]
    definition: Map<String, Value>,
}

/// What is wrong with a definition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Validation {
    /// Every reason why it could not be published, with pointers into the definition; nothing when it could.
    problems: Vec<Place>,
}

/// Says everything that is wrong with a definition, and keeps nothing.
#[utoipa::path(
    post,
    path = "/api/v1/definitions/validate",
    tag = "drafts",
    request_body = ToValidate,
    responses((status = 200, description = "What is wrong.", body = Validation), Refusals)
)]
pub(crate) async fn validate(
    caller: Caller,
    Query(NoParameters {}): Query<NoParameters>,
    Json(body): Json<ToValidate>,
) -> Result<Json<Validation>, Problem> {
    caller.reach(Permission::ReadManagement).await?;
    Ok(Json(Validation { problems: problems(Value::Object(body.definition)) }))
}
