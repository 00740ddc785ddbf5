//! `GET /api/v1/runs/{run_key}/draft/difference`.

use axum::extract::State;
use lp_domain::difference::Difference;
use lp_domain::{Definition, RunKey};
use lp_http::problem::Kind;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring;
use sqlx::PgPool;

use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::{places, problem};

/// What a run's draft has that its latest revision has not.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}/draft/difference",
    tag = "drafts",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    responses(
        (status = 200, description = "What publication would change; 409 when nothing is published yet, 422 when the draft is \
                                      still wrong.", body = Difference),
        Refusals,
    )
)]
pub(crate) async fn draft_difference(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<Difference>, Problem> {
    caller.require(Permission::ReadManagement, Target::Org(key.org())).await?;
    let found = async {
        let mut conn = pool.acquire().await?;
        let latest = match authoring::get_run(&mut conn, &key).await? {
            Some(run) => authoring::get_revision(&mut conn, &key, run.latest_revision).await?,
            None => None,
        };
        Ok((authoring::get_draft(&mut conn, &key).await?, latest))
    };
    let (draft, latest) = found.await.map_err(problem)?;
    let draft =
        draft.ok_or_else(|| Problem::not_found("the run has no draft, or there is no such run"))?.definition;
    let draft = Definition::read(draft)
        .map_err(|problems| Problem::new(Kind::Unprocessable).with_errors(places(&problems)))?;
    let nothing = || Problem::new(Kind::Conflict).with_detail("nothing of this run is published yet");
    Ok(Json(Difference::between(&latest.ok_or_else(nothing)?.definition, &draft)))
}
