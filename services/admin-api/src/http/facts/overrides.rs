//! `POST /api/v1/learners/{user_id}/overrides`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, FactValue, LearnerId};
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{NewFact, Recording, Who, record_facts};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::row::{bounded, instant};
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::now;
use crate::http::state::{AdminState, SharedCatalogue};

/// Staff's word that a learner meets whatever an item asks in a context, or that it is taken back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOverride {
    /// What it is about.
    #[schema(value_type = String, example = "course-v1:OpenedX+C1+2026")]
    context_key: ContextKey,
    /// Whether it is given; else it is taken back, and what the learner did themselves decides.
    #[serde(default = "yes")]
    granted: bool,
    /// When it ends, if it does.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Why; no names of learners.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Where it can be looked up.
    #[serde(default)]
    #[schema(max_length = 1000)]
    evidence: Option<String>,
}

fn yes() -> bool {
    true
}

/// A fact that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedFact {
    /// Its id in the journal.
    event_id: Uuid,
}

struct Record {
    catalogue: SharedCatalogue,
    recording: Recording,
}

impl Change for Record {
    type Done = Uuid;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Uuid, AuthoringError> {
        let mut catalogue = self.catalogue.get();
        let recordings = std::slice::from_ref(&self.recording);
        let (mut recorded, _) = record_facts(conn, &mut catalogue, by, recordings, now()?).await?;
        if let Some(Err(refusal)) = recorded.pop() {
            return Err(AuthoringError::Refused(refusal));
        }
        self.catalogue.put(catalogue);
        Ok(self.recording.id)
    }
}

/// Vouches for a learner in a context, as of now, or takes that back. Both are facts that stay: a learner who has done the work by
/// themselves keeps what they have when the word is taken back.
#[utoipa::path(
    post,
    path = "/api/v1/learners/{user_id}/overrides",
    tag = "facts",
    params(
        ("user_id" = i64, Path, description = "LMS user id.", minimum = 1),
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body = NewOverride,
    responses((status = 201, description = "It is recorded.", body = RecordedFact), Refusals)
)]
pub(crate) async fn record_override(
    State(state): State<AdminState>,
    asked: Asked,
    Path(learner): Path<LearnerId>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewOverride>,
) -> Result<Made, Problem> {
    let org = new.context_key.org();
    let target =
        org.as_deref().map_or(Target::Platform, |org| Target::LearnerIn { learner: learner.get(), org });
    asked.caller.require(Permission::RecordFacts, target).await?;
    let reason = Some(new.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    let reason = bounded(Some(reason.ok_or_else(|| Problem::unprocessable("an override needs a reason"))?))
        .map_err(Problem::unprocessable)?;
    let value = FactValue::Override {
        granted: new.granted,
        expires_at: instant(new.expires_at).map_err(Problem::unprocessable)?,
    };
    let fact = NewFact {
        context_key: new.context_key.clone(),
        value,
        at: now().map_err(|error| Problem::internal(&error))?,
        reason: reason.clone(),
        evidence: bounded(new.evidence.clone()).map_err(Problem::unprocessable)?,
    };
    let recording = Recording { id: Uuid::now_v7(), who: Who::UserId(learner), fact };
    let made = |event_id| {
        Ok(Made { location: None, etag: None, body: serde_json::to_value(RecordedFact { event_id })? })
    };
    asked.make(reason, &new, Record { catalogue: state.catalogue, recording }, made).await
}
