//! `GET /certificates/{username}/courses/{course}/`: a learner's certificate of a course run, whatever its status.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use super::Shared;
use super::answer::{Answer, forbidden, missing, ok, page};
use super::world::world;

pub(super) async fn one(State(state): Shared, headers: HeaderMap, Path(which): Path<String>) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_throttled("certificate", &headers)?;
    let Some((username, course)) = which.strip_suffix('/').and_then(|which| which.split_once("/courses/"))
    else {
        return Ok(page(StatusCode::NOT_FOUND));
    };
    if !caller.is_staff && caller.username != username {
        return Ok(forbidden());
    }
    if !world.courses.contains_key(course) {
        return Ok(missing("course_id_not_valid"));
    }
    let username = world.account(username).map_or(username, |account| &account.username);
    Ok(match world.certificates.get(&(username.to_owned(), course.to_owned())) {
        Some(certificate) => ok(json!({
            "username": username, "course_id": course, "certificate_type": certificate.mode,
            "status": certificate.status, "is_passing": certificate.status == "downloadable",
            "grade": certificate.grade, "download_url": null, "created_date": world.now(),
        })),
        None => missing("no_certificate_for_user"),
    })
}
