//! What the world is told of completions.

use std::collections::{BTreeSet, HashMap};

use lp_domain::completion::{CompletionState, Emission};
use lp_domain::{AwardState, ContextKey, LearnerId, Timestamp, Verdict};
use lp_events::{
    CountedContext, PathCompleted, PathCompletionChanged, PathCompletionRevoked, PathEvent, Profile,
};
use lp_outbox::OutboxMessage;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::catalogue::Run;
use crate::judgement::Next;
use crate::outgoing::{self, Profiles};
use crate::{Outcome, StoreError, contexts};

/// A completion whose state, or whose award's, the world is told.
pub(crate) struct News<'a> {
    pub(crate) learner: LearnerId,
    pub(crate) run: &'a Run,
    pub(crate) attempt: u32,
    pub(crate) next: Next,
    /// What the learner is judged by.
    pub(crate) verdict: Verdict,
}

/// Tells them all; `traces` has the trace that a learner's newest fact carries on.
pub(crate) async fn tell(
    conn: &mut PgConnection,
    news: &[News<'_>],
    traces: &HashMap<i64, String>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<(), StoreError> {
    if news.is_empty() {
        return Ok(());
    }
    let learners: Vec<i64> = news.iter().map(|one| one.learner.get()).collect();
    let profiles = Profiles::load(&mut *conn, &learners).await?;
    let is_completed = |one: &&News<'_>| one.next.emission == Some(Emission::Completed);
    let counted: BTreeSet<&str> = news.iter().filter(is_completed).flat_map(News::contexts).collect();
    let titles = contexts::titles(&mut *conn, &counted).await?;
    let mut messages: Vec<OutboxMessage> = Vec::new();
    for one in news {
        let user = profiles.of(one.learner);
        let traceparent = traces.get(&one.learner.get());
        let mut tell = |(id, event): (Uuid, PathEvent)| {
            let message = outgoing::message(id, event.event_type(), one.learner, event.encode_body(), now);
            messages.push(OutboxMessage { traceparent: traceparent.cloned(), ..message });
        };
        match one.next.emission {
            Some(Emission::Completed) => {
                outcome.completed += 1;
                tell(one.completed(user.clone(), &titles));
            }
            Some(Emission::Revoked) => {
                outcome.revoked += 1;
                tell(one.revoked(user.clone(), now));
            }
            None => {}
        }
        if one.next.is_news {
            tell(one.changed(user, now));
        }
    }
    Ok(lp_outbox::append(conn, &messages).await?)
}

impl News<'_> {
    /// The verdict that the completion is held by.
    fn held_by(&self) -> &Verdict {
        self.next.own.as_ref().unwrap_or(&self.verdict)
    }

    fn contexts(&self) -> impl Iterator<Item = &str> {
        self.held_by().items.iter().filter_map(|item| item.satisfied_by.as_ref()).map(ContextKey::as_str)
    }

    /// What counted; a context's title is the platform's where that is known, else the one that the path gives its item.
    fn counted(&self, verdict: &Verdict, titles: &HashMap<String, String>) -> Vec<CountedContext> {
        let items = self.run.definition(self.next.revision).map_or(&[][..], |definition| &definition.items);
        let counted = verdict.items.iter().enumerate().filter_map(|(at, judged)| {
            let key = judged.satisfied_by.clone()?;
            let of_item = || items.get(at).filter(|item| item.key == key).map(|item| item.title.clone());
            let title = titles.get(key.as_str()).cloned().or_else(of_item).filter(|title| !title.is_empty());
            Some(CountedContext { key, title, grade: judged.grade, completed_at: judged.completed_at })
        });
        counted.collect()
    }

    fn completed(&self, user: Profile, titles: &HashMap<String, String>) -> (Uuid, PathEvent) {
        let (Next { completion, revision, .. }, verdict) = (&self.next, self.held_by());
        let event = PathCompleted {
            completion_id: completion.completion_id,
            user,
            run: self.run.key.clone(),
            display_name: self.run.title.clone(),
            revision: *revision,
            attempt: self.attempt,
            completed_at: completion.completed_at,
            grade: verdict.grade,
            progress: verdict.progress,
            contexts: self.counted(verdict, titles),
        };
        (Emission::Completed.event_id(completion.completion_id), PathEvent::Completed(event))
    }

    fn revoked(&self, user: Profile, now: Timestamp) -> (Uuid, PathEvent) {
        let Next { completion, revision, .. } = &self.next;
        let withdrawn = self.held_by().withdrawn;
        let event = PathCompletionRevoked {
            completion_id: completion.completion_id,
            user,
            run: self.run.key.clone(),
            display_name: self.run.title.clone(),
            revision: *revision,
            attempt: self.attempt,
            completed_at: completion.completed_at,
            revoked_at: match completion.state {
                CompletionState::Revoked { at } => at,
                _ => now,
            },
            reason: if withdrawn { "override_withdrawn" } else { "requirement_no_longer_met" }.to_owned(),
        };
        (Emission::Revoked.event_id(completion.completion_id), PathEvent::Revoked(event))
    }

    fn changed(&self, user: Profile, now: Timestamp) -> (Uuid, PathEvent) {
        let Next { completion, standing, .. } = &self.next;
        let term = &completion.term;
        let event = PathCompletionChanged {
            completion_id: completion.completion_id,
            user,
            run: self.run.key.clone(),
            display_name: self.run.title.clone(),
            attempt: self.attempt,
            period: completion.period,
            change: standing.changes,
            state: standing.award,
            requirement_met: standing.met,
            valid_from: term.valid_from,
            expires_at: term.expires_at,
            grace_until: match completion.state {
                CompletionState::Grace { until } => Some(until),
                _ => None,
            },
            renews: term.renewal.map(|renewal| renewal.of),
            changed_at: match (standing.award, completion.state) {
                (AwardState::Expired, _) => term.expires_at.unwrap_or(now),
                (_, CompletionState::UnderReview { since }) => since,
                (AwardState::Valid, _) if standing.met && term.valid_from <= now => term.valid_from,
                _ => now,
            },
        };
        let name = format!("{}\nchange\n{}", completion.completion_id, standing.changes);
        (outgoing::event_id(&name), PathEvent::Changed(event))
    }
}
