//! What the world is told: of whom, and as which message.

use std::collections::BTreeMap;

use lp_domain::completion::NAMESPACE;
use lp_domain::{LearnerId, Timestamp};
use lp_events::Profile;
use lp_outbox::OutboxMessage;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::learners::parse_learner;

/// The names of some learners.
pub(crate) struct Profiles(BTreeMap<LearnerId, Profile>);

impl Profiles {
    pub(crate) async fn load(conn: &mut PgConnection, learners: &[i64]) -> Result<Self, StoreError> {
        let rows = sqlx::query!(
            "SELECT learner_id, username, email, full_name, is_active FROM learner_profiles
             WHERE learner_id = ANY($1)",
            learners,
        )
        .fetch_all(conn)
        .await?;
        let profiles = rows.into_iter().map(|row| {
            let learner = parse_learner(row.learner_id)?;
            let profile = Profile {
                learner,
                username: row.username,
                email: row.email,
                name: row.full_name,
                is_active: row.is_active,
            };
            Ok((learner, profile))
        });
        Ok(Self(profiles.collect::<Result<_, StoreError>>()?))
    }

    /// What is known of a learner, be it the id alone.
    pub(crate) fn of(&self, learner: LearnerId) -> Profile {
        self.0.get(&learner).cloned().unwrap_or_else(|| Profile::unknown(learner))
    }
}

/// The id of the event of this name: the same whenever and by whomever it is told.
pub(crate) fn event_id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// A message about a learner; of no trace, unless it is given one.
pub(crate) fn message(
    event_id: Uuid,
    event_type: &str,
    learner: LearnerId,
    body: Vec<u8>,
    now: Timestamp,
) -> OutboxMessage {
    OutboxMessage {
        event_id,
        event_type: event_type.to_owned(),
        topic: lp_events::path::TOPIC.to_owned(),
        event_time: now.get(),
        partition_key: learner.get(),
        body,
        traceparent: None,
    }
}
