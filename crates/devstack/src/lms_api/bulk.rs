//! `POST /api/bulk_enroll/v1/bulk_enroll`: there only on sites that switched it on.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::Shared;
use super::answer::{Answer, Refused, invalid, ok, page};
use super::things::{Account, Course, Invitation};
use super::world::{World, world};

pub(super) async fn post(State(state): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let mut world = world(&state);
    if !world.has_bulk {
        world.enter("bulk_enrol")?;
        return Ok(page(StatusCode::NOT_FOUND));
    }
    world.enter_staff("bulk_enrol", &headers)?;
    // Unenrolling is not simulated.
    if body["action"] != "enroll" {
        return Ok(invalid("action", "This is not a valid choice."));
    }
    let (auto_enroll, email_students) = (flag(&body, "auto_enroll")?, flag(&body, "email_students")?);
    let courses = courses(&body)?;
    let Some(identifiers) = body["identifiers"].as_str() else {
        return Ok(invalid("identifiers", "Not a valid string."));
    };
    let mut answer = Map::new();
    for course in courses {
        let each =
            identifiers.split([',', '\n', '\r', ' ', '\t']).filter(|identifier| !identifier.is_empty());
        let results: Vec<_> =
            each.map(|identifier| row(&mut world, &course, identifier, auto_enroll)).collect();
        let part = json!({ "action": body["action"], "auto_enroll": auto_enroll, "results": results });
        answer.insert(course, part);
    }
    Ok(ok(json!({
        "action": body["action"], "auto_enroll": auto_enroll, "email_students": email_students, "courses": answer,
    })))
}

fn flag(body: &Value, name: &str) -> Result<bool, Refused> {
    match &body[name] {
        Value::Null => Ok(false),
        Value::Bool(flag) => Ok(*flag),
        _ => Err(invalid(name, "Must be a valid boolean.").into()),
    }
}

/// Of a list only the first counts; then keys between commas.
fn courses(body: &Value) -> Result<Vec<String>, Refused> {
    let text = body["courses"].as_str().or_else(|| body["courses"][0].as_str());
    let Some(text) = text else {
        return Err(invalid("courses", "This field is required.").into());
    };
    let keys: Vec<_> = text.split(',').map(str::to_owned).collect();
    match keys.iter().find(|key| !key.starts_with("course-v1:") || key.matches('+').count() != 2) {
        Some(key) => Err(invalid("courses", &format!("Course key not valid: {key}")).into()),
        None => Ok(keys),
    }
}

fn row(world: &mut World, course: &str, identifier: &str, auto_enroll: bool) -> Value {
    let account = world.account(identifier).or_else(|| world.account_by_email(identifier)).cloned();
    if account.as_ref().map_or(!identifier.contains('@'), |account| account.is_retiring) {
        return json!({ "identifier": identifier, "invalidIdentifier": true });
    }
    if world.broken.contains(identifier) {
        return json!({ "identifier": identifier, "error": true });
    }
    let email = account.as_ref().map_or(identifier, |account| &account.email).to_owned();
    let before = standing(world, account.as_ref(), &email, course);
    if let Some(account) = account.as_ref().filter(|account| account.is_active) {
        enrol(world, account, course);
    } else {
        world.invitations.retain(|row| !(row.email == email && row.course == course));
        let (email, course) = (email.clone(), course.to_owned());
        world.invitations.push(Invitation { email, course, auto_enroll });
    }
    let after = standing(world, account.as_ref(), &email, course);
    json!({ "identifier": identifier, "before": before, "after": after })
}

/// In the default mode; window, capacity and invitations do not count, nor whether the course exists.
fn enrol(world: &mut World, account: &Account, course: &str) {
    if let Some(row) = world.enrolment_mut(&account.username, course) {
        row.is_active = true;
    } else {
        let mode = world.courses.get(course).map_or_else(|| "audit".to_owned(), Course::default_mode);
        world.insert(&account.username, course, mode);
    }
}

fn standing(world: &World, account: Option<&Account>, email: &str, course: &str) -> Value {
    let is_enrolled = account
        .and_then(|account| world.enrolment(&account.username, course))
        .is_some_and(|row| row.is_active);
    let invitation = world.invitation(email, course);
    json!({
        "user": account.is_some(), "enrollment": is_enrolled, "allowed": invitation.is_some(),
        "auto_enroll": invitation.is_some_and(|invitation| invitation.auto_enroll),
    })
}
