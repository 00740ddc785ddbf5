//! `POST /api/v1/images`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use lp_certificates::Picture;
use lp_http::problem::Kind;
use lp_http::{Json, Permission, Problem, Query, Upload};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::asked::{Asked, Change};
use super::bodies::{NoParameters, Refusals};
use super::state::CredentialsState;
use crate::store::issuing::audit::By;
use crate::store::issuing::images::{ImageRow, put_image};

/// The first bytes of every PNG.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A picture that is stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredImage {
    /// What issuers and definitions name it by: the SHA-256 of the file.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// Where it is.
    #[schema(
        example = "https://credentials.example.org/images/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    url: String,
}

struct Store(Upload);

impl Change for Store {
    type Done = String;

    async fn make(self, conn: &mut PgConnection, _by: &By<'_>) -> Result<String, Problem> {
        let Upload { media_type, bytes } = self.0;
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let image = ImageRow { media_type, bytes: bytes.to_vec() };
        put_image(conn, &digest, &image).await.map_err(|error| Problem::database(&error))?;
        Ok(hex::encode(digest))
    }
}

/// Stores a picture of an issuer, a path or a signatory: a PNG or an SVG without anything from elsewhere. The same file is stored once.
#[utoipa::path(
    post,
    path = "/api/v1/images",
    tag = "definitions",
    request_body(
        description = "The file, of at most 1 MiB.",
        content((Vec<u8> = "image/png"), (String = "image/svg+xml", example = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"))
    ),
    responses((status = 201, description = "It is stored.", body = StoredImage), Refusals)
)]
pub(crate) async fn store_image(
    State(state): State<CredentialsState>,
    asked: Asked,
    Query(NoParameters {}): Query<NoParameters>,
    upload: Upload,
) -> Result<impl IntoResponse, Problem> {
    asked.caller.reach(Permission::ManageCredentials).await?;
    let base = state.issuer()?.site.base().to_owned();
    if !matches!(upload.media_type.as_str(), "image/png" | "image/svg+xml") {
        return Err(Problem::new(Kind::UnsupportedMediaType));
    }
    let is_png = upload.bytes.starts_with(PNG);
    if is_png != (upload.media_type == "image/png") {
        return Err(Problem::new(Kind::InvalidBody).with_detail("it is another kind of picture than it says"));
    }
    if let Err(error) = Picture::parse(&upload.bytes) {
        return Err(Problem::new(Kind::InvalidBody).with_detail(error.to_string()));
    }
    let digest = asked.change(&state.writers, None, Store(upload)).await?;
    let url = format!("{base}/images/{digest}");
    Ok((StatusCode::CREATED, Json(StoredImage { digest, url })))
}
