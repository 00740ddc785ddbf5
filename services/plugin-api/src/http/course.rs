//! `POST {key}/enrollments/{course}/`: into a course of a path, at the LMS.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use lp_http::{Permission, Problem};
use lp_lms_client::CourseOutcome;
use opaque_keys::CourseKey;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::detail::{Detail, Refused};
use super::enrolments::OneLearner;
use super::fields::Fields;
use super::state::PluginState;
use super::steps::steps;
use super::visitor::Visitor;

/// Enrols the caller, who is in the path, in a course of it. The LMS decides: closed and full courses stay closed, and whoever is
/// in the course already keeps their mode.
#[utoipa::path(
    post,
    path = "/api/learning_paths/v1/{key}/enrollments/{course}/",
    tag = "enrollments",
    params(
        ("key" = String, Path, description = "The path's key, as it is or percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("course" = String, Path, description = "The key of a course run of the path.",
         example = "course-v1:OpenedX+DATA1+2026")
    ),
    request_body(content = Option<OneLearner>, description = "Nobody else can be named."),
    responses(
        (status = 201, description = "The caller is in the course.", body = Detail),
        (status = 400, description = "Not a course of the path, or the LMS refuses.", body = Detail),
        (status = 401, description = "Without a token that holds.", body = Detail),
        (status = 403, description = "Somebody else was named.", body = Detail),
        (status = 404, description = "No path that the caller is in.", body = Detail),
        (status = 503, description = "The LMS does not answer.", body = Detail)
    )
)]
pub(crate) async fn enrol_in_course(
    State(state): State<PluginState>,
    State(pool): State<PgPool>,
    visitor: Visitor,
    Path((key, course)): Path<(String, String)>,
    fields: Fields,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let name = fields.text("username")?;
    visitor.oneself(Permission::EnrolSelf, super::enrolments::org(&key)).await?;
    if !name.is_empty() && !visitor.is(name) {
        return Err(Refused::forbidden());
    }
    let mut conn = pool.acquire().await?;
    let (catalogue, path) = state.seen(&mut conn, &visitor, &key).await?;
    drop(conn);
    if path.enrolled_under.is_none() {
        return Err(Refused::no_path());
    }
    let is_step = steps(&catalogue, &path).iter().any(|item| item.key.as_str() == course);
    let course: CourseKey = course
        .parse()
        .ok()
        .filter(|_| is_step)
        .ok_or_else(|| Refused::bad_request("The course is not part of this learning path."))?;
    let lms = state.lms.as_ref().ok_or_else(|| {
        Refused::bad_request("Courses cannot be enrolled in from here: LP_LMS_URL is not set.")
    })?;
    let username = visitor.caller.username().ok_or_else(Refused::forbidden)?;
    let outcome = lms.enrol(username, &course, None, path.key.as_str()).await;
    match outcome.map_err(|error| Problem::unavailable(&error))? {
        CourseOutcome::Enrolled | CourseOutcome::AlreadyEnrolled => {
            let detail = "User successfully enrolled in the course.";
            Ok((StatusCode::CREATED, Json(json!({ "detail": detail }))))
        }
        CourseOutcome::Closed
        | CourseOutcome::InvitationOnly
        | CourseOutcome::FullOrRefused
        | CourseOutcome::ModeNotOffered
        | CourseOutcome::UnknownLearner
        | CourseOutcome::UnknownCourse
        | CourseOutcome::Refused(_) => Err(Refused::bad_request("Failed to enroll the user in the course.")),
    }
}
