//! `GET /images/{digest}`: a picture, which never changes.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use lp_http::{Path, Problem};
use sqlx::PgPool;

use super::ANY_ORIGIN;
use crate::store::issuing::images::get_image;

pub(super) async fn show(
    State(readers): State<PgPool>,
    Path(digest): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let bytes = hex::decode(&digest).unwrap_or_default();
    let found = async { get_image(&mut *readers.acquire().await?, &bytes).await };
    let found = found.await.map_err(|error| Problem::database(&error))?;
    let image = found.ok_or_else(|| Problem::not_found("there is no such picture"))?;
    let headers = [
        (header::CONTENT_TYPE, image.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
        // A picture that is opened by itself runs nothing and fetches nothing.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
        ),
    ];
    Ok(([ANY_ORIGIN], headers, image.bytes))
}
