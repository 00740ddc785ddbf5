//! `/enrollment_allowed/`: invitations by address. Staff only.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, bare, message, ok};
use super::things::Invitation;
use super::world::world;

/// All of one address.
pub(super) async fn get(
    State(state): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_staff("allowed", &headers)?;
    let email = query.get("email").unwrap_or(&caller.email);
    let rows = world.invitations.iter().filter(|row| row.email.eq_ignore_ascii_case(email));
    Ok(ok(rows.map(object).collect()))
}

pub(super) async fn post(State(state): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let mut world = world(&state);
    world.enter_staff("allowed", &headers)?;
    let (Some(email), Some(course)) = (body["email"].as_str(), body["course_id"].as_str()) else {
        return Ok(incomplete());
    };
    if world.invitation(email, course).is_some() {
        return Ok(message(StatusCode::CONFLICT, "An enrollment allowed with these values already exists."));
    }
    let auto_enroll = body["auto_enroll"].as_bool().unwrap_or(false);
    let row = Invitation { email: email.to_owned(), course: course.to_owned(), auto_enroll };
    let answer = (StatusCode::CREATED, Json(object(&row))).into_response();
    world.invitations.push(row);
    Ok(answer)
}

pub(super) async fn delete(State(state): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let mut world = world(&state);
    world.enter_staff("allowed", &headers)?;
    let (Some(email), Some(course)) = (body["email"].as_str(), body["course_id"].as_str()) else {
        return Ok(incomplete());
    };
    if world.invitation(email, course).is_none() {
        return Ok(message(StatusCode::NOT_FOUND, "An enrollment allowed with these values does not exist."));
    }
    world.invitations.retain(|row| !(row.email.eq_ignore_ascii_case(email) && row.course == course));
    Ok(bare(StatusCode::NO_CONTENT))
}

fn incomplete() -> Response {
    message(
        StatusCode::BAD_REQUEST,
        "Please provide a value for 'email' and 'course_id' in the request data.",
    )
}

fn object(row: &Invitation) -> Value {
    json!({ "email": row.email, "course_id": row.course, "auto_enroll": row.auto_enroll })
}
