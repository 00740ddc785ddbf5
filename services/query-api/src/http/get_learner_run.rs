//! `GET /api/v1/learners/{learner_id}/runs/{run_key}`.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use lp_domain::{LearnerId, RunKey, Timestamp};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::read;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use utoipa::{IntoParams, ToSchema};

use super::item::Item;
use super::learner_run::LearnerRun;
use super::node::Node;
use crate::words;

/// What is still missing.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Missing {
    /// Ways to complete the run, cheapest first, a bounded number of them: each the ids of the items that suffice and
    /// of which none can be left out. Empty when it is completed.
    #[schema(example = json!([["sql", "python"], ["r"]]))]
    ways: Vec<Vec<String>>,
    /// The same for people; null when nothing is missing.
    #[schema(example = "Pass “Tables and queries” and pass “Python”; or earn the certificate of “R”.")]
    words: Option<String>,
}

/// How far a learner is in one run, in every part of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct LearnerRunDetail {
    /// LMS user id.
    #[schema(minimum = 1)]
    learner_id: i64,
    #[serde(flatten)]
    run: LearnerRun,
    /// Every item, in the order in which they are shown.
    items: Vec<Item>,
    /// Every node of the requirement, depth first, the root first.
    nodes: Vec<Node>,
    /// What is still missing.
    missing: Missing,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Moment {
    /// An earlier moment (RFC 3339, a `+` percent-encoded): how the learner stood then, judged anew from the facts dated up to then.
    #[param(example = "2026-03-01T00:00:00Z")]
    as_of: Option<DateTime<Utc>>,
}

impl Moment {
    fn at(&self) -> Result<Option<Timestamp>, Problem> {
        let Some(as_of) = self.as_of else { return Ok(None) };
        let bad = || Problem::invalid_query("`as_of` must be an instant from 1970 until now");
        let at = Timestamp::try_from(as_of).map_err(|_| bad())?;
        if as_of > Utc::now() { Err(bad()) } else { Ok(Some(at)) }
    }
}

/// It takes no query parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

/// A learner in one run: every item and node, by which facts they count, and what is missing; now or as of an earlier moment.
#[utoipa::path(
    get,
    path = "/api/v1/learners/{learner_id}/runs/{run_key}",
    tag = "progress",
    params(
        ("learner_id" = i64, Path, description = "LMS user id.", minimum = 1),
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DemoPath+2026+all"),
        Moment,
        ("if-none-match" = Option<String>, Header, description = "An `ETag` of before: 304 when nothing changed.")
    ),
    responses(
        (status = 200, description = "Where the learner stands.", body = LearnerRunDetail,
         headers(("etag" = String, description = "Changes when anything of the learner or of titles does."))),
        (status = 304, description = "Nothing changed since."),
        (status = "4XX", description = "400 when id, key or moment is malformed, 401 without a token, 403 when it does not allow this, 404 when there is no \
                                        such run or the learner was never enrolled in it, or not by then.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_learner_run(
    State(readers): State<PgPool>,
    caller: Caller,
    Path((learner, run)): Path<(LearnerId, RunKey)>,
    Query(moment): Query<Moment>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let target = Target::LearnerIn { learner: learner.get(), org: run.org() };
    caller.require(Permission::ReadProgress, target).await?;
    let at = moment.at()?;
    let found = async {
        let mut conn = readers.acquire().await?;
        match at {
            Some(at) => read::get_learner_run_as_of(&mut conn, learner, run.as_str(), at).await,
            None => read::get_learner_run(&mut conn, learner.get(), run.as_str()).await,
        }
    };
    let found = found
        .await
        .map_err(|error| Problem::database(&error))?
        .ok_or_else(|| Problem::not_found("the learner is in no run of this key"))?;
    let etag = format!("\"{}\"", found.version);
    let tag = [(header::ETAG, etag.clone())];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok((tag, Json(detail(learner, found))).into_response())
}

/// Whether the caller has this version already (RFC 9110, section 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

fn detail(learner: LearnerId, found: read::LearnerRunDetail) -> LearnerRunDetail {
    let read::LearnerRunDetail { run, definition, verdict, counted, titles, gone, .. } = found;
    let nodes = definition.nodes();
    let counting = lp_domain::counting_items(&definition, &verdict);
    let required = definition.required();
    let items = definition.items.iter().zip(counted).enumerate().map(|(at, (item, counted))| {
        Item::new(item, verdict.items.get(at), counted, required.contains(&item.id), &titles, &gone)
    });
    let items = items.collect();
    let ways = lp_domain::missing(&definition, &verdict);
    let missing = Missing {
        words: words::missing(&definition, &ways),
        ways: ways.iter().map(|way| way.iter().map(ToString::to_string).collect()).collect(),
    };
    let nodes = nodes
        .into_iter()
        .zip(&counting)
        .enumerate()
        .map(|(at, ((pointer, node), counted))| Node::new(pointer, node, verdict.nodes.get(at), counted))
        .collect();
    LearnerRunDetail { learner_id: learner.get(), run: run.into(), items, nodes, missing }
}
