//! What lies around the router: addresses as clients write them, and errors as the plugin words them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::address::{PREFIX, canonical};

/// More than any problem document takes, in bytes.
const MAX_PROBLEM_BYTES: usize = 64 << 10;

/// Puts this around the service's router.
pub(super) fn around(inner: Router) -> Router {
    Router::new().fallback(move |request: Request| as_the_plugin(inner.clone(), request))
}

async fn as_the_plugin(inner: Router, mut request: Request) -> Response {
    let path = request.uri().path();
    if !path.starts_with(PREFIX) {
        return answer(inner, request).await;
    }
    let with_slash = (!path.ends_with('/')).then(|| format!("{path}/"));
    if let Some(path) = with_slash.filter(|path| canonical(path).is_some()) {
        return moved(&path, request.uri().query());
    }
    // What means nothing is asked for where nothing is.
    let known = canonical(path).unwrap_or_else(|| PREFIX.to_owned());
    if let Some(uri) = with_path(request.uri(), &known) {
        *request.uri_mut() = uri;
    }
    let method = request.method().clone();
    let by_jwt = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.len() > 4 && value[..4].eq_ignore_ascii_case("jwt "));
    let content_type = request.headers().get(header::CONTENT_TYPE).cloned();
    let response = answer(inner, request).await;
    let problem = response.headers().get(header::CONTENT_TYPE);
    if problem.is_some_and(|kind| kind == "application/problem+json") {
        in_its_words(response, &method, by_jwt, content_type.as_ref()).await
    } else {
        response
    }
}

async fn answer(inner: Router, request: Request) -> Response {
    match inner.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The same address with a slash at its end: whoever forgot it asks again there.
fn moved(path: &str, query: Option<&str>) -> Response {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    if let Ok(location) = HeaderValue::try_from(format!("{path}{query}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("{path}{query}")).ok()?);
    Uri::from_parts(parts).ok()
}

/// A problem document as the plugin would say it.
async fn in_its_words(
    response: Response,
    method: &Method,
    by_jwt: bool,
    content_type: Option<&HeaderValue>,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_PROBLEM_BYTES).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let said = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or_default();
    let detail = match parts.status {
        StatusCode::METHOD_NOT_ALLOWED if method == Method::OPTIONS => return options(&parts.headers),
        StatusCode::UNAUTHORIZED if by_jwt => "Invalid token.".to_owned(),
        StatusCode::UNAUTHORIZED => "Authentication credentials were not provided.".to_owned(),
        StatusCode::FORBIDDEN if !said.starts_with("CSRF Failed") => {
            "You do not have permission to perform this action.".to_owned()
        }
        StatusCode::NOT_FOUND => "Not found.".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => format!("Method \"{method}\" not allowed."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let kind = content_type.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            format!("Unsupported media type \"{kind}\" in request.")
        }
        _ => said.to_owned(),
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(json!({ "detail": detail }).to_string()))
}

/// What may be sent where, for whoever asks by `OPTIONS`.
fn options(headers: &axum::http::HeaderMap) -> Response {
    let kinds = ["application/json", "application/x-www-form-urlencoded"];
    let body = json!({ "name": "Learning Paths", "renders": ["application/json"], "parses": kinds });
    let mut response = axum::Json(body).into_response();
    if let Some(allow) = headers.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}
