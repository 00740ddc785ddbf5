//! Enrolments as they are judged: with their last verdicts, what the world was told, and their timers.

use chrono::{DateTime, Utc};
use lp_domain::TimeStatus;
use lp_domain::completion::{Completion, CompletionState};
use sqlx::PgConnection;

use crate::enrolments::rows::parse as parse_enrolment;
use crate::judgement::{Judged, Told};
use crate::learners::{parse_instant, parse_learner};
use crate::timers::{Kept, Timer};
use crate::{StoreError, states};

/// The enrolments of these learners, in one run or in all, whatever their state: facts move a verdict also of whoever has
/// left.
pub(crate) async fn read(
    conn: &mut PgConnection,
    learners: &[i64],
    run_id: Option<i64>,
) -> Result<Vec<Judged>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT e.learner_id AS "learner_id!", e.run_id AS "run_id!", e.state AS "state!", e.attempt AS "attempt!",
                e.attempt_started_at AS "attempt_started_at!", e.revision AS "revision!",
                e.changes AS "changes!",
                t.attempt AS "timer_attempt?", t.status AS "timer_status?", t.told AS "timer_told?", t.look_at AS "look_at?",
                p.revision AS "judged_revision?", p.attempt AS "judged_attempt?", p.digest AS "digest?",
                c.completion_id AS "completion_id?", c.sequence AS "sequence?", c.completed_at AS "completed_at?",
                c.state AS "completion_state?", c.revision AS "completion_revision?", c.state_at AS "completion_state_at?"
         FROM enrolments e
         LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
         LEFT JOIN timers t ON t.learner_id = e.learner_id AND t.run_id = e.run_id
         LEFT JOIN LATERAL (
             SELECT * FROM completions
             WHERE learner_id = e.learner_id AND run_id = e.run_id AND attempt = e.attempt
             ORDER BY sequence DESC LIMIT 1
         ) c ON true
         WHERE e.learner_id = ANY($1) AND ($2::bigint IS NULL OR e.run_id = $2)"#,
        learners,
        run_id,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let told = match (
                row.completion_id,
                row.sequence,
                row.completed_at,
                row.completion_state,
                row.completion_revision,
            ) {
                (Some(completion_id), Some(sequence), Some(completed_at), Some(state), Some(revision)) => {
                    let completion = Completion {
                        completion_id,
                        sequence: sequence.unsigned_abs(),
                        completed_at: parse_instant(completed_at)?,
                        state: parse_completion(&state, row.completion_state_at)?,
                    };
                    Some(Told { completion, revision: revision.unsigned_abs() })
                }
                _ => None,
            };
            let last = match (row.judged_revision, row.judged_attempt, row.digest) {
                (Some(revision), Some(attempt), Some(digest)) => {
                    Some((revision.unsigned_abs(), attempt.unsigned_abs(), digest))
                }
                _ => None,
            };
            Ok(Judged {
                learner: parse_learner(row.learner_id)?,
                run_id: row.run_id,
                enrolment: parse_enrolment(&row.state, row.attempt, row.attempt_started_at, row.revision)?,
                changes: row.changes,
                last,
                told,
                kept: match (row.timer_attempt, row.timer_status, row.timer_told) {
                    (Some(attempt), Some(status), Some(told)) => {
                        Some(parse_timer(attempt, &status, told, row.look_at)?)
                    }
                    _ => None,
                },
            })
        })
        .collect()
}

fn parse_timer(
    attempt: i32,
    status: &str,
    told: i32,
    look_at: Option<DateTime<Utc>>,
) -> Result<Kept, StoreError> {
    let status = TimeStatus::from_word(status).ok_or_else(|| states::unknown("a timer", status))?;
    let look_at = look_at.map(parse_instant).transpose()?;
    Ok(Kept { attempt: attempt.unsigned_abs(), timer: Timer { status, look_at }, told })
}

fn parse_completion(state: &str, at: Option<DateTime<Utc>>) -> Result<CompletionState, StoreError> {
    let at = at.map(parse_instant).transpose()?;
    states::completion(state, at).ok_or_else(|| states::unknown("a completion", state))
}
