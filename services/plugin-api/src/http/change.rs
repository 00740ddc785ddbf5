//! Enrolments changed as the admin API changes them: in one transaction of its own task, tried again after a deadlock.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use chrono::Utc;
use lp_domain::Timestamp;
use lp_http::{Problem, RequestId};
use lp_progress_store::audit::By;
use lp_progress_store::plugin::{PluginEnrolment, of_run};
use lp_progress_store::{Admission, Admitted, StoreError, Who, admit};
use sqlx::PgPool;
use uuid::Uuid;

use super::detail::Refused;
use super::state::PluginState;

/// How often a transaction is tried that lost a deadlock or its connection.
const TRIES: usize = 3;

/// A change that somebody asks for.
pub(super) struct Change {
    pub(super) state: PluginState,
    pub(super) pool: PgPool,
    pub(super) actor: String,
    pub(super) request_id: Option<RequestId>,
    pub(super) reason: Option<String>,
}

/// What became of one learner's enrolment.
pub(super) struct Changed {
    pub(super) admitted: Admitted,
    pub(super) before: Option<PluginEnrolment>,
    pub(super) after: Option<PluginEnrolment>,
}

impl Change {
    /// Does what is asked, as far as it can be; the answers are in the order of what was asked.
    pub(super) async fn all(self, asked: Vec<Admission>) -> Result<Vec<Admitted>, Refused> {
        in_a_task(async move {
            let attempt = || async {
                let mut tx = self.pool.begin().await?;
                let mut catalogue = self.state.catalogue(&mut tx).await?;
                let (admitted, _) = admit(&mut tx, &mut catalogue, &self.by(), &asked, now()?).await?;
                tx.commit().await?;
                Ok(admitted)
            };
            attempt.retry(backoff()).when(StoreError::is_transient).await
        })
        .await
    }

    /// Does one thing to a learner in the run of this number.
    pub(super) async fn one(self, run_id: i64, asked: Admission) -> Result<Changed, Refused> {
        let learner = if let Who::UserId(learner) = &asked.who { Some(learner.get()) } else { None };
        in_a_task(async move {
            let attempt = || async {
                let mut tx = self.pool.begin().await?;
                let mut catalogue = self.state.catalogue(&mut tx).await?;
                let before = of_run(&mut tx, run_id, learner, false, 1).await?.pop();
                let asked = std::slice::from_ref(&asked);
                let (admitted, _) = admit(&mut tx, &mut catalogue, &self.by(), asked, now()?).await?;
                let after = of_run(&mut tx, run_id, learner, false, 1).await?.pop();
                tx.commit().await?;
                let admitted = admitted.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
                Ok(Changed { admitted, before, after })
            };
            attempt.retry(backoff()).when(StoreError::is_transient).await
        })
        .await
    }

    fn by(&self) -> By<'_> {
        let request_id: Option<Uuid> = self.request_id.map(|id| id.0);
        By { actor: &self.actor, request_id, reason: self.reason.as_deref() }
    }
}

/// A caller that goes away must not cut a transaction off.
async fn in_a_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, Refused> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done?),
        Err(error) => Err(Problem::internal(&error).into()),
    }
}

fn now() -> Result<Timestamp, StoreError> {
    Ok(Timestamp::try_from(Utc::now()).map_err(sqlx::Error::decode)?)
}

fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(20))
        .with_max_times(TRIES - 1)
        .with_jitter()
}
