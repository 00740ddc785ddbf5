use axum::http::header;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use lp_domain::Definition;
use lp_http::Json;
use lp_http::conditional::etag;
use lp_http::problem::Place;
use lp_progress_store::authoring::Draft;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::refusal::places;

/// A run's draft.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Draft)]
pub(crate) struct DraftBody {
    /// As it was written: a definition that may still be wrong.
    #[schema(value_type = Object)]
    definition: Value,
    /// Why it cannot be published yet; nothing when it can.
    problems: Vec<Place>,
    /// When it was last written.
    updated_at: DateTime<Utc>,
}

/// Everything that is wrong with a definition.
pub(super) fn problems(definition: Value) -> Vec<Place> {
    places(&Definition::read(definition).err().unwrap_or_default())
}

/// A draft as it is answered.
pub(super) fn answer(draft: Draft) -> impl IntoResponse {
    let Draft { definition, updated_at, version } = draft;
    let body = DraftBody { problems: problems(definition.clone()), definition, updated_at };
    ([(header::ETAG, etag(version))], Json(body))
}
