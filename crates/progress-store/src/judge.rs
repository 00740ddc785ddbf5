//! Judges enrolments, keeps the verdicts, and records what the world must be told.
//!
//! Whoever calls holds the learners' locks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use lp_domain::completion::{self, Completion, CompletionState, Emission};
use lp_domain::{ContextKey, Enrolment, LearnerFacts, LearnerId, Timestamp, Verdict, evaluate};
use lp_events::{PathCompleted, PathCompletionRevoked, PathEvent, Profile};
use lp_outbox::OutboxMessage;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::catalogue::{Catalogue, Run};
use crate::enrolments::parse_state;
use crate::facts::Known;
use crate::learners::{parse_instant, parse_learner, profiles};
use crate::{Outcome, StoreError};

/// An enrolment that is judged, with its last verdict's digest and what the world was told of its attempt.
pub(crate) struct Judged {
    pub(crate) learner: LearnerId,
    pub(crate) run_id: i64,
    enrolment: Enrolment,
    last: Option<(u32, u32, Vec<u8>)>,
    told: Option<Told>,
}

/// What the world was last told of an attempt, and under which revision it was completed.
struct Told {
    completion: Completion,
    revision: u32,
}

/// The enrolments of these learners whose progress facts move.
pub(crate) async fn enrolments(conn: &mut PgConnection, learners: &[i64]) -> Result<Vec<Judged>, StoreError> {
    let rows = sqlx::query!(
        r#"SELECT e.learner_id, e.run_id, e.state, e.attempt, e.attempt_started_at, e.revision,
                p.revision AS "judged_revision?", p.attempt AS "judged_attempt?", p.digest AS "digest?",
                c.completion_id AS "completion_id?", c.sequence AS "sequence?", c.completed_at AS "completed_at?",
                c.state AS "completion_state?", c.revision AS "completion_revision?", c.state_at AS "completion_state_at?"
         FROM enrolments e
         LEFT JOIN progress p ON p.learner_id = e.learner_id AND p.run_id = e.run_id
         LEFT JOIN completions c ON c.learner_id = e.learner_id AND c.run_id = e.run_id AND c.attempt = e.attempt
              AND NOT EXISTS (SELECT FROM completions later
                              WHERE later.learner_id = c.learner_id AND later.run_id = c.run_id
                                AND later.attempt = c.attempt AND later.sequence > c.sequence)
         WHERE e.learner_id = ANY($1) AND e.state IN ('active', 'suspended')"#,
        learners,
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
                        state: parse_completion_state(&state, row.completion_state_at)?,
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
                enrolment: Enrolment {
                    state: parse_state(&row.state)?,
                    attempt: row.attempt.unsigned_abs(),
                    attempt_started_at: parse_instant(row.attempt_started_at)?,
                    revision: row.revision.unsigned_abs(),
                },
                last,
                told,
            })
        })
        .collect()
}

impl Judged {
    /// The contexts that its verdict hangs on, and those of the revision under which it was completed.
    pub(crate) fn contexts<'a>(&self, catalogue: &'a Catalogue) -> impl Iterator<Item = &'a ContextKey> {
        let run = catalogue.run(self.run_id);
        let judged = run.map(|run| run.revision_for(self.enrolment.revision));
        let own = self.told.as_ref().map(|told| told.revision).filter(|own| Some(*own) != judged);
        let definitions =
            [judged, own].into_iter().flatten().filter_map(move |revision| run?.definition(revision));
        definitions.flat_map(|definition| definition.contexts())
    }
}

/// The pairs of learner and context that these verdicts hang on.
pub(crate) fn pairs<'a>(judged: &[Judged], catalogue: &'a Catalogue) -> BTreeSet<(i64, &'a ContextKey)> {
    judged
        .iter()
        .flat_map(|one| one.contexts(catalogue).map(|context| (one.learner.get(), context)))
        .collect()
}

/// What judging needs besides enrolments and facts.
pub(crate) struct Judging<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) known: &'a Known,
    /// The trace that a learner's newest fact carries on.
    pub(crate) traces: &'a HashMap<i64, String>,
    pub(crate) now: Timestamp,
}

/// Judges, and writes what changed.
pub(crate) async fn judge(
    conn: &mut PgConnection,
    judging: &Judging<'_>,
    judged: Vec<Judged>,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    let nothing = LearnerFacts::default();
    let (mut verdicts, mut told, mut news) = (Verdicts::default(), Tellings::default(), Vec::new());
    for one in judged {
        let Some(run) = judging.catalogue.run(one.run_id) else { continue };
        let revision = run.revision_for(one.enrolment.revision);
        let Some(definition) = run.definition(revision) else { continue };
        let facts = judging.known.get(&one.learner.get()).unwrap_or(&nothing);
        let verdict = evaluate(definition, &run.policy, &one.enrolment, facts, judging.now);
        let digest = verdict.digest();
        let attempt = one.enrolment.attempt;
        if one.last.as_ref().is_none_or(|(judged_revision, judged_attempt, known)| {
            (*judged_revision, *judged_attempt, known.as_slice()) != (revision, attempt, &digest)
        }) {
            outcome.changed_verdicts += 1;
            verdicts.push(&one, revision, &verdict, &digest)?;
        }
        // A completion already made stays, whatever a later revision asks for: it is held against its own.
        let standing = one.told.as_ref().filter(|told| {
            told.revision != revision && !matches!(told.completion.state, CompletionState::Revoked { .. })
        });
        let (revision, verdict) = match standing {
            Some(told) if verdict.completed_at.is_none() => match run.definition(told.revision) {
                Some(own) => (told.revision, evaluate(own, &run.policy, &one.enrolment, facts, judging.now)),
                None => (revision, verdict),
            },
            _ => (revision, verdict),
        };
        let before = one.told.as_ref().map(|told| &told.completion);
        let (completion, emission) = completion::next(
            &run.key,
            one.learner,
            attempt,
            before,
            &verdict,
            run.policy.regression,
            judging.now,
        );
        let Some(completion) = completion.filter(|completion| Some(completion) != before) else { continue };
        told.push(&one, revision, &completion);
        if let Some(emission) = emission {
            news.push(News { learner: one.learner, run, revision, attempt, completion, emission, verdict });
        }
    }
    verdicts.write(conn).await?;
    told.write(conn).await?;
    tell(conn, judging, &news, outcome).await
}

