//! An API's document, and a page on which it can be tried.

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::examples::with_examples;

/// The page may load what is served beside it, and ask this service; nothing else. Its own styles stand in the page, and so do
/// its pictures.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `/openapi.json` and `/docs/`, which are the same for everybody.
pub(crate) fn routes(document: &OpenApi) -> Router {
    let document = Bytes::from(with_examples(document).to_string());
    // Seen from the page, so that both may lie below a prefix of a proxy. The validator would be asked of another site.
    let config = Config::new(["../openapi.json"]).validator_url("none").use_base_layout();
    Router::new()
        .route(
            "/openapi.json",
            get(move || {
                let document = document.clone();
                async move { ([(header::CONTENT_TYPE, "application/json")], document) }
            }),
        )
        .merge(SwaggerUi::new("/docs").config(config))
        .layer(middleware::from_fn(for_everybody))
}

async fn for_everybody(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status().is_success() {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    response
}
