//! `POST /api/v1/runs/{run_key}/what-if`.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::Utc;
use futures::stream;
use lp_domain::{Definition, RunKey, RunPolicy, Timestamp};
use lp_http::problem::Kind;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::authoring::{self, AuthoringError};
use lp_progress_store::{
    Candidate, Catalogue, Content, Counts, Place, Portion, StoreError, Whom, preview, preview_total,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::PgPool;
use utoipa::ToSchema;

use super::line::{Done, Line, Progress};
use crate::http::bodies::{NoParameters, Refusals};
use crate::http::refusal::{places, problem};

/// Learners looked at for one line.
const PORTION: i64 = 500;

/// What the run might become. Of `definition` and `revision` one at most; without either its draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhatIf {
    /// A definition, as if it were published.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    definition: Option<Map<String, Value>>,
    /// A published revision.
    #[serde(default)]
    #[schema(minimum = 1)]
    revision: Option<u32>,
    /// How the run would judge; as it does now when not given.
    #[serde(default)]
    policy: Option<RunPolicy>,
    /// Who would be moved to it. Without it nobody: then all are judged by it in a run that follows its latest revision, and none
    /// in a pinned one.
    #[serde(default)]
    moves: Option<Moves>,
}

/// Who would be moved.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Moves {
    /// All learners of the run.
    Everybody,
    /// Those on this revision.
    Revision(u32),
}

impl From<Moves> for Whom {
    fn from(moves: Moves) -> Self {
        match moves {
            Moves::Everybody => Self::Everybody,
            Moves::Revision(revision) => Self::On(revision),
        }
    }
}

/// Says what a change would do to each learner of a run: judged by what judges them when facts arrive, from what is really known of
/// them. Nothing is written. The answer comes line by line while learners are looked at.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/what-if",
    tag = "drafts",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open")),
    request_body = WhatIf,
    responses(
        (status = 200, description = "JSON lines: `total`, then `progress` for some learners each, then `done`.", body = Line,
         content_type = "application/x-ndjson"),
        Refusals,
    )
)]
pub(crate) async fn what_if(
    State(pool): State<PgPool>,
    caller: Caller,
    Path(key): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(asked): Json<WhatIf>,
) -> Result<impl IntoResponse, Problem> {
    for permission in [Permission::ReadManagement, Permission::ReadProgress] {
        caller.require(permission, Target::Org(key.org())).await?;
    }
    let candidate = candidate(&pool, &key, asked).await?;
    let now = Timestamp::try_from(Utc::now()).map_err(|error| Problem::internal(&error))?;
    let mut preview =
        Preview { pool, key, candidate, now, catalogue: Catalogue::default(), counts: Counts::default() };
    // What cannot be asked at all is told as a problem.
    let refused = |error: StoreError| problem(error.into());
    let total = preview.total().await.map_err(refused)?;
    let first = preview.portion(None).await.map_err(refused)?;
    let lines = stream::unfold(Some((preview, first)), async |state| {
        let (mut preview, portion) = state?;
        let (lines, next) = preview.lines(portion).await;
        Some((lines, next.map(|portion| (preview, portion))))
    });
    let head = stream::once(async move { text(&[Line::Total(total)]) });
    let body = futures::StreamExt::chain(head, lines);
    let body = futures::StreamExt::map(body, Ok::<_, std::convert::Infallible>);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(body)))
}

async fn candidate(pool: &PgPool, key: &RunKey, asked: WhatIf) -> Result<Candidate, Problem> {
    let found = async {
        let mut conn = pool.acquire().await?;
        Ok((authoring::get_run(&mut conn, key).await?, authoring::get_draft(&mut conn, key).await?))
    };
    let (run, draft) = found.await.map_err(problem)?;
    let run = run.ok_or_else(|| problem(AuthoringError::UnknownRun(key.clone())))?;
    let conflict = |what| Problem::new(Kind::Conflict).with_detail(what);
    if run.latest_revision == 0 {
        return Err(conflict("nothing of this run is published yet, so nobody is in it"));
    }
    let definition = match (asked.definition, asked.revision, draft) {
        (Some(_), Some(_), _) => {
            let both = "give a definition or a revision, not both";
            return Err(Problem::unprocessable(both));
        }
        (Some(definition), None, _) => Some(Value::Object(definition)),
        (None, Some(_), _) => None,
        (None, None, Some(draft)) => Some(draft.definition),
        (None, None, None) => {
            return Err(conflict("the run has no draft"));
        }
    };
    let content = match (definition, asked.revision) {
        (None, revision) => Content::Published(revision.unwrap_or_default()),
        (Some(definition), _) => Content::Draft(
            Definition::read(definition)
                .map_err(|problems| Problem::new(Kind::Unprocessable).with_errors(places(&problems)))?,
        ),
    };
    Ok(Candidate { content, policy: asked.policy.unwrap_or(run.policy), moves: asked.moves.map(Whom::from) })
}

/// A preview that goes on portion by portion.
struct Preview {
    pool: PgPool,
    key: RunKey,
    candidate: Candidate,
    now: Timestamp,
    catalogue: Catalogue,
    counts: Counts,
}

impl Preview {
    async fn total(&self) -> Result<i64, StoreError> {
        preview_total(&mut *self.pool.acquire().await?, &self.key, self.candidate.moves).await
    }

    async fn portion(&mut self, from: Option<Place>) -> Result<Portion, StoreError> {
        let mut conn = self.pool.acquire().await?;
        let Self { key, candidate, now, catalogue, .. } = self;
        preview(&mut conn, catalogue, key, candidate, from, PORTION, *now).await
    }

    /// What a portion says, and the next one.
    async fn lines(&mut self, portion: Portion) -> (String, Option<Portion>) {
        self.counts += portion.counts;
        let counts = self.counts.into();
        let affected = portion.affected.into_iter().map(Into::into).collect();
        let mut lines = vec![Line::Progress(Progress { counts, affected })];
        let next = match portion.next {
            Some(place) => self.portion(Some(place)).await.map(Some),
            None => Ok(None),
        };
        let next = match next {
            Ok(next) => {
                let done = || Line::Done(Done { counts, digest: hex::encode(portion.digest) });
                lines.extend(next.is_none().then(done));
                next
            }
            Err(StoreError::WorldMoved(_)) => {
                lines.push(Line::Error("the run has changed in the meantime".into()));
                None
            }
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "a preview broke off");
                lines.push(Line::Error("it broke off".into()));
                None
            }
        };
        (text(&lines), next)
    }
}

fn text(lines: &[Line]) -> String {
    let line = |line: &Line| serde_json::to_string(line).map(|line| line + "\n");
    lines.iter().filter_map(|one| line(one).ok()).collect()
}
