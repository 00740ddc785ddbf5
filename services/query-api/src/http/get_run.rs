//! `GET /api/v1/runs/{run_key}`.

use std::collections::HashMap;

use axum::extract::State;
use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, RunKey};
use lp_http::problem::ProblemDocument;
use lp_http::{Caller, Json, Path, Problem, Query};
use lp_progress_store::read::{self, ContextInfo, Gone};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use super::catalogue::viewer;
use super::get_learner_run::NoParameters;
use super::item::Unavailable;
use super::learner_run::Enrolment;
use super::list_runs::RunBody;

/// A run with what it consists of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct RunDetail {
    #[serde(flatten)]
    run: RunBody,
    /// How long it takes, in the words of its authors.
    estimated_time: EstimatedTime,
    /// Whether it, or its path, is archived: open to nobody new.
    archived: bool,
    /// Its items, in the order in which they are shown.
    items: Vec<RunItem>,
    /// What must be done of them: `{"item": id}`, `{"all_of": […]}`, `{"in_order": […]}`, `{"at_least": {"k": 1, "of": […]}}`,
    /// `{"at_least_points": {"points": 3, "of": […]}}`.
    #[schema(value_type = Object)]
    requirement: lp_domain::Node,
    /// One context serves at most one item.
    no_double_counting: bool,
    /// The caller's enrolment; null when they are no learner of it.
    enrolment: Option<Enrolment>,
}

/// How long a path takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct EstimatedTime {
    /// How long it lasts.
    #[schema(example = "3 months")]
    duration: Option<String>,
    /// How much time it takes while it lasts.
    #[schema(example = "4 hours a week")]
    time_commitment: Option<String>,
}

/// An item of a run.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct RunItem {
    /// Its name within the definition, stable over revisions.
    id: String,
    /// Its title on the path.
    title: String,
    /// Whether nothing requires it: it is shown, never needed.
    optional: bool,
    /// Its share in progress and grade, relative to its siblings.
    weight: f64,
    /// Its points under `at_least_points`.
    points: u32,
    /// When it counts: `"passed"`, `"certificate"`, `{"grade": 0.7}`, `{"completion": 1.0}`, `{"any_of": […]}`,
    /// `{"all_of": […]}`.
    criterion: lp_domain::Criterion,
    /// The enrolment mode that the learner must have, if any.
    mode: Option<String>,
    /// The contexts that serve it: its own, then its equivalents.
    contexts: Vec<RunContext>,
}

/// A learning context or usage, as its source has it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct RunContext {
    /// Its key.
    #[schema(example = "course-v1:OpenedX+DemoX+2026")]
    context_key: String,
    /// Its title, when it is known.
    context_title: Option<String>,
    /// When it begins, when that is known.
    starts_at: Option<DateTime<Utc>>,
    /// When it ends, if it does and that is known.
    ends_at: Option<DateTime<Utc>>,
    /// Set when it is gone at its source.
    unavailable: Option<Unavailable>,
}

impl RunContext {
    fn new(key: &ContextKey, known: &HashMap<String, ContextInfo>, gone: &HashMap<String, Gone>) -> Self {
        let info = known.get(key.as_str());
        Self {
            context_key: key.to_string(),
            context_title: info.map(|info| info.title.clone()),
            starts_at: info.map(|info| info.starts_at),
            ends_at: info.and_then(|info| info.ends_at),
            unavailable: Unavailable::of(key, gone),
        }
    }
}

/// A run with its items, its requirement and its dates.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_key}",
    tag = "runs",
    params(("run_key" = String, Path, description = "The run's key, percent-encoded.",
            example = "path-v1:OpenedX+DemoPath+2026+all")),
    responses(
        (status = 200, description = "The run, by its latest revision.", body = RunDetail),
        (status = "4XX", description = "400 when the key is malformed, 401 without a token, 403 when it does not allow this, 404 when there is no \
                                        such run, nothing of it is published, or the caller may not see it.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or the service too busy: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get_run(
    State(readers): State<PgPool>,
    caller: Caller,
    Path(run): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Json<RunDetail>, Problem> {
    let viewer = viewer(&caller).await?;
    let found = async { read::get_run(&mut *readers.acquire().await?, &viewer, run.as_str()).await };
    let found = found
        .await
        .map_err(|error| Problem::database(&error))?
        .ok_or_else(|| Problem::not_found("there is no such run"))?;
    Ok(Json(detail(found)))
}

fn detail(found: read::RunDetail) -> RunDetail {
    let read::RunDetail { run, is_archived, definition, contexts, gone, own } = found;
    let required = definition.required();
    let items = definition.items.iter().map(|item| RunItem {
        id: item.id.to_string(),
        title: item.title.clone(),
        optional: !required.contains(&item.id),
        weight: item.weight,
        points: item.points,
        criterion: item.criterion.clone(),
        mode: item.mode.clone(),
        contexts: item.contexts().map(|key| RunContext::new(key, &contexts, &gone)).collect(),
    });
    let items = items.collect();
    let said = |name: &str| run.details[name].as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    RunDetail {
        estimated_time: EstimatedTime {
            duration: said("duration"),
            time_commitment: said("time_commitment"),
        },
        archived: is_archived,
        items,
        requirement: definition.requirement,
        no_double_counting: definition.no_double_counting,
        enrolment: run
            .enrolment
            .zip(own)
            .map(|(state, own)| Enrolment::new(state, own.attempt, own.enrolled_at)),
        run: RunBody::of(run, own.map(|own| own.began)),
    }
}
