//! Verdicts and completions as columns: one statement, whatever their number.

use chrono::{DateTime, Utc};
use lp_domain::completion::Completion;
use lp_domain::{LearnerId, Timestamp, Verdict};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{StoreError, states};

/// Changed verdicts as columns.
#[derive(Default)]
pub(crate) struct Verdicts {
    learners: Vec<i64>,
    runs: Vec<i64>,
    revisions: Vec<i32>,
    attempts: Vec<i32>,
    achievements: Vec<i16>,
    progresses: Vec<f64>,
    grades: Vec<Option<f64>>,
    completed_ats: Vec<Option<DateTime<Utc>>>,
    texts: Vec<String>,
    digests: Vec<Vec<u8>>,
}

impl Verdicts {
    pub(crate) fn push(
        &mut self,
        learner: LearnerId,
        run_id: i64,
        (revision, attempt): (u32, u32),
        verdict: &Verdict,
        digest: &[u8],
    ) -> Result<(), StoreError> {
        self.learners.push(learner.get());
        self.runs.push(run_id);
        self.revisions.push(revision.cast_signed());
        self.attempts.push(attempt.cast_signed());
        self.achievements.push(verdict.achievement as i16);
        self.progresses.push(verdict.progress.get());
        self.grades.push(verdict.grade.map(lp_domain::Ratio::get));
        self.completed_ats.push(verdict.completed_at.map(Timestamp::get));
        self.texts.push(serde_json::to_string(verdict).map_err(StoreError::corrupt("a verdict"))?);
        self.digests.push(digest.to_vec());
        Ok(())
    }

    pub(crate) async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO progress (learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict, digest)
             SELECT learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict::json, digest
             FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::smallint[], $6::double precision[],
                         $7::double precision[], $8::timestamptz[], $9::text[], $10::bytea[])
                  AS n (learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict, digest)
             ON CONFLICT (learner_id, run_id) DO UPDATE SET
                 revision = excluded.revision, attempt = excluded.attempt, achievement = excluded.achievement,
                 progress = excluded.progress, grade = excluded.grade, completed_at = excluded.completed_at,
                 verdict = excluded.verdict, digest = excluded.digest, updated_at = now()",
            &self.learners,
            &self.runs,
            &self.revisions,
            &self.attempts,
            &self.achievements,
            &self.progresses,
            &self.grades as &[Option<f64>],
            &self.completed_ats as &[Option<DateTime<Utc>>],
            &self.texts,
            &self.digests,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// What the world was told, as columns.
#[derive(Default)]
pub(crate) struct Completions {
    learners: Vec<i64>,
    runs: Vec<i64>,
    attempts: Vec<i32>,
    sequences: Vec<i32>,
    completion_ids: Vec<Uuid>,
    revisions: Vec<i32>,
    completed_ats: Vec<DateTime<Utc>>,
    states: Vec<String>,
    state_ats: Vec<Option<DateTime<Utc>>>,
}

impl Completions {
    pub(crate) fn push(
        &mut self,
        learner: LearnerId,
        run_id: i64,
        (revision, attempt): (u32, u32),
        completion: &Completion,
    ) {
        let (state, at) = states::completion_words(completion.state);
        self.learners.push(learner.get());
        self.runs.push(run_id);
        self.attempts.push(attempt.cast_signed());
        self.sequences.push(completion.sequence.cast_signed());
        self.completion_ids.push(completion.completion_id);
        self.revisions.push(revision.cast_signed());
        self.completed_ats.push(completion.completed_at.get());
        self.states.push(state.to_owned());
        self.state_ats.push(at.map(Timestamp::get));
    }

    pub(crate) async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO completions (learner_id, run_id, attempt, sequence, completion_id, revision, completed_at, state, state_at)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::uuid[], $6::integer[],
                                  $7::timestamptz[], $8::text[], $9::timestamptz[])
             ON CONFLICT (learner_id, run_id, attempt, sequence) DO UPDATE SET
                 state = excluded.state, state_at = excluded.state_at",
            &self.learners,
            &self.runs,
            &self.attempts,
            &self.sequences,
            &self.completion_ids,
            &self.revisions,
            &self.completed_ats,
            &self.states,
            &self.state_ats as &[Option<DateTime<Utc>>],
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}
