//! `GET /enrollment…`: what a learner is enrolled in.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, bare, ok, page};
use super::course::details;
use super::things::{Course, Enrolment};
use super::world::{World, world};

/// One, under `{username},{course_id}`.
pub(super) async fn one(State(state): Shared, headers: HeaderMap, Path(which): Path<String>) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_throttled("enrolment", &headers)?;
    let Some((username, course)) = which.split_once(',') else {
        return Ok(page(StatusCode::NOT_FOUND));
    };
    if !caller.is_staff && caller.username != username {
        return Ok(bare(StatusCode::NOT_FOUND));
    }
    Ok(world.enrolment(username, course).map_or(bare(StatusCode::OK), |row| ok(object(&world, row))))
}

/// All active ones of a learner.
pub(super) async fn of_user(
    State(state): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_throttled("enrolments_of", &headers)?;
    let username = query.get("user").unwrap_or(&caller.username);
    // Who is staff of no course sees none of another's.
    let is_visible = caller.is_staff || caller.username == *username;
    let rows = world.enrolments.iter().filter(|row| is_visible && row.username == *username && row.is_active);
    Ok(ok(rows.map(|row| object(&world, row)).collect()))
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