/// Something to tell the world.
struct News<'a> {
    learner: LearnerId,
    run: &'a Run,
    revision: u32,
    attempt: u32,
    completion: Completion,
    emission: Emission,
    verdict: Verdict,
}

async fn tell(
    conn: &mut PgConnection,
    judging: &Judging<'_>,
    news: &[News<'_>],
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    if news.is_empty() {
        return Ok(());
    }
    let learners: Vec<i64> = news.iter().map(|one| one.learner.get()).collect();
    let profiles = profiles(&mut *conn, &learners).await?;
    let messages: Vec<OutboxMessage> = news.iter().map(|one| message(judging, one, &profiles)).collect();
    for one in news {
        match one.emission {
            Emission::Completed => outcome.completed += 1,
            Emission::Revoked => outcome.revoked += 1,
        }
    }
    lp_outbox::append(conn, &messages).await?;
    Ok(())
}

fn message(judging: &Judging<'_>, news: &News<'_>, profiles: &BTreeMap<i64, Profile>) -> OutboxMessage {
    let News { learner, run, revision, attempt, completion, emission, verdict } = news;
    let user = profiles.get(&learner.get()).cloned().unwrap_or_else(|| Profile::unknown(*learner));
    let event = match emission {
        Emission::Completed => PathEvent::Completed(PathCompleted {
            completion_id: completion.completion_id,
            user,
            run: run.key.clone(),
            display_name: run.title.clone(),
            revision: *revision,
            attempt: *attempt,
            completed_at: completion.completed_at,
            grade: verdict.grade,
            progress: verdict.progress,
            contexts: verdict.items.iter().filter_map(|item| item.satisfied_by.clone()).collect(),
        }),
        Emission::Revoked => PathEvent::Revoked(PathCompletionRevoked {
            completion_id: completion.completion_id,
            user,
            run: run.key.clone(),
            display_name: run.title.clone(),
            revision: *revision,
            attempt: *attempt,
            completed_at: completion.completed_at,
            revoked_at: match completion.state {
                CompletionState::Revoked { at } => at,
                _ => judging.now,
            },
            reason: if verdict.withdrawn { "override_withdrawn" } else { "requirement_no_longer_met" }
                .to_owned(),
        }),
    };
    OutboxMessage {
        event_id: emission.event_id(completion.completion_id),
        event_type: event.event_type().to_owned(),
        topic: lp_events::path::TOPIC.to_owned(),
        event_time: judging.now.get(),
        partition_key: learner.get(),
        body: event.encode_body(),
        traceparent: judging.traces.get(&learner.get()).cloned(),
    }
}

/// Changed verdicts as columns.
#[derive(Default)]
struct Verdicts {
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
    fn push(
        &mut self,
        judged: &Judged,
        revision: u32,
        verdict: &Verdict,
        digest: &[u8],
    ) -> Result<(), StoreError> {
        self.learners.push(judged.learner.get());
        self.runs.push(judged.run_id);
        self.revisions.push(revision.cast_signed());
        self.attempts.push(judged.enrolment.attempt.cast_signed());
        self.achievements.push(verdict.achievement as i16);
        self.progresses.push(verdict.progress.get());
        self.grades.push(verdict.grade.map(lp_domain::Ratio::get));
        self.completed_ats.push(verdict.completed_at.map(Timestamp::get));
        self.texts.push(serde_json::to_string(verdict).map_err(StoreError::corrupt("a verdict"))?);
        self.digests.push(digest.to_vec());
        Ok(())
    }

    async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO progress (learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict, digest)
             SELECT learner_id, run_id, revision, attempt, achievement, progress, grade, completed_at, verdict::jsonb, digest
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
struct Tellings {
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

impl Tellings {
    fn push(&mut self, judged: &Judged, revision: u32, completion: &Completion) {
        let (state, at) = match completion.state {
            CompletionState::Valid => ("valid", None),
            CompletionState::Grace { until } => ("grace", Some(until)),
            CompletionState::UnderReview { since } => ("under_review", Some(since)),
            CompletionState::Revoked { at } => ("revoked", Some(at)),
        };
        self.learners.push(judged.learner.get());
        self.runs.push(judged.run_id);
        self.attempts.push(judged.enrolment.attempt.cast_signed());
        self.sequences.push(completion.sequence.cast_signed());
        self.completion_ids.push(completion.completion_id);
        self.revisions.push(revision.cast_signed());
        self.completed_ats.push(completion.completed_at.get());
        self.states.push(state.to_owned());
        self.state_ats.push(at.map(Timestamp::get));
    }

    async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
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

fn parse_completion_state(state: &str, at: Option<DateTime<Utc>>) -> Result<CompletionState, StoreError> {
    let at = at.map(parse_instant).transpose()?;
    match (state, at) {
        ("valid", None) => Ok(CompletionState::Valid),
        ("grace", Some(until)) => Ok(CompletionState::Grace { until }),
        ("under_review", Some(since)) => Ok(CompletionState::UnderReview { since }),
        ("revoked", Some(at)) => Ok(CompletionState::Revoked { at }),
        _ => Err(StoreError::corrupt("a completion's state")(state.to_owned())),
    }
}
