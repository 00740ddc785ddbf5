//! What goes on beside events and requests: awards looked at, lists signed.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::keys::ensure_key;
use super::lists::sign_lists;
use super::secrets::Secrets;
use super::site::Site;
use super::work::{Done, IssueError, issue_some};
use crate::store::issuing::audit::By;
use crate::store::issuing::due::put_off_first;

/// Awards that are looked at in one transaction: the consumer waits for their learners' locks.
const AWARDS: i64 = 200;
/// How long an award waits that cannot be looked at.
const PUT_OFF: TimeDelta = TimeDelta::hours(1);
/// How often is looked for something to do.
const IDLE: Duration = Duration::from_millis(250);

/// How the lists are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a change of status may wait for others, to be signed with them.
    pub status_delay: TimeDelta,
    /// Whether new credentials have a bit among the suspended too.
    pub has_suspension: bool,
}

/// Works until `cancel`. Each portion is a transaction of its own; several may work at once.
pub async fn run(pool: &PgPool, site: &Site, secrets: &Secrets, pace: Pace, cancel: &CancellationToken) {
    let (mut has_key, mut limit) = (false, AWARDS);
    while !cancel.is_cancelled() {
        match portion(pool, site, secrets, pace, limit, &mut has_key).await {
            Ok(more) => {
                limit = AWARDS;
                if more {
                    continue;
                }
            }
            Err(error) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "credentials were not issued; tried again");
                if !matches!(error, IssueError::Database(_) | IssueError::Key(_)) {
                    // Something about one of them: they are looked at one by one, so that it holds up none of the others.
                    if limit == 1 {
                        put_off(pool).await;
                    }
                    limit = 1;
                }
            }
        }
        cancel.run_until_cancelled(tokio::time::sleep(IDLE)).await;
    }
}

/// Puts the award off that could not be looked at. A database that is away cannot be told, and need not be.
async fn put_off(pool: &PgPool) {
    let until = Utc::now() + PUT_OFF;
    if let Ok(Some(completion_id)) = async { put_off_first(&mut *pool.acquire().await?, until).await }.await {
        tracing::error!(%completion_id, "the credential for a completion cannot be made; it is tried again in an hour");
    }
}

/// Does some of it; whether there may be more.
async fn portion(
    pool: &PgPool,
    site: &Site,
    secrets: &Secrets,
    pace: Pace,
    limit: i64,
    has_key: &mut bool,
) -> Result<bool, IssueError> {
    let now = Utc::now();
    let mut tx = pool.begin().await?;
    if !*has_key {
        // The first key of an installation, made once whoever starts first.
        ensure_key(&mut tx, &By { actor: "credentials", request_id: None, reason: None }, secrets).await?;
    }
    let done = issue_some(&mut tx, site, secrets, pace.has_suspension, limit, now).await?;
    tx.commit().await?;
    *has_key = true;
    count(done);
    let mut tx = pool.begin().await?;
    let signed = sign_lists(&mut tx, site, secrets, now - pace.status_delay, now).await?;
    tx.commit().await?;
    metrics::counter!("lp_credentials_lists_signed_total").increment(signed);
    Ok(done.awards > 0)
}

fn count(done: Done) {
    for (what, many) in [("issued", done.issued), ("reissued", done.reissued), ("changed", done.changed)] {
        metrics::counter!("lp_credentials_issued_total", "outcome" => what).increment(many as u64);
    }
}
