//! A check, from being asked for to its end.

use lp_domain::{ContextKey, RunKey};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::target;
use crate::StoreError;
use crate::audit::{self, By, Change};
use crate::authoring::{AuthoringError, get_run};
use crate::catalogue::{Catalogue, Run};

/// A check to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGapCheck {
    /// Its id; later ones are greater.
    pub check_id: Uuid,
    /// Of the learners of this run.
    pub run: RunKey,
    /// Of so many of them, taken at random; of all when not given.
    pub sample: Option<u32>,
    /// After how many seconds what differs is looked at again.
    pub settle_seconds: u32,
    /// Whether gaps are recorded as facts as they are found.
    pub heal: bool,
}

/// Takes a check in.
///
/// # Errors
/// [`AuthoringError::UnknownRun`]; [`AuthoringError::AlreadyThere`] while another one of the run goes on; when the database
/// refuses.
pub async fn create_gap_check(
    conn: &mut PgConnection,
    by: &By<'_>,
    new: &NewGapCheck,
) -> Result<(), AuthoringError> {
    let NewGapCheck { check_id, run, sample, settle_seconds, heal } = new;
    if get_run(conn, run).await?.is_none() {
        return Err(AuthoringError::UnknownRun(run.clone()));
    }
    let created = sqlx::query!(
        "INSERT INTO gap_checks (check_id, run_id, sample, settle_seconds, healer, actor, reason)
         SELECT $1, run_id, $3, $4, $5, $6, $7 FROM runs r
         WHERE run_key = $2 AND NOT EXISTS (
             SELECT FROM gap_checks c WHERE c.run_id = r.run_id AND c.ended_at IS NULL
         )",
        check_id,
        run.as_str(),
        sample.map(u32::cast_signed),
        settle_seconds.cast_signed(),
        heal.then_some(by.actor),
        by.actor,
        by.reason,
    )
    .execute(&mut *conn)
    .await?;
    if created.rows_affected() == 0 {
        return Err(AuthoringError::AlreadyThere(format!("a check of {run} that goes on")));
    }
    let after = json!({ "run_key": run, "sample": sample, "settle_seconds": settle_seconds, "heal": heal });
    let change = Change {
        action: "gap_check.created",
        target: &target(*check_id),
        org: Some(run.org()),
        before: None,
        after: Some(after),
    };
    Ok(audit::record(conn, by, change).await?)
}

/// Chooses the learners of the check that has waited longest: whoever is in the run, with the accounts that were merged into
/// theirs, in each course run that the revision points to by which they are judged. Says whether there was one.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn start_gap_check(conn: &mut PgConnection, catalogue: &mut Catalogue) -> Result<bool, StoreError> {
    let check = sqlx::query!(
        "SELECT check_id, run_id, sample FROM gap_checks WHERE state = 'waiting'
         ORDER BY check_id LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(check) = check else { return Ok(false) };
    catalogue.refresh(conn).await?;
    let courses = catalogue.run(check.run_id).map(courses).unwrap_or_default();
    let (revisions, contexts): (Vec<i32>, Vec<String>) = courses.into_iter().unzip();
    sqlx::query!(
        "WITH chosen AS (
             SELECT e.learner_id, e.revision FROM enrolments e JOIN learners l USING (learner_id)
             WHERE e.run_id = $2 AND e.state IN ('active', 'suspended') AND l.retired_at IS NULL
             ORDER BY random() LIMIT $3
         )
         INSERT INTO gap_check_pairs (learner_id, check_id, context_key)
         SELECT DISTINCT a.learner_id, $1::uuid, n.context_key
         FROM chosen c
         JOIN unnest($4::integer[], $5::text[]) AS n (revision, context_key) ON n.revision = c.revision
         CROSS JOIN LATERAL (
             SELECT c.learner_id UNION ALL SELECT m.learner_id FROM learner_merges m WHERE m.survivor_id = c.learner_id
         ) a",
        check.check_id,
        check.run_id,
        check.sample.map(i64::from),
        &revisions,
        &contexts,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE gap_checks SET state = 'running' WHERE check_id = $1", check.check_id)
        .execute(&mut *conn)
        .await?;
    end_if_done(conn, check.check_id).await?;
    Ok(true)
}

/// Course runs by the number of the revision that a learner was enrolled under.
fn courses(run: &Run) -> Vec<(i32, String)> {
    let under = |enrolled: u32| {
        let definition = run.definition(run.revision_for(enrolled)).into_iter();
        let contexts = definition.flat_map(|definition| definition.contexts());
        let courses = contexts.filter(|context| context.course_run().is_some());
        courses.map(move |context: &ContextKey| (enrolled.cast_signed(), context.to_string()))
    };
    (1..=run.latest_revision).flat_map(under).collect()
}

