//! Service tokens: issued for client credentials, signed with HS256, checked at each call.

use std::collections::HashMap;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Value, json};

use super::Shared;
use super::answer::{Answer, Refused, ok, page, unauthorized};
use super::things::Account;
use super::throttle::Bucket;
use super::world::{World, world};

/// What the LMS signs with; no client ever sees it.
const SECRET_KEY: &[u8] = b"the secret key of the simulated LMS, which nobody else has";
/// Who issues tokens, of whatever secret.
pub const ISSUER: &str = "http://127.0.0.1:8000/oauth2";
/// For whom.
pub const AUDIENCE: &str = "openedx";
/// Requests for tokens a minute, by address.
const TOKENS_A_MINUTE: usize = 120;

pub(super) async fn issue(
    State(state): Shared,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Answer {
    let mut world = world(&state);
    world.enter("token")?;
    let (now, limit) = (world.now(), world.token_limit.unwrap_or(TOKENS_A_MINUTE));
    if world.throttle.pass(Bucket::Token, limit, now).is_err() {
        return Ok(page(StatusCode::TOO_MANY_REQUESTS));
    }
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    if field("grant_type") != "client_credentials" {
        return Ok(oauth_error(StatusCode::BAD_REQUEST, "unsupported_grant_type"));
    }
    let client = world.clients.iter().find(|client| client.id == field("client_id"));
    let Some(client) = client.filter(|client| client.secret == field("client_secret")) else {
        return Ok(oauth_error(StatusCode::UNAUTHORIZED, "invalid_client"));
    };
    let token_type = headers.get("x-token-type").and_then(|value| value.to_str().ok());
    let is_jwt = form.get("token_type").map_or(token_type, |value| Some(value.as_str())) == Some("jwt");
    let (access_token, token_type) =
        if is_jwt { (sign(&world, &client.username)?, "JWT") } else { (opaque(), "Bearer") };
    let scope = "read write email profile user_id";
    let life = world.token_life.as_secs();
    Ok(ok(
        json!({ "access_token": access_token, "expires_in": life, "token_type": token_type, "scope": scope }),
    ))
}

fn oauth_error(status: StatusCode, word: &str) -> Response {
    (status, axum::Json(json!({ "error": word }))).into_response()
}

/// What only the LMS could resolve.
fn opaque() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn sign(world: &World, username: &str) -> Result<String, Refused> {
    let life = i64::try_from(world.token_life.as_secs()).unwrap_or(i64::MAX / 2);
    signed(&claims(username, world.now().timestamp(), life), SECRET_KEY)
        .map_err(|_| page(StatusCode::INTERNAL_SERVER_ERROR).into())
}

/// A token of an administrator, which holds for a day, as an LMS signs it that shares this secret with its services.
///
/// # Errors
/// When it cannot be signed.
pub fn administrator_token(secret: &str) -> anyhow::Result<String> {
    let day = TimeDelta::days(1).num_seconds();
    let mut claims = claims("learning_paths", Utc::now().timestamp(), day);
    claims["administrator"] = true.into();
    Ok(signed(&claims, secret.as_bytes())?)
}

/// A token of a learner, by LMS user id, likewise.
///
/// # Errors
/// When it cannot be signed.
pub fn learner_token(secret: &str, learner: i64) -> anyhow::Result<String> {
    let day = TimeDelta::days(1).num_seconds();
    let mut claims = claims("learner", Utc::now().timestamp(), day);
    claims["user_id"] = learner.into();
    Ok(signed(&claims, secret.as_bytes())?)
}

fn claims(username: &str, now: i64, life: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "5afe0000000000000000000000000001", "iat": now, "exp": now + life,
        "preferred_username": username, "grant_type": "client-credentials", "version": "1.2.0",
        "scopes": ["read", "write", "email", "profile", "user_id"], "filters": [],
        "is_restricted": false, "email_verified": true,
    })
}

fn signed(claims: &Value, secret: &[u8]) -> jsonwebtoken::errors::Result<String> {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret))
}

/// Whose token the request carries.
pub(super) fn caller(world: &World, headers: &HeaderMap) -> Result<Account, Refused> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = match value.split_once(' ') {
        Some((prefix, token)) if prefix.eq_ignore_ascii_case("jwt") => token,
        _ => return Err(unauthorized("Authentication credentials were not provided.").into()),
    };
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    // By the clock of this LMS, below.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(SECRET_KEY), &validation)
        .map_err(|_| unauthorized("Error decoding token."))?
        .claims;
    if claims["exp"].as_i64().is_none_or(|exp| exp <= world.now().timestamp()) {
        return Err(unauthorized("Token has expired.").into());
    }
    let username = claims["preferred_username"].as_str().unwrap_or_default();
    world.account(username).cloned().ok_or_else(|| unauthorized("Invalid token.").into())
}
