//! What users were granted, looked up in the progress database.

use std::sync::Arc;

use lp_http::Problem;
use lp_http::auth::{Grant, GrantSource, Role};
use lp_progress_store::{StoreError, grants};
use sqlx::PgPool;

/// The most grants of one user that are looked at; nobody needs as many.
const MOST: i64 = 1_000;

/// Looks grants up by these connections, anew for every request that a token alone does not allow.
#[must_use]
pub fn grants_in(pool: PgPool) -> GrantSource {
    Arc::new(move |user_id| {
        let pool = pool.clone();
        Box::pin(async move {
            let found = async { grants::list(&mut *pool.acquire().await?, Some(user_id), 0, MOST).await };
            let found = found.await.map_err(|error| match error {
                StoreError::Database(error) => Problem::database(&error),
                other => Problem::internal(&other),
            })?;
            let known =
                |grant: grants::Grant| Some(Grant { role: Role::from_word(&grant.role)?, org: grant.org });
            Ok(found.into_iter().filter_map(known).collect())
        })
    })
}
