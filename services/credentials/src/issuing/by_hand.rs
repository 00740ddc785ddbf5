//! What staff do by hand, one by one or many at once.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use lp_domain::RunKey;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::secrets::Secrets;
use super::work::{IssueError, read_terms};
use crate::store::award_id;
use crate::store::by_hand::{Gift, NotGiven, Wish, give as give_award, lock_learners};
use crate::store::issuing::audit::{By, Change, record};
use crate::store::issuing::credentials::{
    CredentialStatus, get_credential, lock_learners_of, put_by_hand, set_status, want_reissue,
};
use crate::store::issuing::due::Names;

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It is so now, or will be shortly.
    Done,
    /// It was so already.
    Unchanged,
}

/// Why a wish was not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody has it.
    #[error("there is no such credential")]
    Unknown,
    /// It stands so for good.
    #[error("the credential is {0}, for good")]
    Final(&'static str),
    /// Neither its path nor the run has a definition that is enabled.
    #[error("no credential is issued for {0}: it has no definition, or one that is not enabled")]
    NoDefinition(String),
    /// There is nothing to give.
    #[error("the learner has award {0} of this run, which is not revoked")]
    HasAward(Uuid),
    /// Nobody is told of any more.
    #[error("the learner's account is retired")]
    Retired,
}

/// What became of each of these wishes, in their order.
pub type Answers<T> = Vec<Result<T, Refusal>>;

/// Changes credentials, in the caller's transaction. What is signed follows shortly after.
///
/// # Errors
/// When the database refuses; roll back then.
pub async fn change(
    conn: &mut PgConnection,
    by: &By<'_>,
    wish: Wish,
    credential_ids: &[Uuid],
    now: DateTime<Utc>,
) -> sqlx::Result<Answers<Became>> {
    lock_learners_of(conn, credential_ids).await?;
    let mut answers = Vec::with_capacity(credential_ids.len());
    for id in credential_ids {
        answers.push(change_one(conn, by, wish, *id, now).await?);
    }
    Ok(answers)
}

async fn change_one(
    conn: &mut PgConnection,
    by: &By<'_>,
    wish: Wish,
    id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Result<Became, Refusal>> {
    let Some(credential) = get_credential(conn, id).await? else { return Ok(Err(Refusal::Unknown)) };
    if matches!(credential.status, CredentialStatus::Revoked | CredentialStatus::Withdrawn) {
        // What is asked for is so already, or never will be.
        let is_so = wish == Wish::Revoke;
        return Ok(if is_so { Ok(Became::Unchanged) } else { Err(Refusal::Final(credential.status.word())) });
    }
    let by_hand = match wish {
        Wish::Revoke => Some(CredentialStatus::Revoked),
        Wish::Suspend => Some(CredentialStatus::Suspended),
        Wish::Reinstate => None,
        Wish::Reissue => {
            want_reissue(conn, by, &credential).await?;
            return Ok(Ok(Became::Done));
        }
    };
    let is_for_it = by_hand.is_none() || credential.reason.as_deref() == by.reason;
    if credential.by_hand == by_hand && is_for_it {
        return Ok(Ok(Became::Unchanged));
    }
    put_by_hand(conn, by, &credential, by_hand).await?;
    if let Some(status) = by_hand {
        set_status(conn, id, status, by.reason, now).await?;
    }
    Ok(Ok(Became::Done))
}

/// Gives awards, in the caller's transaction, and says for which completions they stand. Credentials are issued for them as for all
/// others, shortly after. Names are of use where no event told any.
///
/// # Errors
/// See [`IssueError`]; roll back then.
pub async fn give(
    conn: &mut PgConnection,
    by: &By<'_>,
    secrets: &Secrets,
    gifts: &[(Gift, Option<Names>)],
    now: DateTime<Utc>,
) -> Result<Answers<Uuid>, IssueError> {
    let learners: BTreeMap<_, _> =
        gifts.iter().map(|(gift, names)| (gift.learner_id, names.clone())).collect();
    lock_learners(conn, &learners).await?;
    let mut path_names: HashMap<&str, Option<String>> = HashMap::new();
    let mut answers = Vec::with_capacity(gifts.len());
    for (gift, _) in gifts {
        if !path_names.contains_key(gift.run_key.as_str()) {
            let terms = read_terms(conn, &gift.run_key).await?;
            path_names.insert(&gift.run_key, terms.map(|terms| terms.definition.name.to_string()));
        }
        let Some(Some(path_name)) = path_names.get(gift.run_key.as_str()) else {
            answers.push(Err(Refusal::NoDefinition(gift.run_key.clone())));
            continue;
        };
        let given = give_award(conn, gift, path_name, now).await?;
        if let Ok(completion_id) = given {
            note(conn, by, secrets, gift, completion_id).await?;
        }
        answers.push(given.map_err(|not| match not {
            NotGiven::Retired => Refusal::Retired,
            NotGiven::HasAward(award_id) => Refusal::HasAward(award_id),
        }));
    }
    Ok(answers)
}

/// Writes a gift down, under the credential that it becomes.
async fn note(
    conn: &mut PgConnection,
    by: &By<'_>,
    secrets: &Secrets,
    gift: &Gift,
    completion_id: Uuid,
) -> sqlx::Result<()> {
    let award_id = award_id(completion_id);
    let target = format!("credential:{}", secrets.credential_id(award_id));
    let run = RunKey::parse(&gift.run_key).map_err(sqlx::Error::decode)?;
    let after = Some(json!({
        "award_id": award_id, "learner_id": gift.learner_id, "run_key": gift.run_key, "revision": gift.revision,
        "awarded_at": gift.awarded_at, "grade": gift.grade,
    }));
    let change =
        Change { action: "credential.given", target: &target, org: Some(run.org()), before: None, after };
    record(conn, by, change).await
}
