//! Status lists, signed.

use chrono::{DateTime, TimeDelta, Utc};
use lp_open_badges::{BitstringStatusListCredential, Instant, StatusBits, StatusIndex, StatusPurpose, sign};
use sqlx::PgConnection;

use super::keys::{Signing, signing};
use super::secrets::Secrets;
use super::site::Site;
use super::work::IssueError;
use crate::store::issuing::lists::{next_list, put_list};

/// How long a list holds, in days: past it verifiers reject the credentials in it.
const HOLDS_DAYS: i64 = 7;
/// So many days before its end it is signed anew, whatever happens.
const MARGIN_DAYS: i64 = 5;
/// How long others may keep a list before they look again.
pub const TTL: TimeDelta = TimeDelta::minutes(5);

/// Lists that expire before that are signed anew.
pub(super) fn expires_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::days(MARGIN_DAYS)
}

/// Signs all lists that changed before `changed_before`, or whose time is nearly over, in the caller's transaction; how many these
/// were. None as long as there is no key.
///
/// # Errors
/// See [`IssueError`]; roll back then.
pub async fn sign_lists(
    conn: &mut PgConnection,
    site: &Site,
    secrets: &Secrets,
    changed_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, IssueError> {
    let Some(signing) = signing(conn, secrets, site).await? else { return Ok(0) };
    let mut signed = 0;
    while sign_next(conn, site, &signing, changed_before, now).await? {
        signed += 1;
    }
    Ok(signed)
}

/// Signs one list that changed before `changed_before`, or whose time is nearly over. Says whether there was one.
pub(super) async fn sign_next(
    conn: &mut PgConnection,
    site: &Site,
    signing: &Signing,
    changed_before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, IssueError> {
    let Some(due) = next_list(conn, changed_before, expires_before(now)).await? else {
        return Ok(false);
    };
    let purpose = match due.purpose.as_str() {
        "suspension" => StatusPurpose::Suspension,
        _ => StatusPurpose::Revocation,
    };
    let places = due.set.iter().map(|place| StatusIndex::try_from(place.unsigned_abs()));
    let bits: StatusBits = places.filter_map(Result::ok).collect();
    // Verifiers whose clocks are behind must not see a list of the future.
    let (from, until) = (now - TimeDelta::minutes(10), now + TimeDelta::days(HOLDS_DAYS));
    let dates = (Instant::try_from(from)?, Instant::try_from(until)?);
    let ttl = u32::try_from(TTL.num_milliseconds()).unwrap_or(u32::MAX);
    let id = site.list(purpose, due.list_id);
    let list = BitstringStatusListCredential::new(id, site.did().uri().clone(), purpose, bits, dates, ttl);
    let document = sign(list, &signing.signer, Instant::try_from(now)?)?;
    put_list(conn, due.list_id, &document, (now, until)).await?;
    Ok(true)
}
