//! `GET /courses/{course}/?username=`: a learner's grade in a course run, without its time.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use super::Shared;
use super::answer::{Answer, forbidden, missing, ok, page};
use super::things::Grade;
use super::world::world;

pub(super) async fn one(
    State(state): Shared,
    headers: HeaderMap,
    Path(course): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_throttled("grade", &headers)?;
    // Of the whole course's list, which is what a call without a name asks for, nothing is played.
    let (Some(course), Some(username)) = (course.strip_suffix('/'), query.get("username")) else {
        return Ok(page(StatusCode::NOT_FOUND));
    };
    if !caller.is_staff && caller.username != *username {
        return Ok(forbidden());
    }
    let Some(account) = world.account(username) else {
        return Ok(missing("user_does_not_exist"));
    };
    let username = &account.username;
    if world.enrolment(username, course).is_none_or(|row| !row.is_active) {
        return Ok(missing("user_not_enrolled"));
    }
    let kept = world.grades.get(&(username.clone(), course.to_owned())).copied();
    let Grade { passed, percent } = kept.unwrap_or(Grade { passed: false, percent: 0.0 });
    Ok(ok(json!([{
        "username": username, "email": "", "course_id": course, "passed": passed, "percent": percent,
        "letter_grade": passed.then_some("Pass"),
    }])))
}
