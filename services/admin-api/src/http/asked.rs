//! A request that changes something: who asks, in one transaction, once.

use std::time::Duration;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use backon::{ExponentialBuilder, Retryable as _};
use lp_http::conditional::{idempotency_key, other_request};
use lp_http::{Caller, Problem, RequestId};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::idempotency::{self, Claim};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::refusal::problem;

/// How often a transaction is tried that lost a deadlock or its connection.
const TRIES: usize = 3;
/// The longest reason, in characters.
const MAX_REASON: usize = 1_000;

/// Something that changes what is kept.
pub(super) trait Change: Send + Sync + 'static {
    type Done: Send + 'static;

    /// Makes the change; it may be made again when the transaction fails.
    fn make(
        &self,
        conn: &mut PgConnection,
        by: &By<'_>,
    ) -> impl Future<Output = Result<Self::Done, AuthoringError>> + Send;
}

/// Who asks for a change, and by which request.
pub(super) struct Asked {
    pub(super) caller: Caller,
    pool: PgPool,
    request_id: Option<Uuid>,
    request: String,
    idempotency_key: Option<String>,
}

/// What was made, as it is answered, the second time too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Made {
    pub(super) location: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) body: Value,
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        let headers = [(header::LOCATION, self.location), (header::ETAG, self.etag)];
        let mut response = (StatusCode::CREATED, axum::Json(self.body)).into_response();
        for (name, value) in headers {
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl<S> FromRequestParts<S> for Asked
where
    PgPool: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self {
            caller,
            pool: PgPool::from_ref(state),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0),
            request: format!("{} {}", parts.method, parts.uri),
            idempotency_key: idempotency_key(&parts.headers)?,
        })
    }
}

impl Asked {
    /// Makes a change in a transaction of its own, which ends whether or not the caller waits for it.
    pub(super) async fn change<C: Change>(
        self,
        reason: Option<String>,
        change: C,
    ) -> Result<C::Done, Problem> {
        let reason = checked(reason)?;
        in_a_task(async move {
            let attempt = || async {
                let mut tx = self.pool.begin().await?;
                let done = change.make(&mut tx, &self.by(reason.as_deref())).await?;
                tx.commit().await?;
                Ok(done)
            };
            attempt.retry(backoff()).when(is_transient).await
        })
        .await
    }

    /// Makes something, once for each idempotency key; `body` is what was asked for, by which the same request is known.
    pub(super) async fn make<C: Change>(
        self,
        reason: Option<String>,
        body: &impl Serialize,
        change: C,
        made: impl Fn(C::Done) -> Result<Made, serde_json::Error> + Send + Sync + 'static,
    ) -> Result<Made, Problem> {
        let reason = checked(reason)?;
        let body = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
        let digest =
            Sha256::new().chain_update(&self.request).chain_update([0]).chain_update(body).finalize();
        let answer = in_a_task(async move {
            let attempt = || async {
                let mut tx = self.pool.begin().await?;
                if let Some(key) = &self.idempotency_key {
                    match idempotency::claim(&mut tx, self.caller.actor(), key, &digest).await? {
                        Claim::New => {}
                        Claim::Done(answer) => return Ok(Some(answer)),
                        Claim::OtherRequest => return Ok(None),
                    }
                }
                let done = change.make(&mut tx, &self.by(reason.as_deref())).await?;
                let answer = made(done).and_then(serde_json::to_value).map_err(sqlx::Error::decode)?;
                if let Some(key) = &self.idempotency_key {
                    idempotency::keep(&mut tx, self.caller.actor(), key, &answer).await?;
                }
                tx.commit().await?;
                Ok(Some(answer))
            };
            attempt.retry(backoff()).when(is_transient).await
        });
        let answer = answer.await?.ok_or_else(other_request)?;
        serde_json::from_value(answer).map_err(|error| Problem::internal(&error))
    }

    fn by<'a>(&'a self, reason: Option<&'a str>) -> By<'a> {
        By { actor: self.caller.actor(), request_id: self.request_id, reason }
    }
}

/// A caller that goes away must not cut a transaction off.
async fn in_a_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, AuthoringError>> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::spawn(work).await {
        Ok(done) => done.map_err(problem),
        Err(error) => Err(Problem::internal(&error)),
    }
}

fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_times(TRIES - 1)
        .with_jitter()
}

fn is_transient(error: &AuthoringError) -> bool {
    matches!(error, AuthoringError::Store(error) if error.is_transient())
}

fn checked(reason: Option<String>) -> Result<Option<String>, Problem> {
    match reason {
        Some(reason) if reason.chars().count() > MAX_REASON => {
            Err(Problem::unprocessable(format!("a reason has at most {MAX_REASON} characters")))
        }
        reason => Ok(reason),
    }
}
