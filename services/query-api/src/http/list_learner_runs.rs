//! `GET /api/v1/learners/{learner_id}/runs`.

use axum::extract::State;
use lp_domain::{LearnerId, RunKey};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Page, Paging, Path, Permission, Problem, Query};
use lp_progress_store::read;
use sqlx::PgPool;

use super::learner_run::LearnerRun;

/// A learner's runs, in the order of their keys; those left too. Empty when there are none. Who
/// manages paths of some organisations sees the runs of these.
#[utoipa::path(
    get,
    path = "/api/v1/learners/{learner_id}/runs",
    tag = "progress",
    params(("learner_id" = i64, Path, description = "LMS user id.", minimum = 1), Paging),
    responses(
        (status = 200, description = "A page of runs.", body = Page<LearnerRun>),
        (status = "4XX", description = "400 when the id, a parameter or the cursor is malformed, 401 without a token, 403 when it does not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list_learner_runs(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(learner): Path<LearnerId>,
    Query(listing): Query<Paging>,
) -> Result<Json<Page<LearnerRun>>, Problem> {
    let orgs = caller.reach_to(Permission::ReadProgress, learner.get()).await?.orgs();
    let after: Option<RunKey> = listing.place()?;
    let after = after.as_ref().map(RunKey::as_str);
    let limit = listing.limit.one_more();
    let found = async {
        let mut conn = readers.acquire().await?;
        read::list_learner_runs(&mut conn, learner.get(), orgs.as_deref(), after, limit).await
    };
    let runs = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(runs, listing.limit, |run| run.run_key.clone()).map(Json)
}
