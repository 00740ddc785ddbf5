//! `GET /status/{purpose}/{list_id}`: a signed status list.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::Utc;
use lp_http::{Path, Problem};
use sqlx::PgPool;

use super::ANY_ORIGIN;
use crate::http::credentials::CREDENTIAL;
use crate::issuing::LIST_TTL;
use crate::store::issuing::lists::get_list;

/// Cached by whoever likes for as long as it says itself, but not past its end: who asks is nobody's business.
pub(super) async fn show(
    State(readers): State<PgPool>,
    Path((purpose, list_id)): Path<(String, i32)>,
) -> Result<impl IntoResponse, Problem> {
    let found = async { get_list(&mut *readers.acquire().await?, &purpose, list_id).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    let (document, expires_at) = found.ok_or_else(|| Problem::not_found("there is no such list"))?;
    let age = LIST_TTL.min(expires_at - Utc::now()).num_seconds().max(0);
    let cache = (header::CACHE_CONTROL, format!("public, max-age={age}"));
    Ok(([ANY_ORIGIN], [(header::CONTENT_TYPE, CREDENTIAL.to_owned()), cache], document))
}
