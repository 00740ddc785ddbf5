//! Learners found by what people know of them.

use std::collections::{HashMap, HashSet};

use lp_domain::LearnerId;
use sqlx::PgConnection;

use crate::StoreError;
use crate::claims::{Claim, ClaimKey};
use crate::learners::parse_learner;

/// What somebody is known by, in the words of whoever asks; not to be kept for longer than it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// LMS user id.
    UserId(LearnerId),
    /// Username at the LMS.
    Username(String),
    /// E-mail address.
    Email(String),
    /// A key that others use.
    ExternalKey(String),
}

impl Named {
    /// What they are looked for by; `None` where external keys are not known, for want of a key to hash them.
    #[must_use]
    pub fn who(self, key: Option<&ClaimKey>) -> Option<Who> {
        Some(match self {
            Self::UserId(id) => Who::UserId(id),
            Self::Username(name) => Who::Username(name),
            Self::Email(address) => {
                let claim = key.map(|key| key.email(&address));
                Who::Email(address, claim)
            }
            Self::ExternalKey(text) => Who::ExternalKey(key?.external_key(&text)),
        })
    }
}

/// What somebody is looked for by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// LMS user id. Taken as it is, unless we were told that they are retired: the LMS alone knows whether there is such a user.
    UserId(LearnerId),
    /// Username at the LMS, whatever its case.
    Username(String),
    /// E-mail address, whatever its case, and its claim where people without an account can be invited.
    Email(String, Option<Claim>),
    /// A key that others use.
    ExternalKey(Claim),
}

impl Who {
    /// What a person without an account is invited by, and what kind of thing it is.
    pub(crate) fn claim(&self) -> Option<(Claim, &'static str)> {
        match self {
            Self::UserId(_) | Self::Username(_) => None,
            Self::Email(_, claim) => claim.map(|claim| (claim, "email")),
            Self::ExternalKey(claim) => Some((*claim, "external_key")),
        }
    }
}

/// Who is known by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    One(LearnerId),
    Nobody,
    Several,
}

/// Finds people, in their order.
pub(crate) async fn find(conn: &mut PgConnection, people: &[&Who]) -> Result<Vec<Found>, StoreError> {
    let texts = |of: fn(&Who) -> Option<&str>| -> Vec<String> {
        people.iter().filter_map(|who| of(who).map(ToOwned::to_owned)).collect()
    };
    let usernames = texts(|who| if let Who::Username(name) = who { Some(name) } else { None });
    let emails = texts(|who| if let Who::Email(address, _) = who { Some(address.trim()) } else { None });
    let keys: Vec<Vec<u8>> = people
        .iter()
        .filter_map(|who| if let Who::ExternalKey(claim) = who { Some(claim.bytes()) } else { None })
        .collect();
    let ids: Vec<i64> = people
        .iter()
        .filter_map(|who| if let Who::UserId(id) = who { Some(id.get()) } else { None })
        .collect();
    let retired = retired(conn, &ids).await?;
    let by_username = by_username(conn, &usernames).await?;
    let by_email = by_email(conn, &emails).await?;
    let by_key = by_key(conn, &keys).await?;
    let found = people.iter().map(|who| match who {
        Who::UserId(id) if retired.contains(&id.get()) => Found::Nobody,
        Who::UserId(id) => Found::One(*id),
        Who::Username(name) => by_username.get(name).copied().unwrap_or(Found::Nobody),
        Who::Email(address, _) => by_email.get(address.trim()).copied().unwrap_or(Found::Nobody),
        Who::ExternalKey(claim) => by_key.get(&claim.bytes()).copied().unwrap_or(Found::Nobody),
    });
    Ok(found.collect())
}

/// Learners by what was asked for, of which one may be several.
fn each<K: Eq + std::hash::Hash>(
    rows: impl Iterator<Item = (K, i64)>,
) -> Result<HashMap<K, Found>, StoreError> {
    let mut found = HashMap::new();
    for (asked, learner) in rows {
        let one = Found::One(parse_learner(learner)?);
        found.entry(asked).and_modify(|known| *known = Found::Several).or_insert(one);
    }
    Ok(found)
}

async fn retired(conn: &mut PgConnection, learners: &[i64]) -> Result<HashSet<i64>, StoreError> {
    if learners.is_empty() {
        return Ok(HashSet::new());
    }
    let retired = sqlx::query_scalar!(
        "SELECT learner_id FROM learners WHERE learner_id = ANY($1) AND retired_at IS NOT NULL",
        learners,
    )
    .fetch_all(conn)
    .await?;
    Ok(retired.into_iter().collect())
}

async fn by_username(
    conn: &mut PgConnection,
    names: &[String],
) -> Result<HashMap<String, Found>, StoreError> {
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"SELECT DISTINCT n.asked AS "asked!", p.learner_id
         FROM unnest($1::text[]) AS n (asked) JOIN learner_profiles p ON lower(p.username) = lower(n.asked)
         WHERE n.asked <> ''"#,
        names,
    )
    .fetch_all(conn)
    .await?;
    each(rows.into_iter().map(|row| (row.asked, row.learner_id)))
}

async fn by_email(
    conn: &mut PgConnection,
    addresses: &[String],
) -> Result<HashMap<String, Found>, StoreError> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"SELECT DISTINCT n.asked AS "asked!", p.learner_id
         FROM unnest($1::text[]) AS n (asked) JOIN learner_profiles p ON lower(p.email) = lower(n.asked)
         WHERE n.asked <> ''"#,
        addresses,
    )
    .fetch_all(conn)
    .await?;
    each(rows.into_iter().map(|row| (row.asked, row.learner_id)))
}

async fn by_key(conn: &mut PgConnection, keys: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Found>, StoreError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!("SELECT claim, learner_id FROM external_keys WHERE claim = ANY($1)", keys)
        .fetch_all(conn)
        .await?;
    each(rows.into_iter().map(|row| (row.claim, row.learner_id)))
}
