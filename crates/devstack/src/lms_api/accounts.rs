//! `/api/user/v1/accounts`: who is who. No throttle.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, bare, forbidden, invalid, ok};
use super::things::Account;
use super::world::world;

/// By names (several), else by address, else by id: names count first.
pub(super) async fn list(
    State(state): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_as("accounts", &headers)?;
    let found: Vec<Value> = if let Some(names) = query.get("username") {
        // Ordered as in the table, not as asked for.
        let wanted: Vec<_> = names.trim_matches(',').split(',').map(str::to_lowercase).collect();
        let accounts = world.accounts.iter().filter(|one| wanted.contains(&one.username.to_lowercase()));
        accounts.map(|account| object(account, &caller)).collect()
    } else if !caller.is_staff {
        return Ok(forbidden());
    } else if let Some(email) = query.get("email") {
        world.account_by_email(email).map(|account| object(account, &caller)).into_iter().collect()
    } else if let Some(id) = query.get("lms_user_id") {
        let Ok(id) = id.parse::<i64>() else {
            return Ok(bare(StatusCode::BAD_REQUEST));
        };
        let account = world.accounts.iter().find(|account| account.id == id);
        account.map(|account| object(account, &caller)).into_iter().collect()
    } else {
        vec![]
    };
    Ok(if found.is_empty() { bare(StatusCode::NOT_FOUND) } else { ok(found.into()) })
}

/// Staff only, and who is not is told `404`. Unknown addresses are left out.
pub(super) async fn search_emails(
    State(state): Shared,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let mut world = world(&state);
    let caller = world.enter_as("search_emails", &headers)?;
    if !caller.is_staff {
        return Ok(bare(StatusCode::NOT_FOUND));
    }
    let Some(emails) = body["emails"].as_array() else {
        return Ok(invalid("emails", "This field is required."));
    };
    let wanted: Vec<_> = emails.iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
    let found = world.accounts.iter().filter(|account| wanted.contains(&account.email.to_lowercase()));
    let row = |one: &Account| json!({ "email": one.email, "id": one.id, "username": one.username });
    Ok(ok(found.map(row).collect()))
}

/// Staff and the learner see all; others never the id.
fn object(account: &Account, caller: &Account) -> Value {
    if !(caller.is_staff || caller.id == account.id) {
        return json!({ "account_privacy": "private", "profile_image": {}, "username": account.username });
    }
    json!({
        "id": account.id, "username": account.username, "email": account.email, "name": "",
        "is_active": account.is_active, "date_joined": "2026-01-01T00:00:00Z", "last_login": null,
        "country": null, "account_privacy": "private", "profile_image": {},
    })
}
