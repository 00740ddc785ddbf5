//! `GET /api/v1/credentials/{credential_id}/files/{file}`.

use axum::extract::State;
use axum::response::Response;
use lp_http::{Caller, Path, Permission, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::get::find;
use crate::drawing::Format;
use crate::http::bodies::Refusals;
use crate::http::files::Wanted;
use crate::http::shown::Shown;
use crate::http::state::CredentialsState;

/// In which language a file is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileLanguage {
    /// `en`, `es`, `fr` or `ar`; that of the definition when not given.
    #[serde(default)]
    #[param(example = "es")]
    lang: Option<String>,
}

/// A credential as a file, whether it is shared or not: `certificate.pdf` and `transcript.pdf`, which have the signed credential attached,
/// `badge.png` and `badge.svg`, which have it in them, and `preview.png`.
#[utoipa::path(
    get,
    path = "/api/v1/credentials/{credential_id}/files/{file}",
    tag = "credentials",
    params(
        ("credential_id" = Uuid, Path, description = "Its id."),
        ("file" = String, Path, description = "Which file.", example = "certificate.pdf"),
        FileLanguage,
    ),
    responses(
        (status = 200, description = "The file.", content(
            (Vec<u8> = "application/pdf"), (Vec<u8> = "image/png"), (String = "image/svg+xml", example = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>")
        )),
        Refusals,
    )
)]
pub(crate) async fn get_file(
    State(state): State<CredentialsState>,
    caller: Caller,
    Path((credential_id, file)): Path<(Uuid, String)>,
    Query(FileLanguage { lang }): Query<FileLanguage>,
) -> Result<Response, Problem> {
    let issuer = state.issuer()?;
    find(&state, &caller, Permission::ReadAwards, credential_id).await?;
    let missing = || Problem::not_found("there is no such file");
    let format = Format::of_file(&file).ok_or_else(missing)?;
    let read = async {
        let mut conn = state.documents.acquire().await?;
        let Some(shown) = Shown::read(&mut conn, credential_id).await? else { return Ok(None) };
        Wanted::read(&mut conn, &issuer.site, &shown, format, lang.as_deref()).await
    };
    let wanted = read.await.map_err(|error: sqlx::Error| Problem::database(&error))?;
    wanted.ok_or_else(missing)?.draw(&issuer.drawing, &credential_id.to_string()).await
}
