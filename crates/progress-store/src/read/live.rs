//! Hears whose state changed, and finds out what was not heard.

use sqlx::postgres::{PgListener, PgPool};
use sqlx::{Error, PgConnection};

use crate::live::CHANNEL;

/// Hears of learners whose state changed. What happens while it is not connected is not heard: once it is again, look at
/// [`versions`].
pub struct Listener(PgListener);

impl Listener {
    /// Listens by one connection of the pool. What commits from now on is heard.
    ///
    /// # Errors
    /// When the database cannot be reached, or cannot be listened to: a replica cannot.
    pub async fn connect(pool: &PgPool) -> sqlx::Result<Self> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }

    /// The learners of the next notification; `None` when the connection is lost. May be cancelled.
    ///
    /// # Errors
    /// When the connection breaks in another way.
    pub async fn next(&mut self) -> sqlx::Result<Option<Vec<i64>>> {
        let heard = self.0.try_recv().await?;
        // What is no id is not ours.
        Ok(heard.map(|heard| heard.payload().split(',').filter_map(|id| id.parse().ok()).collect()))
    }

    /// Whether the connection still answers: one that is silently gone would be listened to for ever.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check(&mut self) -> sqlx::Result<()> {
        sqlx::query!(r#"SELECT 1 AS "one!""#).fetch_one(&mut self.0).await?;
        Ok(())
    }
}

/// Where a learner stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LearnerState {
    /// Raised by whatever concerns the learner; 0 of whom nobody has heard.
    pub version: i64,
    /// Whether they are retired.
    pub is_retired: bool,
}

/// Where a learner stands. Read it before what is to be shown: that is then at least as new.
///
/// # Errors
/// When the database cannot answer.
pub async fn learner_state(conn: &mut PgConnection, learner_id: i64) -> sqlx::Result<LearnerState> {
    let found = sqlx::query_as!(
        LearnerState,
        r#"SELECT version, retired_at IS NOT NULL AS "is_retired!" FROM learners WHERE learner_id = $1"#,
        learner_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(found.unwrap_or_default())
}

/// The versions of these learners, of those whom there are.
///
/// # Errors
/// When the database cannot answer.
pub async fn versions(conn: &mut PgConnection, learners: &[i64]) -> Result<Vec<(i64, i64)>, Error> {
    let rows = sqlx::query!("SELECT learner_id, version FROM learners WHERE learner_id = ANY($1)", learners,)
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.learner_id, row.version)).collect())
}
