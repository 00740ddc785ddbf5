//! Enrolments as they are judged: with their last verdicts, what the world was told, their timers, and what reports count of them.

use chrono::{DateTime, Utc};
use lp_domain::{AwardState, TimeStatus};
use sqlx::PgConnection;

use crate::enrolments::rows::parse as parse_enrolment;
use crate::judgement::{Judged, Standing, Told};
use crate::learners::{parse_instant, parse_learner};
use crate::reports::Contribution;
use crate::states::CompletionColumns;
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
                c.completion_id AS "completion_id?", c.period AS "period?", c.sequence AS "sequence?",
                c.completed_at AS "completed_at?", c.state AS "completion_state?", c.state_at,
                c.valid_from AS "valid_from?", c.expires_at, c.counted_from AS "counted_from?", c.renews, c.window_begins,
                c.window_ends, c.revision AS "completion_revision?", c.award AS "award?",
                c.requirement_met AS "requirement_met?", c.changes AS "award_changes?",
                r.revision AS "counted_revision?", r.enrolled_on AS "enrolled_on?", r.standing AS "standing?", r.started_on,
                r.completed_on, r.last_on, r.late AS "late?", r.next_item, r.items AS "items?"
         FROM enrolments e
         LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
         LEFT JOIN timers t ON t.learner_id = e.learner_id AND t.run_id = e.run_id
         LEFT JOIN report_contributions r ON r.learner_id = e.learner_id AND r.run_id = e.run_id
         LEFT JOIN LATERAL (
             SELECT * FROM completions
             WHERE learner_id = e.learner_id AND run_id = e.run_id AND attempt = e.attempt
             ORDER BY period DESC, sequence DESC LIMIT 1
         ) c ON true
         WHERE e.learner_id = ANY($1) AND ($2::bigint IS NULL OR e.run_id = $2)"#,
        learners,
        run_id,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let completion = CompletionColumns {
                completion_id: row.completion_id,
                period: row.period,
                sequence: row.sequence,
                completed_at: row.completed_at,
                state: row.completion_state,
                state_at: row.state_at,
                valid_from: row.valid_from,
                expires_at: row.expires_at,
                counted_from: row.counted_from,
                renews: row.renews,
                window_begins: row.window_begins,
                window_ends: row.window_ends,
            };
            let completion = completion.parse().map_err(StoreError::corrupt("a completion"))?;
            let standing = (row.award, row.requirement_met, row.award_changes);
            let told = match (completion, row.completion_revision, standing) {
                (Some(completion), Some(revision), (Some(award), Some(met), Some(changes))) => {
                    let award =
                        AwardState::from_word(&award).ok_or_else(|| states::unknown("an award", &award))?;
                    let standing = Standing { award, met, changes: changes.unsigned_abs() };
                    Some(Told { completion, revision: revision.unsigned_abs(), standing })
                }
                _ => None,
            };
            let last = match (row.judged_revision, row.judged_attempt, row.digest) {
                (Some(revision), Some(attempt), Some(digest)) => {
                    Some((revision.unsigned_abs(), attempt.unsigned_abs(), digest))
                }
                _ => None,
            };
            let counted = match (row.counted_revision, row.enrolled_on, row.standing, row.late, row.items) {
                (Some(revision), Some(enrolled_on), Some(standing), Some(late), Some(items)) => {
                    let (started_on, completed_on, last_on) = (row.started_on, row.completed_on, row.last_on);
                    let next_item = row.next_item;
                    Some(Contribution {
                        revision,
                        enrolled_on,
                        standing,
                        started_on,
                        completed_on,
                        last_on,
                        late,
                        next_item,
                        items,
                    })
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
                counted,
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
