//! Credentials and their documents.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::achievements::put_achievements;
use super::audit::{self, By, Change};
use super::lists::mark_changed;
use crate::supersession;

/// How a credential stands, whenever it is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialStatus {
    /// It holds.
    Valid,
    /// It does not hold for now.
    Suspended,
    /// It was taken back, for good.
    Revoked,
    /// Its learner's account is retired: it names nobody any more.
    Withdrawn,
}

impl CredentialStatus {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn from_word(word: &str) -> sqlx::Result<Self> {
        match word {
            "valid" => Ok(Self::Valid),
            "suspended" => Ok(Self::Suspended),
            "revoked" => Ok(Self::Revoked),
            "withdrawn" => Ok(Self::Withdrawn),
            _ => Err(sqlx::Error::Decode(format!("{word} is no status of a credential").into())),
        }
    }
}

/// A bit in a status list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// The list.
    pub list_id: i32,
    /// The place in it.
    pub place: i32,
}

/// A credential, without its document.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// Its id.
    pub credential_id: Uuid,
    /// The completion that it is for.
    pub completion_id: Uuid,
    /// LMS user id.
    pub learner_id: i64,
    /// The organisation that issued it.
    pub org: String,
    /// The path run.
    pub run_key: String,
    /// Whose definition it was issued by: a path, or a run.
    pub subject: String,
    /// Which version of it.
    pub definition_version: i32,
    /// Which version of the issuer's profile.
    pub issuer_version: i32,
    /// How it stands.
    pub status: CredentialStatus,
    /// Why, where it does not hold.
    pub reason: Option<String>,
    /// What staff have made of it, whatever its completion is.
    pub by_hand: Option<CredentialStatus>,
    /// Since when.
    pub status_at: DateTime<Utc>,
    /// Raised by whatever the world is told of it.
    pub change: i32,
    /// The last change of which the world was told.
    pub told_change: i32,
    /// When it was first issued.
    pub awarded_at: DateTime<Utc>,
    /// The first instant at which it is valid.
    pub valid_from: DateTime<Utc>,
    /// The first instant at which it no longer is, if it expires.
    pub valid_until: Option<DateTime<Utc>>,
    /// Its bit among the revoked.
    pub revocation: Listed,
    /// Its bit among the suspended, where it has one.
    pub suspension: Option<Listed>,
    /// Whether its page is there for everybody.
    pub is_shared: bool,
    /// Whether its page shows the learner's name.
    pub shows_name: bool,
    /// The credential that it stands in for.
    pub supersedes: Option<Uuid>,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}

/// A row of `credentials`.
pub(super) struct Row {
    pub(super) credential_id: Uuid,
    pub(super) completion_id: Uuid,
    pub(super) learner_id: i64,
    pub(super) org: String,
    pub(super) run_key: String,
    pub(super) subject: String,
    pub(super) definition_version: i32,
    pub(super) issuer_version: i32,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) by_hand: Option<String>,
    pub(super) status_at: DateTime<Utc>,
    pub(super) change: i32,
    pub(super) told_change: i32,
    pub(super) awarded_at: DateTime<Utc>,
    pub(super) valid_from: DateTime<Utc>,
    pub(super) valid_until: Option<DateTime<Utc>>,
    pub(super) revocation_list: i32,
    pub(super) revocation_place: i32,
    pub(super) suspension_list: Option<i32>,
    pub(super) suspension_place: Option<i32>,
    pub(super) is_shared: bool,
    pub(super) shows_name: bool,
    pub(super) supersedes: Option<Uuid>,
    pub(super) issued_at: DateTime<Utc>,
}

impl TryFrom<Row> for Credential {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let suspension = row.suspension_list.zip(row.suspension_place);
        Ok(Self {
            credential_id: row.credential_id,
            completion_id: row.completion_id,
            learner_id: row.learner_id,
            org: row.org,
            run_key: row.run_key,
            subject: row.subject,
            definition_version: row.definition_version,
            issuer_version: row.issuer_version,
            status: CredentialStatus::from_word(&row.status)?,
            reason: row.reason,
            by_hand: row.by_hand.as_deref().map(CredentialStatus::from_word).transpose()?,
            status_at: row.status_at,
            change: row.change,
            told_change: row.told_change,
            awarded_at: row.awarded_at,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            revocation: Listed { list_id: row.revocation_list, place: row.revocation_place },
            suspension: suspension.map(|(list_id, place)| Listed { list_id, place }),
            is_shared: row.is_shared,
            shows_name: row.shows_name,
            supersedes: row.supersedes,
            issued_at: row.issued_at,
        })
    }
}

