//! What time alone changes: each enrolment that it changes has a row that says when to judge it again, so that no crash and
//! no restart forgets it.

use chrono::{DateTime, Utc};
use lp_domain::{LearnerFacts, LearnerId, TimeStatus, Timestamp, timing};
use lp_events::{PathTimeStatus, Profile, event_type};
use lp_outbox::OutboxMessage;
use sqlx::PgConnection;

use crate::catalogue::{Catalogue, Run};
use crate::judgement::{Evidence, Judged, Judgement};
use crate::outgoing::{self, Profiles};
use crate::{Outcome, StoreError, judge, learners};

/// How an enrolment stands to its run's dates, and when time alone may change that or its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timer {
    pub(crate) status: TimeStatus,
    pub(crate) look_at: Option<Timestamp>,
}

/// A timer's row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    /// The attempt that it was set for.
    pub(crate) attempt: u32,
    pub(crate) timer: Timer,
    /// How often the world was told how the enrolment stands to its dates.
    pub(crate) told: i32,
}

impl Timer {
    /// Of whoever has left no date is told; their verdict moves on.
    pub(crate) fn of(
        judged: &Judged,
        run: &Run,
        (completed_at, award_moment): (Option<Timestamp>, Option<Timestamp>),
        Evidence { facts, now, .. }: Evidence<'_>,
    ) -> Self {
        let ending = override_ending(judged, run, facts, now);
        if !judged.enrolment.is_told() {
            return Self { status: TimeStatus::NoDate, look_at: ending };
        }
        let began = judged.enrolment.attempt_started_at;
        let moment = timing::next_moment(&run.schedule, began, completed_at, now).map(|(at, _)| at);
        Self {
            status: timing::status(&run.schedule, began, completed_at, now),
            look_at: [ending, award_moment, moment].into_iter().flatten().min(),
        }
    }
}

/// Whether the world is told of a step from one status to another: nothing as long as no date was near.
fn is_worth_telling(before: TimeStatus, after: TimeStatus) -> bool {
    let is_quiet = |status| matches!(status, TimeStatus::NoDate | TimeStatus::OnTime);
    before != after && !(is_quiet(before) && is_quiet(after))
}

/// When the first override ends that an enrolment hangs on, unless the run has closed by then.
fn override_ending(judged: &Judged, run: &Run, facts: &LearnerFacts, now: Timestamp) -> Option<Timestamp> {
    let grants = judged.contexts(run).filter_map(|context| facts.get(context)?.granted.as_ref());
    let endings = grants.filter(|grant| grant.value.granted).filter_map(|grant| grant.value.expires_at);
    endings.filter(|at| *at > now && run.closes_at.is_none_or(|closes| *at < closes)).min()
}

/// Timers that differ from their rows, as columns, and what the world must be told of them.
#[derive(Default)]
pub(crate) struct Timers<'a> {
    learners: Vec<i64>,
    runs: Vec<i64>,
    attempts: Vec<i32>,
    statuses: Vec<String>,
    tolds: Vec<i32>,
    look_ats: Vec<Option<DateTime<Utc>>>,
    news: Vec<News<'a>>,
}

/// A change of time status that the world is told.
struct News<'a> {
    learner: LearnerId,
    run: &'a Run,
    attempt: u32,
    began: Timestamp,
    status: TimeStatus,
    /// How often it was told something else before.
    told: i32,
}

impl<'a> Timers<'a> {
    /// Whose they are.
    pub(crate) fn learners(&self) -> &[i64] {
        &self.learners
    }

