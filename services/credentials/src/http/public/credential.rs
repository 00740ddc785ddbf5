//! `GET /credentials/{credential_id}`: the credential, for those whom its learner gave the address.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use lp_credential_pages::Language;
use lp_http::{Path, Problem, Query};
use serde::Deserialize;
use uuid::Uuid;

use super::{ANY_ORIGIN, page};
use crate::drawing::Format;
use crate::http::credentials::CREDENTIAL;
use crate::http::files;
use crate::http::shown::Shown;
use crate::http::state::CredentialsState;

/// In which language the page is.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    pub(super) lang: Option<String>,
}

/// The page for people, the signed credential for programs. One that is not shared is answered as one that is not there.
pub(super) async fn show(
    State(state): State<CredentialsState>,
    Path(credential_id): Path<Uuid>,
    Query(Wanted { lang }): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let vary = (header::VARY, "accept, accept-language");
    let shown = find(&state, credential_id).await?;
    if wants_page(text(header::ACCEPT).unwrap_or_default()) {
        let language = Language::choose(lang.as_deref(), text(header::ACCEPT_LANGUAGE));
        return Ok(([vary], page::of(state.site()?, shown.as_ref(), language)).into_response());
    }
    let signed = shown.filter(shows_name).and_then(|shown| shown.signed).ok_or_else(missing)?;
    Ok(([ANY_ORIGIN], [vary, (header::CONTENT_TYPE, CREDENTIAL)], signed.document).into_response())
}

/// One of its files: the signed credential by itself, or as it is drawn.
pub(super) async fn download(
    State(state): State<CredentialsState>,
    Path((credential_id, file)): Path<(Uuid, String)>,
    Query(Wanted { lang }): Query<Wanted>,
) -> Result<Response, Problem> {
    let shown = find(&state, credential_id).await?;
    // All files but this one hold the name.
    let is_nameless = file == Format::Preview.file();
    let shown = shown.filter(|shown| is_nameless || shows_name(shown)).ok_or_else(missing)?;
    if file == "credential.json" {
        let signed = shown.signed.ok_or_else(missing)?;
        let name = format!("attachment; filename=\"{credential_id}.json\"");
        let headers = [(header::CONTENT_TYPE, CREDENTIAL.to_owned()), (header::CONTENT_DISPOSITION, name)];
        return Ok(([ANY_ORIGIN], headers, signed.document).into_response());
    }
    let (format, issuer) = (Format::of_file(&file).ok_or_else(missing)?, state.issuer()?);
    let read = async {
        let mut conn = state.documents.acquire().await?;
        files::Wanted::read(&mut conn, &issuer.site, &shown, format, lang.as_deref()).await
    };
    let wanted = read.await.map_err(|error: sqlx::Error| Problem::database(&error))?;
    wanted.ok_or_else(missing)?.draw(&issuer.drawing, &credential_id.to_string()).await
}

fn shows_name(shown: &Shown) -> bool {
    shown.credential.shows_name
}

/// A credential that is shared.
async fn find(state: &CredentialsState, credential_id: Uuid) -> Result<Option<Shown>, Problem> {
    state.site()?;
    let read = async { Shown::read(&mut *state.documents.acquire().await?, credential_id).await };
    let shown = read.await.map_err(|error| Problem::database(&error))?;
    Ok(shown.filter(|shown| shown.credential.is_shared))
}

fn missing() -> Problem {
    Problem::not_found("there is no such credential, or it is not shared")
}

/// Whether somebody who accepts this would rather have a page than data.
pub(super) fn wants_page(accept: &str) -> bool {
    let weight = |of: &[&str]| {
        let mut best: f32 = 0.0;
        for entry in accept.split(',') {
            let mut parts = entry.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            if of.contains(&kind.as_str()) {
                best = best.max(weight);
            }
        }
        best
    };
    weight(&["text/html", "application/xhtml+xml"])
        > weight(&["application/json", "application/ld+json", "application/vc+ld+json", "application/vc"])
}

#[cfg(test)]
mod tests {
    use super::wants_page;

    #[test]
    fn browsers_get_the_page_and_programs_the_data() {
        for accept in [
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "application/json;q=0.5, text/html",
        ] {
            assert!(wants_page(accept), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/ld+json, text/html;q=0.9",
            "text/html;q=0, application/json",
        ] {
            assert!(!wants_page(accept), "{accept}");
        }
    }
}
