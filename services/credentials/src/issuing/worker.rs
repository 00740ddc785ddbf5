//! What goes on beside events and requests: awards looked at, lists signed.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use chrono::{TimeDelta, Utc};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::keys::ensure_key;
use super::lists::{expires_before, sign_lists};
use super::secrets::Secrets;
use super::site::Site;
use super::work::{Done, IssueError, issue_some};
use crate::store::issuing::audit::By;
use crate::store::issuing::due::{put_off_first, waiting};
use crate::store::issuing::images::remove_unnamed;

/// Awards that are looked at in one transaction: the consumer waits for their learners' locks.
const AWARDS: i64 = 200;
/// How long an award waits that cannot be looked at.
const PUT_OFF: TimeDelta = TimeDelta::hours(1);
/// How often pictures are looked through that nothing names, how many of them are removed then, and how long each stays before.
const CLEANING: Duration = Duration::from_hours(1);
const PICTURES: i64 = 100;
const UNNAMED: TimeDelta = TimeDelta::days(1);
/// How often is looked for something to do.
pub(super) const IDLE: Duration = Duration::from_millis(250);
/// How often it is at most, as long as the database is away or the key cannot be read.
const IDLE_AT_MOST: Duration = Duration::from_secs(5);

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
    let pauses =
        ExponentialBuilder::default().with_min_delay(IDLE).with_max_delay(IDLE_AT_MOST).without_max_times();
    let mut cleaned_at: Option<Instant> = None;
    let (mut has_key, mut limit, mut growing) = (false, AWARDS, pauses.build());
    while !cancel.is_cancelled() {
        let mut pause = IDLE;
        match portion(pool, site, secrets, pace, limit, &mut has_key).await {
            Ok(more) => {
                (limit, growing) = (AWARDS, pauses.build());
                if more {
                    continue;
                }
                if cleaned_at.is_none_or(|at| at.elapsed() >= CLEANING) {
                    clean(pool).await;
                    cleaned_at = Some(Instant::now());
                }
            }
            Err(error) => {
                if matches!(error, IssueError::Database(_) | IssueError::Key(_)) {
                    pause = growing.next().unwrap_or(IDLE_AT_MOST);
                } else {
                    // Something about one of them: they are looked at one by one, so that it holds up none of the others.
                    if limit == 1 {
                        put_off(pool).await;
                    }
                    limit = 1;
                }
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, source, "credentials were not issued; tried again");
            }
        }
        cancel.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

/// Removes pictures that were stored, and that nobody has named since. What cannot be done now is done an hour later.
async fn clean(pool: &PgPool) {
    let remove = async {
        let mut tx = pool.begin().await?;
        let removed = remove_unnamed(&mut tx, Utc::now() - UNNAMED, PICTURES).await?;
        tx.commit().await?;
        Ok::<_, sqlx::Error>(removed)
    };
    match remove.await {
        Ok(0) => {}
        Ok(removed) => tracing::info!(removed, "pictures that nothing names were removed"),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "pictures that nothing names were not removed"
            );
        }
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
    if !*has_key {
        // The first key of an installation, made once whoever starts first.
        let mut tx = pool.begin().await?;
        ensure_key(&mut tx, &By { actor: "credentials", request_id: None, reason: None }, secrets).await?;
        tx.commit().await?;
        *has_key = true;
    }
    let changed_before = now - pace.status_delay;
    // The key is taken for what waits alone.
    let waiting = waiting(&mut *pool.acquire().await?, changed_before, expires_before(now)).await?;
    let mut done = Done::default();
    if waiting.awards {
        let mut tx = pool.begin().await?;
        done = issue_some(&mut tx, site, secrets, pace.has_suspension, limit, now).await?;
        tx.commit().await?;
        count(done);
    }
    if waiting.lists {
        let mut tx = pool.begin().await?;
        let signed = sign_lists(&mut tx, site, secrets, changed_before, now).await?;
        tx.commit().await?;
        metrics::counter!("lp_credentials_lists_signed_total").increment(signed);
    }
    Ok(done.awards > 0)
}

fn count(done: Done) {
    for (what, many) in [("issued", done.issued), ("reissued", done.reissued), ("changed", done.changed)] {
        metrics::counter!("lp_credentials_issued_total", "outcome" => what).increment(many as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use sqlx::types::Uuid;

    use super::*;
    use crate::issuing::keys::KeyError;

    const PACE: Pace = Pace { status_delay: TimeDelta::zero(), has_suspension: false };

    fn site() -> Site {
        Site::new(&"https://credentials.example.org".parse().unwrap()).unwrap()
    }

    /// A database whose key was sealed by another secret than the one that comes with it.
    async fn sealed_by_another(pool: &PgPool) -> Secrets {
        let mut conn = pool.acquire().await.unwrap();
        let by = By { actor: "user:1", request_id: None, reason: None };
        ensure_key(&mut conn, &by, &Secrets::new("the secret that sealed it".into())).await.unwrap();
        Secrets::new("another secret".into())
    }

    async fn wait(pool: &PgPool) {
        let due = sqlx::query("INSERT INTO due_awards (completion_id) VALUES ($1)");
        due.bind(Uuid::nil()).execute(pool).await.unwrap();
    }

    #[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
    async fn the_key_is_taken_for_what_waits_alone(pool: PgPool) {
        let (site, other) = (site(), sealed_by_another(&pool).await);
        let mut has_key = true;
        assert!(!portion(&pool, &site, &other, PACE, 1, &mut has_key).await.unwrap());
        wait(&pool).await;
        let refused = portion(&pool, &site, &other, PACE, 1, &mut has_key).await.unwrap_err();
        assert!(matches!(refused, IssueError::Key(KeyError::Unsealed(_))), "{refused:?}");
        sqlx::query("DELETE FROM due_awards").execute(&pool).await.unwrap();
        let list = "INSERT INTO status_lists (purpose, changed_at) VALUES ('revocation', 'epoch')";
        sqlx::query(list).execute(&pool).await.unwrap();
        let refused = portion(&pool, &site, &other, PACE, 1, &mut has_key).await.unwrap_err();
        assert!(matches!(refused, IssueError::Key(KeyError::Unsealed(_))), "{refused:?}");
    }

    /// Counts lines of a log.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<usize>>);

    impl io::Write for Lines {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            *self.0.lock().unwrap() += text.split(|byte| *byte == b'\n').count() - 1;
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[sqlx::test(migrator = "lp_credentials_store::MIGRATOR")]
    async fn a_key_that_cannot_be_read_is_told_of_ever_more_seldom(pool: PgPool) {
        let (site, other) = (site(), sealed_by_another(&pool).await);
        let (lines, cancel) = (Lines::default(), CancellationToken::new());
        let writer = lines.clone();
        let warnings = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::WARN)
            .with_writer(move || writer.clone())
            .finish();
        let warnings = tracing::Dispatch::new(warnings);
        // While there is only one, whichever thread comes by first decides what is logged, and those of other tests log nothing.
        let _another = tracing::Dispatch::new(tracing_subscriber::registry());
        let _set = tracing::dispatcher::set_default(&warnings);
        let begun = Instant::now();
        let four = async {
            while *lines.0.lock().unwrap() < 4 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            cancel.cancel();
        };
        tokio::join!(run(&pool, &site, &other, PACE, &cancel), four);
        // Three pauses lie between four of them.
        assert!(begun.elapsed() >= IDLE * (1 + 2 + 4), "{:?}", begun.elapsed());
    }
}