    /// Takes a timer in, if it differs from its row.
    pub(crate) fn push(&mut self, one: &Judged, run: &'a Run, judgement: &Judgement) {
        let timer = judgement.timer;
        let attempt = one.enrolment.attempt;
        let unset = Kept { attempt, timer: Timer { status: TimeStatus::NoDate, look_at: None }, told: 0 };
        let before = one.kept.unwrap_or(unset);
        if (before.attempt, before.timer) == (attempt, timer) {
            return;
        }
        let mut told = before.told;
        // Of this attempt nothing was told yet, if the row is another's.
        let same = before.attempt == attempt;
        let status_before = if same { before.timer.status } else { TimeStatus::NoDate };
        let is_news = one.enrolment.is_told() && judgement.completed_at.is_none();
        if is_news && is_worth_telling(status_before, timer.status) {
            let began = one.enrolment.attempt_started_at;
            self.news.push(News { learner: one.learner, run, attempt, began, status: timer.status, told });
            told += 1;
        }
        self.learners.push(one.learner.get());
        self.runs.push(one.run_id);
        self.attempts.push(attempt.cast_signed());
        self.statuses.push(timer.status.word().to_owned());
        self.tolds.push(told);
        self.look_ats.push(timer.look_at.map(Timestamp::get));
    }

    pub(crate) async fn write(&self, conn: &mut PgConnection) -> Result<(), StoreError> {
        if self.learners.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO timers (learner_id, run_id, attempt, status, told, look_at)
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[], $5::integer[], $6::timestamptz[])
             ON CONFLICT (learner_id, run_id) DO UPDATE SET
                 attempt = excluded.attempt, status = excluded.status, told = excluded.told, look_at = excluded.look_at",
            &self.learners,
            &self.runs,
            &self.attempts,
            &self.statuses,
            &self.tolds,
            &self.look_ats as &[Option<DateTime<Utc>>],
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Tells what there is to tell.
    pub(crate) async fn tell(&self, conn: &mut PgConnection, now: Timestamp) -> Result<(), StoreError> {
        if self.news.is_empty() {
            return Ok(());
        }
        let learners: Vec<i64> = self.news.iter().map(|one| one.learner.get()).collect();
        let profiles = Profiles::load(conn, &learners).await?;
        let messages: Vec<OutboxMessage> =
            self.news.iter().map(|one| message(one, profiles.of(one.learner), now)).collect();
        Ok(lp_outbox::append(conn, &messages).await?)
    }
}

fn message(news: &News<'_>, user: Profile, now: Timestamp) -> OutboxMessage {
    let News { learner, run, attempt, began, status, told } = news;
    let event = PathTimeStatus {
        user,
        run: run.key.clone(),
        display_name: run.title.clone(),
        attempt: *attempt,
        status: *status,
        due_at: run.schedule.due_at(*began),
        changed_at: timing::since(&run.schedule, *began, *status).unwrap_or(now),
    };
    let name = format!("{}\n{learner}\ntime\n{told}", run.key);
    let event_type = event_type::PATH_TIME_STATUS_CHANGED;
    outgoing::message(outgoing::event_id(&name), event_type, *learner, event.encode_body(), now)
}

/// Judges anew up to `limit` learners whose time has come: a due date that is near or over, a run that closed, a time of grace
/// or an override that ended, an award that is valid from now on, or no longer. Says how many; call it until it is none. Several may do this at once: a learner whom anybody
/// just judges is left for the next time, so nobody waits, and each change is told once, in the transaction that judges.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn fire_timers(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    now: Timestamp,
    limit: i64,
) -> Result<(usize, Outcome), StoreError> {
    let due = sqlx::query_scalar!(
        "SELECT learner_id FROM learners
         WHERE learner_id IN (SELECT t.learner_id FROM timers t WHERE t.look_at <= $1)
         ORDER BY learner_id LIMIT $2 FOR UPDATE SKIP LOCKED",
        now.get(),
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    if due.is_empty() {
        return Ok((0, Outcome::default()));
    }
    learners::lock(conn, &due).await?;
    // Judging sets it anew, where there is another time to come.
    sqlx::query!(
        "UPDATE timers SET look_at = NULL WHERE learner_id = ANY($1) AND look_at <= $2",
        &due,
        now.get()
    )
    .execute(&mut *conn)
    .await?;
    catalogue.refresh(conn).await?;
    Ok((due.len(), judge::anew(conn, catalogue, &due, None, now).await?))
}
