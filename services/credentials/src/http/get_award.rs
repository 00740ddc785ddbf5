//! `GET /api/v1/awards/{award_id}`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use serde::Deserialize;
use sqlx::PgPool;
use uuid::Uuid;

use super::AwardBody;
use crate::store;

/// It takes no query parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

/// One award.
#[utoipa::path(
    get,
    path = "/api/v1/awards/{award_id}",
    tag = "awards",
    params(("award_id" = Uuid, Path, description = "The award's id.")),
    responses(
        (status = 200, description = "The award.", body = AwardBody),
        (status = "4XX", description = "400 when the id is malformed, 401 without a token, 403 when it does not allow this, 404 when there is no such award.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_award(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(award_id): Path<Uuid>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<AwardBody>, Problem> {
    let read = async { store::get(&mut *readers.acquire().await?, award_id).await };
    let award = read.await.map_err(|error| Problem::database(&error))?;
    let Some(award) = award else {
        // Who may not see every award is told the same of none as of somebody else's.
        caller.require(Permission::ReadAwards, Target::Platform).await?;
        return Err(Problem::not_found("there is no award of this id"));
    };
    let run = RunKey::parse(&award.run_key).map_err(|error| Problem::internal(&error))?;
    let target = Target::LearnerIn { learner: award.learner_id, org: run.org() };
    caller.require(Permission::ReadAwards, target).await?;
    Ok(Json(award.into()))
}
