//! `GET /enrollments`: rows of all learners, a page at a time. Staff only.

use std::collections::HashMap;

use axum::extract::{OriginalUri, Query, State};
use axum::http::HeaderMap;
use serde_json::json;

use super::Shared;
use super::answer::{Answer, invalid, ok};
use super::things::Enrolment;
use super::world::world;

const PAGE_SIZE_MAX: usize = 100;
/// The most values in one list of the query.
const VALUES_MAX: usize = 100;

/// Newest first, the inactive too; the cursor counts rows from the newest.
pub(super) async fn get(
    State(state): Shared,
    headers: HeaderMap,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    world.enter_staff("enrolments", &headers)?;
    let values = |name: &str| query.get(name).map(|list| list.split(',').collect::<Vec<_>>());
    let (courses, usernames, emails) = (values("course_ids"), values("username"), values("email"));
    for (name, list) in [("course_ids", &courses), ("username", &usernames), ("email", &emails)] {
        if list.as_ref().is_some_and(|list| list.len() > VALUES_MAX) {
            return Ok(invalid(name, "Too many values."));
        }
    }
    let is_wanted = |row: &&Enrolment| {
        let email = world.account(&row.username).map_or("", |account| &account.email);
        query.get("course_id").is_none_or(|course| row.course == *course)
            && courses.as_ref().is_none_or(|parts| parts.iter().any(|part| row.course.contains(part)))
            && usernames.as_ref().is_none_or(|names| names.contains(&row.username.as_str()))
            && emails.as_ref().is_none_or(|emails| emails.contains(&email))
    };
    let number = |name: &str| query.get(name).and_then(|value| value.parse::<usize>().ok());
    let size = number("page_size").unwrap_or(PAGE_SIZE_MAX).clamp(1, PAGE_SIZE_MAX);
    let start = number("cursor").unwrap_or_default();
    let rows: Vec<_> = world.enrolments.iter().rev().filter(is_wanted).collect();
    let results: Vec<_> = rows.iter().skip(start).take(size).map(|row| {
        json!({ "created": row.created, "mode": row.mode, "is_active": row.is_active, "user": row.username,
            "course_id": row.course })
    }).collect();
    let page = |from: usize| {
        let kept = uri.query().unwrap_or_default().split('&');
        let kept: Vec<_> = kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=")).collect();
        let kept = if kept.is_empty() { String::new() } else { format!("&{}", kept.join("&")) };
        format!("{}?cursor={from}{kept}", uri.path())
    };
    let next = (start + size < rows.len()).then(|| page(start + size));
    let previous = (start > 0).then(|| page(start.saturating_sub(size)));
    Ok(ok(json!({ "next": next, "previous": previous, "results": results })))
}