/// A signed credential.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedDocument {
    /// As it is served.
    pub document: String,
    /// The key that signed it.
    pub public_key: String,
    /// When.
    pub signed_at: DateTime<Utc>,
}

/// Without the name that it holds.
impl std::fmt::Debug for SignedDocument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedDocument").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

/// Issues credentials, and remembers what is achieved. One that is there already is an error: whoever issues holds the learner's lock.
///
/// # Errors
/// When the database refuses.
pub async fn insert_credentials(
    conn: &mut PgConnection,
    issued: &[(Credential, SignedDocument)],
) -> sqlx::Result<()> {
    if issued.is_empty() {
        return Ok(());
    }
    let of = |get: fn(&Credential) -> Uuid| -> Vec<Uuid> { issued.iter().map(|(one, _)| get(one)).collect() };
    let texts = |get: fn(&Credential) -> &str| -> Vec<String> {
        issued.iter().map(|(one, _)| get(one).to_owned()).collect()
    };
    let numbers =
        |get: fn(&Credential) -> i32| -> Vec<i32> { issued.iter().map(|(one, _)| get(one)).collect() };
    let some = |get: fn(&Credential) -> Option<i32>| -> Vec<Option<i32>> {
        issued.iter().map(|(one, _)| get(one)).collect()
    };
    let dates = |get: fn(&Credential) -> DateTime<Utc>| -> Vec<DateTime<Utc>> {
        issued.iter().map(|(one, _)| get(one)).collect()
    };
    let learners: Vec<i64> = issued.iter().map(|(one, _)| one.learner_id).collect();
    let untils: Vec<Option<DateTime<Utc>>> = issued.iter().map(|(one, _)| one.valid_until).collect();
    let superseded: Vec<Option<Uuid>> = issued.iter().map(|(one, _)| one.supersedes).collect();
    sqlx::query!(
        "INSERT INTO credentials (credential_id, completion_id, learner_id, org, run_key, subject, definition_version,
             issuer_version, status, status_at, change, told_change, awarded_at, valid_from, valid_until, revocation_list,
             revocation_place, suspension_list, suspension_place, supersedes)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::integer[],
             $8::integer[], $9::text[], $10::timestamptz[], $11::integer[], $12::integer[], $13::timestamptz[],
             $14::timestamptz[], $15::timestamptz[], $16::integer[], $17::integer[], $18::integer[], $19::integer[],
             $20::uuid[])",
        &of(|one| one.credential_id),
        &of(|one| one.completion_id),
        &learners,
        &texts(|one| &one.org),
        &texts(|one| &one.run_key),
        &texts(|one| &one.subject),
        &numbers(|one| one.definition_version),
        &numbers(|one| one.issuer_version),
        &texts(|one| one.status.word()),
        &dates(|one| one.status_at),
        &numbers(|one| one.change),
        &numbers(|one| one.told_change),
        &dates(|one| one.awarded_at),
        &dates(|one| one.valid_from),
        &untils as &[Option<DateTime<Utc>>],
        &numbers(|one| one.revocation.list_id),
        &numbers(|one| one.revocation.place),
        &some(|one| one.suspension.map(|listed| listed.list_id)) as &[Option<i32>],
        &some(|one| one.suspension.map(|listed| listed.place)) as &[Option<i32>],
        &superseded as &[Option<Uuid>],
    )
    .execute(&mut *conn)
    .await?;
    let documents: Vec<String> = issued.iter().map(|(_, signed)| signed.document.clone()).collect();
    let keys: Vec<String> = issued.iter().map(|(_, signed)| signed.public_key.clone()).collect();
    let signed_ats: Vec<DateTime<Utc>> = issued.iter().map(|(_, signed)| signed.signed_at).collect();
    sqlx::query!(
        "INSERT INTO credential_documents (credential_id, document, public_key, signed_at)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])",
        &of(|one| one.credential_id),
        &documents,
        &keys,
        &signed_ats,
    )
    .execute(&mut *conn)
    .await?;
    put_achievements(conn, &of(|one| one.credential_id)).await
}

