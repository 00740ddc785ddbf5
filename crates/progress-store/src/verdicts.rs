//! Verdicts and completions as columns: one statement, whatever their number.

use chrono::{DateTime, Utc};
use lp_domain::{LearnerId, Term, Timestamp, Verdict};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::judgement::Next;
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
    /// Whose they are.
    pub(crate) fn learners(&self) -> &[i64] {
        &self.learners
    }

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
    periods: Vec<i32>,
    valid_froms: Vec<DateTime<Utc>>,
    expires_ats: Vec<Option<DateTime<Utc>>>,
    counted_froms: Vec<DateTime<Utc>>,
    renews: Vec<Option<Uuid>>,
    window_begins: Vec<Option<DateTime<Utc>>>,
    window_ends: Vec<Option<DateTime<Utc>>>,
    awards: Vec<String>,
    mets: Vec<bool>,
    changes: Vec<i32>,
}

impl Completions {
    /// Whose they are.
    pub(crate) fn learners(&self) -> &[i64] {
        &self.learners
    }

    pub(crate) fn push(&mut self, learner: LearnerId, run_id: i64, attempt: u32, next: &Next) {
        let Next { completion, revision, standing, .. } = next;
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
        self.periods.push(completion.period.cast_signed());
        let Term { valid_from, expires_at, counted_from, renewal } = completion.term;
        self.valid_froms.push(valid_from.get());
        self.expires_ats.push(expires_at.map(Timestamp::get));
        self.counted_froms.push(counted_from.get());
        self.renews.push(renewal.map(|renewal| renewal.of));
        self.window_begins.push(renewal.map(|renewal| renewal.window.begins.get()));
        self.window_ends.push(renewal.map(|renewal| renewal.window.ends.get()));
        self.awards.push(standing.award.word().to_owned());
        self.mets.push(standing.met);
        self.changes.push(standing.changes.cast_signed());
    }

    pub(crate) async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO completions (learner_id, run_id, attempt, sequence, completion_id, revision, completed_at, state, state_at,
                 period, valid_from, expires_at, counted_from, renews, window_begins, window_ends, award, requirement_met, changes)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[], $5::uuid[], $6::integer[],
                                  $7::timestamptz[], $8::text[], $9::timestamptz[], $10::integer[], $11::timestamptz[],
                                  $12::timestamptz[], $13::timestamptz[], $14::uuid[], $15::timestamptz[],
                                  $16::timestamptz[], $17::text[], $18::boolean[], $19::integer[])
             ON CONFLICT (learner_id, run_id, attempt, period, sequence) DO UPDATE SET
                 state = excluded.state, state_at = excluded.state_at, award = excluded.award,
                 requirement_met = excluded.requirement_met, changes = excluded.changes",
            &self.learners,
            &self.runs,
            &self.attempts,
            &self.sequences,
            &self.completion_ids,
            &self.revisions,
            &self.completed_ats,
            &self.states,
            &self.state_ats as &[Option<DateTime<Utc>>],
            &self.periods,
            &self.valid_froms,
            &self.expires_ats as &[Option<DateTime<Utc>>],
            &self.counted_froms,
            &self.renews as &[Option<Uuid>],
            &self.window_begins as &[Option<DateTime<Utc>>],
            &self.window_ends as &[Option<DateTime<Utc>>],
            &self.awards,
            &self.mets,
            &self.changes,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}
