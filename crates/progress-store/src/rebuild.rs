//! Projections anew from the journal, and digests to compare them by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lp_domain::{ContextKey, RunKey, Timestamp};
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use crate::catalogue::Catalogue;
use crate::facts::Known;
use crate::judge::{self, Judging};
use crate::reports::Contributions;
use crate::{Outcome, StoreError, enrolled, facts, journal, learners, reports};

/// A learner whose projections are not what the journal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Who.
    pub learner_id: i64,
    /// What is known of them differs from the journal.
    pub facts: bool,
    /// A verdict differs from what is known.
    pub verdicts: bool,
    /// What they add to reports differs from that.
    pub reports: bool,
}

/// Folds and judges anew up to `limit` learners after `after`, in the caller's transaction, and says who differed. The last
/// learner's id is the next `after`; `None` when there are no more.
///
/// With `check` roll the transaction back: then nothing is changed and nothing is told.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn rebuild(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    after: i64,
    limit: i64,
    now: Timestamp,
) -> Result<(Option<i64>, Vec<Difference>), StoreError> {
    let whom = sqlx::query_scalar!(
        "SELECT learner_id FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT $2",
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let Some(last) = whom.last().copied() else { return Ok((None, Vec::new())) };
    learners::lock(conn, &whom).await?;
    catalogue.refresh(conn).await?;

    let before = facts::load_all(conn, &whom).await?;
    let mut known = Known::new();
    let told = journal::of_learners(conn, &whom, None).await?;
    let pairs: BTreeSet<(i64, ContextKey)> = facts::fold(&mut known, &told);
    facts::clear(conn, &whom).await?;
    facts::save(conn, &known, &pairs).await?;

    let verdicts_before = verdicts(conn, &whom).await?;
    let reports_before = reports::kept(conn, &whom).await?;
    let mut judged = enrolled::read(conn, &whom, None).await?;
    // What stands is not to be trusted, nor is its digest.
    for one in &mut judged {
        one.last = None;
    }
    let judging = Judging { catalogue, known: &known, traces: &HashMap::new(), now };
    let mut contributions = Contributions::default();
    judge::judge(conn, &judging, judged, &mut contributions, &mut Outcome::default()).await?;
    contributions.write(conn).await?;
    let verdicts_after = verdicts(conn, &whom).await?;
    let reports_after = reports::kept(conn, &whom).await?;
    let places = reports_before.keys().chain(reports_after.keys());
    let miscounted: BTreeSet<i64> = places
        .filter(|place| reports_before.get(place) != reports_after.get(place))
        .map(|(learner, _)| *learner)
        .collect();

    let differences = whom
        .iter()
        .map(|learner| Difference {
            learner_id: *learner,
            facts: before.get(learner) != known.get(learner),
            verdicts: verdicts_before.get(learner) != verdicts_after.get(learner),
            reports: miscounted.contains(learner),
        })
        .filter(|difference| difference.facts || difference.verdicts || difference.reports)
        .collect();
    Ok((Some(last), differences))
}

/// Judges anew up to `limit` learners of a run after `after`, from what is known of them: after a revision was published to
/// a run that follows, or its policy changed. The last learner's id is the next `after`; `None` when there are no more.
///
/// # Errors
/// [`StoreError::UnknownRun`]; when the database refuses, or holds what we cannot read.
pub async fn rejudge(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    after: i64,
    limit: i64,
    now: Timestamp,
) -> Result<(Option<i64>, Outcome), StoreError> {
    let whom = sqlx::query_scalar!(
        "SELECT learner_id FROM enrolments JOIN runs USING (run_id)
         WHERE run_key = $1 AND learner_id > $2 ORDER BY learner_id LIMIT $3",
        run.as_str(),
        after,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    let Some(last) = whom.last().copied() else { return Ok((None, Outcome::default())) };
    learners::lock(conn, &whom).await?;
    catalogue.refresh(conn).await?;
    let run_id = catalogue.run_by_key(run).ok_or_else(|| StoreError::UnknownRun(run.clone()))?.run_id;
    Ok((Some(last), judge::anew(conn, catalogue, &whom, Some(run_id), now).await?))
}

/// A row of `progress`, all of it but when it was written.
#[derive(PartialEq)]
struct Row {
    learner_id: i64,
    run_id: i64,
    revision: i32,
    attempt: i32,
    achievement: i16,
    progress: f64,
    grade: Option<f64>,
    completed_at: Option<chrono::DateTime<chrono::Utc>>,
    verdict: serde_json::Value,
    digest: Vec<u8>,
}

async fn verdicts(conn: &mut PgConnection, whom: &[i64]) -> Result<BTreeMap<i64, Vec<Row>>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict, digest
         FROM progress WHERE learner_id = ANY($1) ORDER BY run_id",
        whom,
    )
    .fetch_all(conn)
    .await?;
    let mut verdicts: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in rows {
        verdicts.entry(row.learner_id).or_default().push(row);
    }
    Ok(verdicts)
}

/// SHA-256 over all that is known and all verdicts, by learner, context and run key: equal for equal journals, whatever the
/// order in which they came about.
///
/// # Errors
/// When the database refuses.
pub async fn digest(conn: &mut PgConnection) -> Result<[u8; 32], StoreError> {
    let mut sum = Sha256::new();
    let mut after = (0_i64, String::new());
    loop {
        let rows = sqlx::query!(
            r#"SELECT learner_id, context_key, state::text AS "state!" FROM facts
             WHERE (learner_id, context_key) > ($1, $2) ORDER BY learner_id, context_key LIMIT 10000"#,
            after.0,
            after.1,
        )
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = rows.last() else { break };
        after = (last.learner_id, last.context_key.clone());
        for row in &rows {
            sum.update(format!("{}\n{}\n{}\n", row.learner_id, row.context_key, row.state));
        }
    }
    let mut after = (0_i64, 0_i64);
    loop {
        let rows = sqlx::query!(
            "SELECT p.learner_id, p.run_id, r.run_key, p.revision, p.attempt, p.digest
             FROM progress p JOIN runs r USING (run_id)
             WHERE (p.learner_id, p.run_id) > ($1, $2) ORDER BY p.learner_id, p.run_id LIMIT 10000",
            after.0,
            after.1,
        )
        .fetch_all(&mut *conn)
        .await?;
        let Some(last) = rows.last() else { break };
        after = (last.learner_id, last.run_id);
        for row in &rows {
            sum.update(format!("{}\n{}\n{}\n{}\n", row.learner_id, row.run_key, row.revision, row.attempt));
            sum.update(&row.digest);
        }
    }
    Ok(sum.finalize().into())
}