/// Keeps a credential as it was signed anew, with what is in it and when it is valid.
///
/// # Errors
/// When the database refuses.
pub async fn put_document(
    conn: &mut PgConnection,
    credential: &Credential,
    signed: &SignedDocument,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE credentials SET valid_from = $2, valid_until = $3, definition_version = $4, issuer_version = $5,
             change = change + 1
         WHERE credential_id = $1",
        credential.credential_id,
        credential.valid_from,
        credential.valid_until,
        credential.definition_version,
        credential.issuer_version,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE credential_documents SET document = $2, public_key = $3, signed_at = $4 WHERE credential_id = $1",
        credential.credential_id,
        signed.document,
        signed.public_key,
        signed.signed_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How a credential stands from now on. One that was revoked or withdrawn stays so: then nothing is done.
///
/// # Errors
/// When the database refuses.
pub async fn set_status(
    conn: &mut PgConnection,
    credential_id: Uuid,
    status: CredentialStatus,
    reason: Option<&str>,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let changed = sqlx::query!(
        "UPDATE credentials SET status = $2, reason = $3, status_at = $4, change = change + 1
         WHERE credential_id = $1 AND status NOT IN ('revoked', 'withdrawn') AND status <> $2
         RETURNING revocation_list, suspension_list",
        credential_id,
        status.word(),
        reason,
        at,
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(changed) = changed {
        let lists: Vec<i32> =
            [Some(changed.revocation_list), changed.suspension_list].into_iter().flatten().collect();
        mark_changed(conn, &lists).await?;
    }
    Ok(())
}

/// Locks the learners of these credentials, in order, as whoever records events does.
///
/// # Errors
/// When the database refuses.
pub async fn lock_learners_of(conn: &mut PgConnection, credential_ids: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT learner_id FROM award_holders
         WHERE learner_id IN (SELECT learner_id FROM credentials WHERE credential_id = ANY($1))
         ORDER BY learner_id FOR UPDATE",
        credential_ids,
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// What staff make of a credential, whatever its completion is; `None` gives it back to that. The worker does the rest at once. Its
/// learner is locked.
///
/// # Errors
/// When the database refuses.
pub async fn put_by_hand(
    conn: &mut PgConnection,
    by: &By<'_>,
    credential: &Credential,
    by_hand: Option<CredentialStatus>,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE credentials SET by_hand = $2, reason = $3 WHERE credential_id = $1",
        credential.credential_id,
        by_hand.map(CredentialStatus::word),
        by.reason,
    )
    .execute(&mut *conn)
    .await?;
    if by_hand == Some(CredentialStatus::Revoked) {
        supersession::link(conn, &[credential.completion_id]).await?;
    }
    super::due::want(conn, &[credential.completion_id]).await?;
    let action = match by_hand {
        Some(CredentialStatus::Revoked) => "credential.revoked",
        Some(_) => "credential.suspended",
        None => "credential.reinstated",
    };
    record(conn, by, action, credential).await
}

/// Has a credential signed anew, with what its learner is called by now and what its issuer says by now.
///
/// # Errors
/// When the database refuses.
pub async fn want_reissue(conn: &mut PgConnection, by: &By<'_>, credential: &Credential) -> sqlx::Result<()> {
    // As if nobody knew who signed it.
    sqlx::query!(
        "UPDATE credential_documents SET signed_at = 'epoch' WHERE credential_id = $1",
        credential.credential_id,
    )
    .execute(&mut *conn)
    .await?;
    super::due::want(conn, &[credential.completion_id]).await?;
    record(conn, by, "credential.reissued", credential).await
}

async fn record(
    conn: &mut PgConnection,
    by: &By<'_>,
    action: &'static str,
    credential: &Credential,
) -> sqlx::Result<()> {
    let target = format!("credential:{}", credential.credential_id);
    let org = Some(credential.org.as_str());
    audit::record(conn, by, Change { action, target: &target, org, before: None, after: None }).await
}

/// What a learner lets others see of a credential.
///
/// # Errors
/// When the database refuses.
pub async fn put_sharing(
    conn: &mut PgConnection,
    credential_id: Uuid,
    is_shared: bool,
    shows_name: bool,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE credentials SET is_shared = $2, shows_name = $3 WHERE credential_id = $1",
        credential_id,
        is_shared,
        shows_name,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Remembers of which change the world is told.
///
/// # Errors
/// When the database refuses.
pub async fn put_told(conn: &mut PgConnection, credential_id: Uuid, change: i32) -> sqlx::Result<()> {
    sqlx::query!("UPDATE credentials SET told_change = $2 WHERE credential_id = $1", credential_id, change)
        .execute(conn)
        .await?;
    Ok(())
}

/// Withdraws what learners have whose accounts are retired: their documents go, the bit stays.
pub(crate) async fn withdraw(conn: &mut PgConnection, learners: &[i64]) -> sqlx::Result<()> {
    if learners.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query!(
        "WITH gone AS (
             DELETE FROM credential_documents d USING credentials c
             WHERE c.credential_id = d.credential_id AND c.learner_id = ANY($1)
         )
         UPDATE credentials SET status = 'withdrawn', reason = NULL, by_hand = NULL, status_at = clock_timestamp(),
             change = change + 1
         WHERE learner_id = ANY($1) AND status <> 'withdrawn'
         RETURNING completion_id, revocation_list, suspension_list",
        learners,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut lists: Vec<i32> =
        rows.iter().flat_map(|row| [Some(row.revocation_list), row.suspension_list]).flatten().collect();
    lists.sort_unstable();
    lists.dedup();
    mark_changed(conn, &lists).await?;
    let completions: Vec<Uuid> = rows.iter().map(|row| row.completion_id).collect();
    super::due::want(conn, &completions).await
}

/// A credential.
///
/// # Errors
/// When the database refuses.
pub async fn get_credential(
    conn: &mut PgConnection,
    credential_id: Uuid,
) -> sqlx::Result<Option<Credential>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT credential_id, completion_id, learner_id, org, run_key, subject, definition_version, issuer_version, status,
             reason, by_hand, status_at, change, told_change, awarded_at, valid_from, valid_until, revocation_list,
             revocation_place, suspension_list, suspension_place, is_shared, shows_name, supersedes, issued_at
         FROM credentials WHERE credential_id = $1",
        credential_id,
    )
    .fetch_optional(conn)
    .await?;
    row.map(Credential::try_from).transpose()
}

/// The credentials for these completions.
pub(super) async fn of_completions(
    conn: &mut PgConnection,
    completion_ids: &[Uuid],
) -> sqlx::Result<Vec<Credential>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT credential_id, completion_id, learner_id, org, run_key, subject, definition_version, issuer_version, status,
             reason, by_hand, status_at, change, told_change, awarded_at, valid_from, valid_until, revocation_list,
             revocation_place, suspension_list, suspension_place, is_shared, shows_name, supersedes, issued_at
         FROM credentials WHERE completion_id = ANY($1)",
        completion_ids,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Credential::try_from).collect()
}

