//! `GET /api/v1/me/learning`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::problem::{Kind, ProblemDocument};
use lp_http::{Caller, Cursor, Json, Page, PageSize, Permission, Problem, Query};
use lp_progress_store::read;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa::IntoParams;

use super::learner_run::LearnerRun;

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Onward {
    /// `next` of the page before, for who is in more runs than a page has.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

/// All runs of the caller, in the order of their keys, 200 at once; those left too.
#[utoipa::path(
    get,
    path = "/api/v1/me/learning",
    tag = "progress",
    params(Onward),
    responses(
        (status = 200, description = "The caller's runs.", body = Page<LearnerRun>),
        (status = "4XX", description = "400 when a parameter or the cursor is malformed, 401 without a token, 403 when it names no LMS user or does \
                                        not allow this.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn my_learning(
    State(readers): State<PgPool>,
    caller: Caller,
    Query(onward): Query<Onward>,
) -> Result<Json<Page<LearnerRun>>, Problem> {
    let learner = caller.user_id().ok_or_else(|| Problem::new(Kind::Forbidden))?;
    let orgs = caller.reach_to(Permission::ReadProgress, learner).await?.orgs();
    let after: Option<RunKey> = onward.cursor.as_ref().map(Cursor::place).transpose()?;
    let (after, limit) = (after.as_ref().map(RunKey::as_str), PageSize::MAX.one_more());
    let found = async {
        let mut conn = readers.acquire().await?;
        read::list_learner_runs(&mut conn, learner, orgs.as_deref(), after, limit).await
    };
    let runs = found.await.map_err(|error| Problem::database(&error))?;
    Page::of(runs, PageSize::MAX, |run| run.run_key.clone()).map(Json)
}
