//! `GET /course/{id}`: when and how one may enrol; reads no credentials.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, message, ok, page};
use super::things::{Course, Mode};
use super::world::world;

pub(super) async fn get(
    State(state): Shared,
    Path(key): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    world.enter_anonymous("course")?;
    if key.ends_with('/') {
        return Ok(page(StatusCode::NOT_FOUND));
    }
    let include_expired = query.get("include_expired").is_some_and(|value| !value.is_empty());
    Ok(match world.courses.get(&key) {
        Some(course) => ok(details(course, world.now(), include_expired)),
        None => message(StatusCode::BAD_REQUEST, &format!("No course found for course ID '{key}'")),
    })
}

/// The course object.
pub(super) fn details(course: &Course, now: DateTime<Utc>, include_expired: bool) -> Value {
    let modes: Vec<_> = course
        .modes
        .iter()
        .filter(|mode| course.offers(&mode.slug, now, include_expired))
        .map(mode_object)
        .collect();
    json!({
        "course_id": course.key, "course_name": "A course",
        "enrollment_start": course.enrollment_start, "enrollment_end": course.enrollment_end,
        "course_start": null, "course_end": null, "invite_only": course.invite_only,
        "pacing_type": "Self Paced", "course_modes": modes,
    })
}

fn mode_object(mode: &Mode) -> Value {
    json!({
        "slug": mode.slug, "name": mode.slug, "min_price": 0, "suggested_prices": "", "currency": "usd",
        "expiration_datetime": mode.expiration, "description": null, "sku": null, "bulk_sku": null,
    })
}
