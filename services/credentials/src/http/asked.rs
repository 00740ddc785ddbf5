//! A request that changes something: who asks, and in which transaction.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lp_http::{Caller, Problem, RequestId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::store::issuing::audit::By;

/// The longest reason, in characters.
const MAX_REASON: usize = 1_000;

/// Who asks, and by which request.
pub(super) struct Asked {
    pub(super) caller: Caller,
    request_id: Option<Uuid>,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self { caller, request_id: parts.extensions.get::<RequestId>().map(|id| id.0) })
    }
}

/// Something that changes what is kept.
pub(super) trait Change: Send + 'static {
    type Done: Send + 'static;

    /// Makes the change; nothing is changed when it fails.
    fn make(
        self,
        conn: &mut PgConnection,
        by: &By<'_>,
    ) -> impl Future<Output = Result<Self::Done, Problem>> + Send;
}

impl Asked {
    /// Makes a change in a transaction of its own, which ends whether or not the caller waits for it.
    pub(super) async fn change<C: Change>(
        self,
        pool: &PgPool,
        reason: Option<String>,
        change: C,
    ) -> Result<C::Done, Problem> {
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > MAX_REASON) {
            let long = format!("a reason has at most {MAX_REASON} characters");
            return Err(Problem::unprocessable(long));
        }
        let pool = pool.clone();
        let made = tokio::spawn(async move {
            let database = |error: sqlx::Error| Problem::database(&error);
            let mut tx = pool.begin().await.map_err(database)?;
            let by =
                By { actor: self.caller.actor(), request_id: self.request_id, reason: reason.as_deref() };
            let done = change.make(&mut tx, &by).await?;
            tx.commit().await.map_err(database)?;
            Ok(done)
        });
        made.await.map_err(|error| Problem::internal(&error))?
    }
}