/// A signed credential, if it is there.
///
/// # Errors
/// When the database refuses.
pub async fn get_document(
    conn: &mut PgConnection,
    credential_id: Uuid,
) -> sqlx::Result<Option<SignedDocument>> {
    sqlx::query_as!(
        SignedDocument,
        "SELECT document, public_key, signed_at FROM credential_documents WHERE credential_id = $1",
        credential_id,
    )
    .fetch_optional(conn)
    .await
}

/// Which credentials are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CredentialFilter {
    /// Of these organisations only.
    pub orgs: Option<Vec<String>>,
    /// Of this learner only.
    pub learner_id: Option<i64>,
    /// Of this run only.
    pub run_key: Option<String>,
    /// That stand so only.
    pub status: Option<CredentialStatus>,
}

/// Up to `limit` credentials after this one, by id.
///
/// # Errors
/// When the database refuses.
pub async fn list_credentials(
    conn: &mut PgConnection,
    filter: &CredentialFilter,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Credential>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT credential_id, completion_id, learner_id, org, run_key, subject, definition_version, issuer_version, status,
             reason, by_hand, status_at, change, told_change, awarded_at, valid_from, valid_until, revocation_list,
             revocation_place, suspension_list, suspension_place, is_shared, shows_name, supersedes, issued_at
         FROM credentials
         WHERE ($1::text[] IS NULL OR org = ANY($1)) AND ($2::bigint IS NULL OR learner_id = $2)
             AND ($3::text IS NULL OR run_key = $3) AND ($4::text IS NULL OR status = $4)
             AND ($5::uuid IS NULL OR credential_id > $5)
         ORDER BY credential_id LIMIT $6",
        filter.orgs.as_deref(),
        filter.learner_id,
        filter.run_key,
        filter.status.map(CredentialStatus::word),
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Credential::try_from).collect()
}
