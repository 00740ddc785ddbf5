//! How runs judge, and their dates.

use lp_domain::{RunKey, RunPolicy, Schedule};
use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::runs::{current, lock, record};
use super::{AuthoringError, ManagedRun, raise_version, rejudgements};
use crate::audit::By;

/// What is to be changed of a run; what is not given stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunEdit {
    /// How it is to judge.
    pub policy: Option<RunPolicy>,
    /// Its dates, all of them.
    pub schedule: Option<Schedule>,
}

/// Changes how a run judges, and its dates; its learners are judged anew by [`super::rejudge_next`].
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; [`AuthoringError::WrongPolicy`], [`AuthoringError::WrongDates`]; [`AuthoringError::Stale`] when its version is not
/// `expected`; when the database refuses.
pub async fn edit_run(
    conn: &mut PgConnection,
    by: &By<'_>,
    key: &RunKey,
    edit: &RunEdit,
    expected: i64,
) -> Result<ManagedRun, AuthoringError> {
    let before = lock(conn, key).await?;
    if before.version != expected {
        return Err(AuthoringError::Stale(key.to_string()));
    }
    if let Some(policy) = edit.policy.as_ref().filter(|policy| before.policy != **policy) {
        set_policy(conn, by, &before, policy).await?;
    }
    if let Some(schedule) = edit.schedule.as_ref().filter(|schedule| before.schedule != **schedule) {
        set_schedule(conn, by, &before, schedule).await?;
    }
    current(conn, key).await
}

/// Changes the policy of a run that is locked.
pub(super) async fn set_policy(
    conn: &mut PgConnection,
    by: &By<'_>,
    run: &ManagedRun,
    policy: &RunPolicy,
) -> Result<(), AuthoringError> {
    policy.check().map_err(AuthoringError::WrongPolicy)?;
    sqlx::query!(
        "UPDATE runs SET policy = $2, version = nextval('edit_versions'), updated_at = now() WHERE run_id = $1",
        run.run_id,
        Json(policy) as _,
    )
    .execute(&mut *conn)
    .await?;
    let (was, is) = (json!({ "policy": run.policy }), json!({ "policy": policy }));
    rule_changed(conn, by, run, "run.policy_changed", (was, is)).await
}

/// Changes the dates of a run that is locked.
async fn set_schedule(
    conn: &mut PgConnection,
    by: &By<'_>,
    run: &ManagedRun,
    schedule: &Schedule,
) -> Result<(), AuthoringError> {
    schedule.check().map_err(AuthoringError::WrongDates)?;
    sqlx::query!(
        "UPDATE runs SET schedule = $2, version = nextval('edit_versions'), updated_at = now() WHERE run_id = $1",
        run.run_id,
        Json(schedule) as _,
    )
    .execute(&mut *conn)
    .await?;
    let (was, is) = (json!({ "schedule": run.schedule }), json!({ "schedule": schedule }));
    rule_changed(conn, by, run, "run.schedule_changed", (was, is)).await
}

/// Its learners are judged by another rule than before; it has none before anything of it is published.
async fn rule_changed(
    conn: &mut PgConnection,
    by: &By<'_>,
    run: &ManagedRun,
    action: &'static str,
    (was, is): (Value, Value),
) -> Result<(), AuthoringError> {
    raise_version(conn).await?;
    if run.latest_revision > 0 {
        rejudgements::request(conn, run.run_id).await?;
    }
    Ok(record(conn, by, action, &run.key, Some(was), Some(is)).await?)
}
