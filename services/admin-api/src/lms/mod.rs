//! What is asked of the LMS beside requests: learners enrolled in the courses of their runs, and facts held against its record.
//!
//! The LMS counts the calls of all replicas together, so one of them makes all: whichever holds a session's advisory lock. Calls are made
//! outside of any transaction; what the LMS said is kept afterwards. Whoever dies in between leaves what is asked again.

mod courses;
mod gaps;
mod pause;

use std::time::Duration;

use lp_lms_client::Lms;
use lp_progress_store::StoreError;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use courses::Enroller;
use gaps::Checker;

/// The advisory lock of whoever calls the LMS.
const LOCK: i64 = 0x6c70_636f_7572_7365;
/// How often is looked for something to do, and for the lock.
const IDLE: Duration = Duration::from_millis(500);
/// How often something may fail by itself, whatever else the LMS answers.
const FAILURES_MAX: u32 = 5;

/// What was done of what waits.
enum Work {
    /// Nothing waits.
    Nothing,
    /// There may be more.
    Some,
    /// The LMS is to be left alone for so long.
    Wait(Duration),
}

/// Asks the LMS until `cancel`, as soon as no other process does.
pub(crate) async fn run(pool: &PgPool, lms: Option<Lms>, cancel: &CancellationToken) {
    let Some(lms) = lms else { return };
    let (mut enroller, mut checker) = (Enroller::new(lms.clone()), Checker::new(lms));
    while !cancel.is_cancelled() {
        let led = cancel.run_until_cancelled(lead(pool, &mut enroller, &mut checker)).await;
        if let Some(Err(error)) = led {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(%error, source, "the LMS was not asked; tried again");
        }
        cancel.run_until_cancelled(sleep(IDLE)).await;
    }
}

/// Waits for the lock, then works on that session until the database fails. Learners wait for their courses; nobody waits for a
/// check.
async fn lead(pool: &PgPool, enroller: &mut Enroller, checker: &mut Checker) -> Result<(), StoreError> {
    // The lock is the session's: the connection leaves the pool, and closing it gives the lock up.
    let mut conn = pool.acquire().await?.detach();
    let lock = || sqlx::query_scalar::<_, bool>("SELECT pg_try_advisory_lock($1)").bind(LOCK);
    while !lock().fetch_one(&mut conn).await? {
        sleep(IDLE).await;
    }
    loop {
        let mut work = enroller.work(&mut conn).await?;
        if matches!(work, Work::Nothing) {
            work = checker.work(&mut conn).await?;
        }
        match work {
            Work::Nothing => sleep(IDLE).await,
            Work::Some => {}
            Work::Wait(wait) => sleep(wait).await,
        }
    }
}
