//! `GET /api/v1/learners/{learner_id}/awards`.

use axum::extract::State;
use lp_domain::{LearnerId, Timestamp};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, Paging, Path, Permission, Problem, Query};
use sqlx::PgPool;
use uuid::Uuid;

use super::AwardBody;
use crate::store;
use crate::store::AwardPlace;

/// A learner's awards, newest completion first; revoked ones too. Empty when there are none.
#[utoipa::path(
    get,
    path = "/api/v1/learners/{learner_id}/awards",
    tag = "awards",
    params(
        ("learner_id" = i64, Path, description = "LMS user id.", minimum = 1),
        Paging
    ),
    responses(
        (status = 200, description = "A page of awards.", body = Page<AwardBody>),
        (status = "4XX", description = "400 when the id, a parameter or the cursor is malformed, 401 without a token, 403 when it does not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_awards(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(learner): Path<LearnerId>,
    Query(listing): Query<Paging>,
) -> Result<Json<Page<AwardBody>>, Problem> {
    let orgs = caller.reach_to(Permission::ReadAwards, learner.get()).await?.orgs();
    // A `Timestamp` lies in years that Postgres knows, whatever a tampered cursor says.
    let place: Option<(Timestamp, Uuid)> = listing.place()?;
    let after =
        place.map(|(completed_at, award_id)| AwardPlace { completed_at: completed_at.get(), award_id });
    let limit = listing.limit.one_more();
    let read = async {
        let mut conn = readers.acquire().await?;
        store::list_by_learner(&mut conn, learner.get(), orgs.as_deref(), after, limit).await
    };
    let awards = read.await.map_err(|error| Problem::database(&error))?;
    Page::of(awards, listing.limit, |award| (award.completed_at, award.award_id)).map(Json)
}
