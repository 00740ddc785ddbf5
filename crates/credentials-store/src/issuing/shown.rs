//! All that people are shown of a credential, in one statement.

use sqlx::PgConnection;
use uuid::Uuid;

use super::credentials::{Credential, Row, SignedDocument};

/// A credential with what it was issued by.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The credential.
    pub credential: Credential,
    /// The version of the definition that it was issued by, as JSON.
    pub definition: String,
    /// The version of the issuer's profile, as JSON.
    pub issuer: String,
    /// What was signed; nothing of a withdrawn one.
    pub signed: Option<SignedDocument>,
}

/// A credential with what it was issued by.
///
/// # Errors
/// When the database refuses.
pub async fn get_shown(conn: &mut PgConnection, credential_id: Uuid) -> sqlx::Result<Option<Shown>> {
    let found = sqlx::query!(
        r#"SELECT c.credential_id, c.completion_id, c.learner_id, c.org, c.run_key, c.subject,
             c.definition_version, c.issuer_version, c.status, c.reason, c.by_hand, c.status_at,
             c.change, c.told_change, c.awarded_at, c.valid_from, c.valid_until, c.revocation_list,
             c.revocation_place, c.suspension_list, c.suspension_place, c.is_shared, c.shows_name, c.supersedes,
             c.issued_at,
             d.definition::text AS "definition!", i.profile::text AS "profile!",
             s.document AS "document?", s.public_key AS "public_key?", s.signed_at AS "signed_at?"
         FROM credentials c
         JOIN definition_versions d ON d.subject = c.subject AND d.version = c.definition_version
         JOIN issuer_versions i ON i.org = c.org AND i.version = c.issuer_version
         LEFT JOIN credential_documents s ON s.credential_id = c.credential_id
         WHERE c.credential_id = $1"#,
        credential_id,
    )
    .fetch_optional(conn)
    .await?;
    let Some(found) = found else { return Ok(None) };
    let signed = found.document.zip(found.public_key).zip(found.signed_at);
    let signed =
        signed.map(|((document, public_key), signed_at)| SignedDocument { document, public_key, signed_at });
    let row = Row {
        credential_id: found.credential_id,
        completion_id: found.completion_id,
        learner_id: found.learner_id,
        org: found.org,
        run_key: found.run_key,
        subject: found.subject,
        definition_version: found.definition_version,
        issuer_version: found.issuer_version,
        status: found.status,
        reason: found.reason,
        by_hand: found.by_hand,
        status_at: found.status_at,
        change: found.change,
        told_change: found.told_change,
        awarded_at: found.awarded_at,
        valid_from: found.valid_from,
        valid_until: found.valid_until,
        revocation_list: found.revocation_list,
        revocation_place: found.revocation_place,
        suspension_list: found.suspension_list,
        suspension_place: found.suspension_place,
        is_shared: found.is_shared,
        shows_name: found.shows_name,
        supersedes: found.supersedes,
        issued_at: found.issued_at,
    };
    let (definition, issuer) = (found.definition, found.profile);
    Ok(Some(Shown { credential: row.try_into()?, definition, issuer, signed }))
}
