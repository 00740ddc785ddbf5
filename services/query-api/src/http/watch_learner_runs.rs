//! `GET /api/v1/learners/{learner_id}/live`.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use lp_domain::LearnerId;
use lp_http::problem::{Kind, ProblemDocument};
use lp_http::{Caller, Connection, Path, Permission, Problem, Query, Target};
use lp_progress_store::read;
use serde::Deserialize;

use super::learner_run::LearnerRun;
use crate::live::{Full, Known, Live, stream};

/// It takes no query parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A learner's runs as they change (server-sent events): first each run as the list of runs has it, then those that become
/// different, in their newest state. With `Last-Event-ID` only what is different from then.
///
/// A comment comes at least every 15 seconds, and `: current` once everything was sent that there was. The stream ends when the token does,
/// when the service restarts, when the client does not read, and when the learner is retired; `EventSource` comes back by itself,
/// unless it is then answered anything but 200.
#[utoipa::path(
    get,
    path = "/api/v1/learners/{learner_id}/live",
    tag = "progress",
    params(
        ("learner_id" = i64, Path, description = "LMS user id.", minimum = 1),
        ("last-event-id" = Option<String>, Header, description = "The id of the last event that was seen.")
    ),
    responses(
        (status = 200, description = "Events `run`, whose data is an entry of the list of the learner's runs.",
         body = String, content_type = "text/event-stream",
         example = "retry: 2042\n\nevent: run\nid: kV1bQm7cV2bJ0S4h\ndata: {\"run_key\":\"path-v1:OpenedX+DemoPath+2026+all\",…}\n\n: current\n\n"),
        (status = 204, description = "The learner is retired: nothing will ever come."),
        (status = "4XX", description = "400 when the id is malformed, 401 without a token, 403 when it does not allow this, 429 when the learner has \
                                        too many streams open.",
         body = ProblemDocument, content_type = "application/problem+json"),
        (status = "5XX", description = "503 when the database is away or there are too many streams: try again.",
         body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(super) async fn watch_learner_runs(
    State(live): State<Live>,
    caller: Caller,
    Path(learner): Path<LearnerId>,
    Query(NoParameters {}): Query<NoParameters>,
    connection: Option<Extension<Connection>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let learner = learner.get();
    caller.require(Permission::ReadProgress, Target::Learner(learner)).await?;
    let place = live.place(learner).map_err(|full| match full {
        Full::Service => Problem::new(Kind::Overloaded),
        Full::Learner => {
            Problem::new(Kind::TooManyRequests).with_detail("the learner has too many streams open")
        }
    })?;
    if live.is_retired(learner).await.map_err(|error| Problem::database(&error))? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let connection = connection.map(|Extension(connection)| connection);
    if let Some(connection) = &connection {
        connection.carry_a_stream();
    }
    let known = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(Known::parse);
    let render = |run: read::LearnerRun| serde_json::to_string(&LearnerRun::from(run));
    let events = stream(place, caller, known.unwrap_or_default(), render, connection);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CONNECTION, "close"),
        // Nginx would hold events back until it has a buffer full of them.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Body::from_stream(events)).into_response())
}
