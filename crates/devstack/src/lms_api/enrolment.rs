//! `GET /enrollment/{username},{course_id}`: a learner's enrolment in a course run; `GET /enrollments`: many.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, bare, invalid, ok, page};
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

/// The most names in one request, and rows in one answer.
const LIST_MAX: usize = 100;

/// Of all learners, or of those named; with the inactive, newest first, by cursor.
pub(super) async fn list(
    State(state): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    world.enter_staff("enrolments", &headers)?;
    let number = |name| query.get(name).and_then(|text: &String| text.parse::<usize>().ok());
    let names: Option<Vec<_>> =
        query.get("username").map(|names| names.split(',').map(str::to_lowercase).collect());
    if names.as_ref().is_some_and(|names| names.len() > LIST_MAX) {
        return Ok(invalid("username", "Too many usernames in a single request."));
    }
    let rows: Vec<_> = world
        .enrolments
        .iter()
        .rev()
        .filter(|row| query.get("course_id").is_none_or(|course| *course == row.course))
        .filter(|row| names.as_ref().is_none_or(|names| names.contains(&row.username.to_lowercase())))
        .collect();
    let size = number("page_size").unwrap_or(LIST_MAX).clamp(1, LIST_MAX);
    let (from, to) = (number("cursor").unwrap_or(0), number("cursor").unwrap_or(0) + size);
    let next = (to < rows.len()).then(|| format!("http://lms/api/enrollment/v1/enrollments?cursor={to}"));
    let shown: Vec<_> = rows.iter().skip(from).take(size).map(|row| short(row)).collect();
    Ok(ok(json!({ "next": next, "previous": null, "results": shown })))
}

fn short(row: &Enrolment) -> Value {
    json!({ "created": row.created, "mode": row.mode, "is_active": row.is_active, "user": row.username,
        "course_id": row.course })
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
