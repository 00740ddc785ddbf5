//! `GET /enrollment/{username},{course_id}`: a learner's enrolment in a course run.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, bare, ok, page};
use super::course::details;
use super::things::{Course, Enrolment};
use super::world::{World, world};

pub(super) async fn one(State(state): Shared, headers: HeaderMap, Path(which): Path<String>) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_throttled("enrolment", &headers)?;
    // The route ends with the key: a slash behind it is another address.
    let Some((username, course)) = which.split_once(',').filter(|_| !which.ends_with('/')) else {
        return Ok(page(StatusCode::NOT_FOUND));
    };
    if !caller.is_staff && caller.username != username {
        return Ok(bare(StatusCode::NOT_FOUND));
    }
    Ok(world.enrolment(username, course).map_or(bare(StatusCode::OK), |row| ok(object(&world, row))))
}

/// An enrolment with the details of its course.
pub(super) fn object(world: &World, row: &Enrolment) -> Value {
    let unknown = Course { modes: vec![], ..Course::open(&row.course) };
    let course = world.courses.get(&row.course).unwrap_or(&unknown);
    json!({
        "created": row.created, "mode": row.mode, "is_active": row.is_active, "user": row.username,
        "course_details": details(course, world.now(), false),
    })
}
