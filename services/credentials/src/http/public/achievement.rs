//! `GET /achievements/{run_key}/revisions/{revision}`: what credentials are for, the same for everybody who has one.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use lp_credential_pages::{AchievementPage, Language};
use lp_domain::RunKey;
use lp_http::{Path, Problem, Query};
use lp_open_badges::{Achievement, CONTEXTS};
use serde::Serialize;
use sqlx::PgPool;

use super::ANY_ORIGIN;
use super::credential::{Wanted, wants_page};
use super::page;
use crate::http::state::CredentialsState;
use crate::issuing::{Definition, IssuerProfile, Site, achievement};
use crate::store::issuing::achievements::get_achievement;

/// The achievement as it stands in credentials, by itself: with what its terms mean.
#[derive(Serialize)]
struct Document {
    #[serde(rename = "@context")]
    context: [&'static str; 2],
    #[serde(flatten)]
    achievement: Achievement,
}

/// What was achieved.
struct Achieved {
    run_key: RunKey,
    revision: i32,
    definition: Definition,
    issuer: IssuerProfile,
}

/// The page for people, the achievement for programs: of what was issued for at least once.
pub(super) async fn show(
    State(state): State<CredentialsState>,
    State(readers): State<PgPool>,
    Path((run_key, revision)): Path<(RunKey, i32)>,
    Query(Wanted { lang }): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let site = state.site()?;
    let read = async { get_achievement(&mut *readers.acquire().await?, run_key.as_str(), revision).await };
    let row = read.await.map_err(|error| Problem::database(&error))?;
    let achieved = row.map(|row| {
        let definition = serde_json::from_str(&row.definition)?;
        Ok(Achieved { run_key, revision, definition, issuer: serde_json::from_str(&row.issuer)? })
    });
    let achieved = achieved.transpose().map_err(|error: serde_json::Error| Problem::internal(&error))?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let vary = (header::VARY, "accept, accept-language");
    if wants_page(text(header::ACCEPT).unwrap_or_default()) {
        let language = Language::choose(lang.as_deref(), text(header::ACCEPT_LANGUAGE));
        let page = achieved.and_then(|achieved| achieved.page(site, language));
        return Ok(([vary], page::answer(page.map(|page| page.render()), language)).into_response());
    }
    let Achieved { run_key, revision, definition, .. } =
        achieved.ok_or_else(|| Problem::not_found("no credential was ever issued for it"))?;
    let achievement = achievement(site, &definition, run_key.as_str(), revision);
    let document = Document { context: [CONTEXTS[0].0, CONTEXTS[1].0], achievement };
    let text = serde_json::to_string(&document).map_err(|error| Problem::internal(&error))?;
    Ok(([ANY_ORIGIN], [vary, (header::CONTENT_TYPE, "application/ld+json")], text).into_response())
}

impl Achieved {
    fn page(&self, site: &Site, language: Language) -> Option<AchievementPage> {
        let Self { run_key, revision, definition, issuer } = self;
        Some(AchievementPage {
            language,
            offered: Language::ALL.to_vec(),
            title: definition.name.to_string(),
            description: definition.description.to_string(),
            criteria: definition.criteria.to_string(),
            criteria_url: definition.criteria_url.as_ref().and_then(page::web),
            picture: page::image(site, definition.image.as_ref()),
            issuer: page::issuer(site, issuer),
            hours: definition.hours.map(f64::from),
            alignments: page::alignments(definition),
            path: run_key.to_string(),
            revision: *revision,
            page: page::web(&site.achievement(run_key.as_str(), *revision))?,
        })
    }
}