/// Has the gaps of a check recorded that are not yet, also of one that has ended. Says whether there is such a check.
///
/// # Errors
/// [`AuthoringError::Cancelled`] when it was; when the database refuses.
pub async fn heal_gap_check(
    conn: &mut PgConnection,
    by: &By<'_>,
    orgs: Option<&[String]>,
    check_id: Uuid,
) -> Result<bool, AuthoringError> {
    let Some(check) = lock(conn, orgs, check_id).await? else { return Ok(false) };
    match (check.state.as_str(), check.healer) {
        ("cancelled", _) => return Err(AuthoringError::Cancelled(target(check_id))),
        (_, Some(_)) => return Ok(true),
        _ => {}
    }
    sqlx::query!(
        "UPDATE gap_checks SET healer = $2, state = CASE state WHEN 'done' THEN 'running' ELSE state END, ended_at = NULL
         WHERE check_id = $1",
        check_id,
        by.actor,
    )
    .execute(&mut *conn)
    .await?;
    record(conn, by, "gap_check.healed", check_id, &check.org).await?;
    end_if_done(conn, check_id).await?;
    Ok(true)
}

/// Ends a check; what it found by then stays. Says whether there is such a check; one that has ended stays as it is.
///
/// # Errors
/// When the database refuses.
pub async fn cancel_gap_check(
    conn: &mut PgConnection,
    by: &By<'_>,
    orgs: Option<&[String]>,
    check_id: Uuid,
) -> Result<bool, AuthoringError> {
    let Some(check) = lock(conn, orgs, check_id).await? else { return Ok(false) };
    if matches!(check.state.as_str(), "waiting" | "running") {
        sqlx::query!(
            "UPDATE gap_check_pairs SET outcome = 'cancelled' WHERE check_id = $1 AND outcome IS NULL",
            check_id,
        )
        .execute(&mut *conn)
        .await?;
        end(conn, check_id, "cancelled").await?;
        record(conn, by, "gap_check.cancelled", check_id, &check.org).await?;
    }
    Ok(true)
}

/// A row of `gap_checks`, held until the transaction ends.
struct Locked {
    state: String,
    healer: Option<String>,
    org: String,
}

async fn lock(
    conn: &mut PgConnection,
    orgs: Option<&[String]>,
    check_id: Uuid,
) -> Result<Option<Locked>, StoreError> {
    let locked = sqlx::query_as!(
        Locked,
        "SELECT c.state, c.healer, p.org FROM gap_checks c JOIN runs USING (run_id) JOIN paths p USING (path_id)
         WHERE c.check_id = $1 AND ($2::text[] IS NULL OR p.org = ANY($2)) FOR UPDATE OF c",
        check_id,
        orgs,
    );
    Ok(locked.fetch_optional(conn).await?)
}

async fn record(
    conn: &mut PgConnection,
    by: &By<'_>,
    action: &'static str,
    check_id: Uuid,
    org: &str,
) -> Result<(), StoreError> {
    let target = target(check_id);
    let change = Change { action, target: &target, org: Some(org), before: None, after: None };
    Ok(audit::record(conn, by, change).await?)
}

/// Ends a check of which nothing more is to be asked, and nothing to be recorded.
pub(super) async fn end_if_done(conn: &mut PgConnection, check_id: Uuid) -> Result<(), StoreError> {
    let is_done = sqlx::query_scalar!(
        r#"SELECT state = 'running'
                AND NOT EXISTS (SELECT FROM gap_check_pairs WHERE check_id = $1 AND outcome IS NULL)
                AND (healer IS NULL OR NOT EXISTS (SELECT FROM gap_findings WHERE check_id = $1 AND outcome IS NULL)) AS "is_done!"
           FROM gap_checks WHERE check_id = $1 FOR UPDATE"#,
        check_id,
    )
    .fetch_one(&mut *conn)
    .await?;
    if is_done {
        end(conn, check_id, "done").await?;
    }
    Ok(())
}

/// Ends a check: how many pairs ended how stays, and the pairs go.
async fn end(conn: &mut PgConnection, check_id: Uuid, state: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH pairs AS (DELETE FROM gap_check_pairs WHERE check_id = $1 RETURNING outcome),
              counts AS (SELECT outcome, count(*) AS pairs FROM pairs GROUP BY outcome)
         UPDATE gap_checks SET state = $2, ended_at = clock_timestamp(),
             outcomes = coalesce(outcomes, (SELECT json_object_agg(outcome, pairs) FROM counts), '{}')
         WHERE check_id = $1",
        check_id,
        state,
    )
    .execute(conn)
    .await?;
    Ok(())
}
