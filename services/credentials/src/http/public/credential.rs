//! `GET /credentials/{credential_id}`: the credential, for those whom its learner gave the address.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use lp_credential_pages::Language;
use lp_http::{Path, Problem, Query};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ANY_ORIGIN, page};
use crate::http::credentials::CREDENTIAL;
use crate::http::state::CredentialsState;
use crate::store::issuing::credentials::{Credential, SignedDocument, get_credential, get_document};

/// In which language the page is.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    lang: Option<String>,
}

/// The page for people, the signed credential for programs. One that is not shared is answered as one that is not there.
pub(super) async fn show(
    State(state): State<CredentialsState>,
    Path(credential_id): Path<Uuid>,
    Query(Wanted { lang }): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let site = state.site()?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let read = async {
        let mut conn = state.writers.acquire().await?;
        let found = find(&mut conn, credential_id).await?;
        if !wants_page(text(header::ACCEPT).unwrap_or_default()) {
            return Ok((found, None));
        }
        let language = Language::choose(lang.as_deref(), text(header::ACCEPT_LANGUAGE));
        let page = page::of(&mut conn, site, found.as_ref(), language).await?;
        Ok::<_, sqlx::Error>((found, Some(page)))
    };
    let vary = (header::VARY, "accept, accept-language");
    Ok(match read.await.map_err(|error| Problem::database(&error))? {
        (_, Some(page)) => ([vary], page).into_response(),
        (Some((_, Some(signed))), None) => {
            ([ANY_ORIGIN], [vary, (header::CONTENT_TYPE, CREDENTIAL)], signed.document).into_response()
        }
        _ => return Err(missing()),
    })
}

/// The signed credential as a file.
pub(super) async fn download(
    State(state): State<CredentialsState>,
    Path(credential_id): Path<Uuid>,
) -> Result<Response, Problem> {
    let read = async { find(&mut *state.writers.acquire().await?, credential_id).await };
    let found = read.await.map_err(|error| Problem::database(&error))?;
    let Some((_, Some(signed))) = found else { return Err(missing()) };
    let name = format!("attachment; filename=\"{credential_id}.json\"");
    let headers = [(header::CONTENT_TYPE, CREDENTIAL.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok(([ANY_ORIGIN], headers, signed.document).into_response())
}

/// A credential that is shared, and its document, unless it was withdrawn.
pub(super) async fn find(
    conn: &mut PgConnection,
    credential_id: Uuid,
) -> sqlx::Result<Option<(Credential, Option<SignedDocument>)>> {
    let credential = get_credential(conn, credential_id).await?.filter(|credential| credential.is_shared);
    let Some(credential) = credential else { return Ok(None) };
    let document = get_document(conn, credential_id).await?;
    Ok(Some((credential, document)))
}

pub(super) fn missing() -> Problem {
    Problem::not_found("there is no such credential, or it is not shared")
}

/// Whether somebody who accepts this would rather have a page than data.
fn wants_page(accept: &str) -> bool {
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
