//! Invitations, as those see them who manage runs.

use chrono::{DateTime, Utc};
use lp_domain::RunKey;
use sqlx::PgConnection;
use uuid::Uuid;

use super::ended_by;
use crate::StoreError;
use crate::audit::By;

/// An invitation to a run. Whom it is for stands nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id; later ones are greater.
    pub invitation_id: Uuid,
    /// `email`, `external_key`.
    pub known_by: String,
    /// `open`, `claimed`, `withdrawn`.
    pub state: String,
    /// Who claimed it, by LMS user id.
    pub learner_id: Option<i64>,
    /// When the person was invited.
    pub invited_at: DateTime<Utc>,
    /// When it was claimed or withdrawn.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Up to `limit` invitations to a run after `after`.
///
/// # Errors
/// When the database refuses.
pub async fn list_invitations(
    conn: &mut PgConnection,
    run: &RunKey,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Invitation>, StoreError> {
    Ok(sqlx::query_as!(
        Invitation,
        "SELECT i.invitation_id, i.known_by, i.state, i.learner_id, i.invited_at, i.ended_at
         FROM invitations i JOIN runs r USING (run_id)
         WHERE r.run_key = $1 AND ($2::uuid IS NULL OR i.invitation_id > $2)
         ORDER BY i.invitation_id LIMIT $3",
        run.as_str(),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// Withdraws an open invitation to a run; says whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_invitation(
    conn: &mut PgConnection,
    by: &By<'_>,
    run: &RunKey,
    invitation_id: Uuid,
) -> Result<bool, StoreError> {
    let withdrawn = sqlx::query!(
        "UPDATE invitations i SET state = 'withdrawn', ended_at = now() FROM runs r
         WHERE i.invitation_id = $1 AND i.state = 'open' AND r.run_id = i.run_id AND r.run_key = $2",
        invitation_id,
        run.as_str(),
    )
    .execute(&mut *conn)
    .await?;
    if withdrawn.rows_affected() == 0 {
        return Ok(false);
    }
    ended_by(conn, by, invitation_id, run).await?;
    Ok(true)
}
