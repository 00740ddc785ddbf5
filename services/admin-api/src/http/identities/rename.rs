//! `POST /api/v1/replace_usernames/`.

use std::collections::BTreeMap;

use lp_http::{Json, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::identities;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::{Asked, Change};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::now;

/// The most names at once.
const MAX_NAMES: usize = 1_000;

/// New usernames, as Open edX's `username_replacement` command sends them to every service.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UsernameReplacements {
    /// The new username by the old one, an object each.
    #[schema(max_items = 1_000)]
    username_mappings: Vec<BTreeMap<String, String>>,
}

/// What became of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReplacedUsernames {
    /// As they were asked for; also those of nobody whom we know.
    successful_replacements: Vec<BTreeMap<String, String>>,
    /// None: all are done, or the request fails.
    failed_replacements: Vec<BTreeMap<String, String>>,
}

struct Rename(BTreeMap<String, String>);

impl Change for Rename {
    type Done = ();

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<(), AuthoringError> {
        Ok(identities::rename(conn, by, &self.0, now()?).await?)
    }
}

/// Gives learners other usernames. Those of nobody whom we know are answered as done, as there is nothing to do.
#[utoipa::path(
    post,
    path = "/api/v1/replace_usernames/",
    tag = "learners",
    request_body = UsernameReplacements,
    responses((status = 200, description = "They have them.", body = ReplacedUsernames), Refusals)
)]
pub(crate) async fn replace_usernames(
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    Json(UsernameReplacements { username_mappings }): Json<UsernameReplacements>,
) -> Result<axum::Json<ReplacedUsernames>, Problem> {
    asked.caller.require(Permission::ManageIdentities, Target::Platform).await?;
    let names: BTreeMap<String, String> =
        username_mappings.iter().flatten().map(|(old, new)| (old.clone(), new.clone())).collect();
    let is_name = |name: &String| !name.is_empty() && name.chars().count() <= 255;
    if names.len() > MAX_NAMES || !names.iter().all(|(old, new)| is_name(old) && is_name(new)) {
        let detail = format!("up to {MAX_NAMES} usernames of 1 to 255 characters");
        return Err(Problem::unprocessable(detail));
    }
    asked.change(None, Rename(names)).await?;
    Ok(axum::Json(ReplacedUsernames {
        successful_replacements: username_mappings,
        failed_replacements: vec![],
    }))
}
