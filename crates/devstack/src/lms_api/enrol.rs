//! `POST /enrollment`: enrols, changes, unenrols.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refused, bare, message, ok};
use super::course::details;
use super::enrolment::object;
use super::things::{Account, Course, Refusal};
use super::world::{World, world};

const BAD: StatusCode = StatusCode::BAD_REQUEST;

/// What is asked for.
struct Wish<'a> {
    course: &'a Course,
    learner: &'a Account,
    mode: Option<&'a str>,
    is_active: Option<bool>,
    is_forced: bool,
    attributes: &'a [(String, String, String)],
}

pub(super) async fn post(State(state): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_throttled("enrol", &headers)?;
    let course = course(&world, &body)?;
    let learner = learner(&world, &caller, &body)?;
    let mode = body["mode"].as_str();
    if !caller.is_staff && !matches!(mode, None | Some("audit" | "honor")) {
        let text = "User does not have permission to create enrollment with this mode.";
        return Ok(message(StatusCode::FORBIDDEN, text));
    }
    if course.refusal == Some(Refusal::Embargo) {
        let body = json!({ "message": "Users from this location cannot access the course.",
            "user_message_url": "/embargo/blocked-message/enrollment/default/" });
        return Ok((StatusCode::FORBIDDEN, Json(body)).into_response());
    }
    let is_active = flag(&body["is_active"])?;
    let is_forced = flag(&body["force_enrollment"])?.unwrap_or(false) && caller.is_staff;
    let attributes = attributes(&body)?;
    let wish =
        Wish { course: &course, learner: &learner, mode, is_active, is_forced, attributes: &attributes };
    let row = world.enrolment(&learner.username, &course.key);
    let changes_mode = row.is_some_and(|row| mode.is_some_and(|mode| mode != row.mode));
    let changes_activity =
        row.is_some_and(|row| is_active.is_some_and(|is_active| is_active != row.is_active));
    if caller.is_staff && (changes_mode || changes_activity) {
        if changes_mode && changes_activity && is_active == Some(false) {
            return Ok(message(BAD, "Enrollment mode mismatch: active mode and requested mode differ."));
        }
        update(&mut world, &wish)?;
    } else {
        create(&mut world, &wish)?;
    }
    let row = world.enrolment(&learner.username, &course.key);
    Ok(row.map_or(bare(StatusCode::INTERNAL_SERVER_ERROR), |row| ok(object(&world, row))))
}

fn course(world: &World, body: &Value) -> Result<Course, Refused> {
    let Some(key) = body["course_details"]["course_id"].as_str() else {
        return Err(message(BAD, "Course ID must be specified to create a new enrollment.").into());
    };
    let known = world.courses.get(key).cloned();
    known.ok_or_else(|| message(BAD, &format!("No course '{key}' found for enrollment")).into())
}

/// For whom: the name counts before the address.
fn learner(world: &World, caller: &Account, body: &Value) -> Result<Account, Refused> {
    let (username, email) = (body["user"].as_str(), body["email"].as_str());
    let found = match (username, email) {
        (Some(username), _) => world.account(username),
        (None, Some(email)) => world.account_by_email(email),
        (None, None) => Some(caller),
    };
    if !caller.is_staff && found.is_none_or(|account| account.id != caller.id) {
        return Err(bare(StatusCode::NOT_FOUND).into());
    }
    let text = "The user does not exist.";
    found.cloned().ok_or_else(|| message(StatusCode::NOT_ACCEPTABLE, text).into())
}

fn flag(value: &Value) -> Result<Option<bool>, Refused> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        _ => Err(message(BAD, "The value is an invalid status.").into()),
    }
}

fn attributes(body: &Value) -> Result<Vec<(String, String, String)>, Refused> {
    let part = |attribute: &Value, name: &str| attribute[name].as_str().map(str::to_owned);
    let read = |attribute| {
        Some((part(attribute, "namespace")?, part(attribute, "name")?, part(attribute, "value")?))
    };
    let all: Option<Vec<_>> =
        body["enrollment_attributes"].as_array().into_iter().flatten().map(read).collect();
    all.ok_or_else(|| message(BAD, "An attribute lacks a key.").into())
}

fn check_mode(world: &World, wish: &Wish<'_>, include_expired: bool) -> Result<(), Refused> {
    let now = world.now();
    if wish.mode.is_none_or(|mode| wish.course.offers(mode, now, include_expired)) {
        return Ok(());
    }
    let text = "The course mode is expired or otherwise unavailable for the course run.";
    let body = json!({ "message": text, "course_details": details(wish.course, now, include_expired) });
    Err((BAD, Json(body)).into_response().into())
}

/// Changes a row. Neither window nor capacity counts here.
fn update(world: &mut World, wish: &Wish<'_>) -> Result<(), Refused> {
    check_mode(world, wish, wish.is_active == Some(false))?;
    put(world, wish, wish.is_active);
    Ok(())
}

/// Makes a row, or finds it: closed, then full, then already there.
fn create(world: &mut World, wish: &Wish<'_>) -> Result<(), Refused> {
    check_mode(world, wish, wish.is_forced)?;
    match wish.course.refusal {
        Some(Refusal::Filter) => {
            let body = json!({ "message": "no", "localizedMessage": "An enrolment filter says no." });
            return Err((StatusCode::FORBIDDEN, Json(body)).into_response().into());
        }
        Some(Refusal::View) => return Err(refused_somehow()),
        Some(Refusal::Embargo) | None => {}
    }
    let is_invited = world.invitation(&wish.learner.email, &wish.course.key).is_some();
    if !wish.is_forced && !is_invited && !wish.course.is_open(world.now()) {
        return Err(refused_somehow());
    }
    if world.is_full(wish.course) {
        return Err(refused_somehow());
    }
    if world.enrolment(&wish.learner.username, &wish.course.key).is_none_or(|row| !row.is_active) {
        put(world, wish, Some(wish.is_active.unwrap_or(true)));
    }
    Ok(())
}

/// The one message for closed, full, by invitation only, and refused by a view filter.
fn refused_somehow() -> Refused {
    Response::into(message(BAD, "An error occurred while creating the new course enrollment for the user."))
}

/// The row as wished for; its activity stays where the wish names none.
fn put(world: &mut World, wish: &Wish<'_>, is_active: Option<bool>) {
    let (username, course) = (wish.learner.username.clone(), wish.course.key.clone());
    if world.enrolment(&username, &course).is_none() {
        world.insert(&username, &course, wish.course.default_mode());
    }
    if let Some(row) = world.enrolment_mut(&username, &course) {
        row.is_active = is_active.unwrap_or(row.is_active);
        row.attributes.extend_from_slice(wish.attributes);
        if let Some(mode) = wish.mode {
            mode.clone_into(&mut row.mode);
        }
    }
}
