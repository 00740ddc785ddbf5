//! A credential with all that people are shown of it.

use lp_open_badges::{IdentityObject, OpenBadgeCredential};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::issuing::{Definition, IssuerProfile};
use crate::store::issuing::credentials::{Credential, SignedDocument};
use crate::store::issuing::images::{ImageRow, get_image};
use crate::store::issuing::shown::get_shown;
use crate::store::{Award, of_completion};

/// All of it; of a withdrawn one without what was signed.
pub(super) struct Shown {
    pub(super) credential: Credential,
    pub(super) signed: Option<SignedDocument>,
    pub(super) badge: Option<OpenBadgeCredential>,
    pub(super) definition: Definition,
    pub(super) issuer: IssuerProfile,
    pub(super) award: Award,
}

impl Shown {
    /// Of this credential; by connections that may read documents.
    pub(super) async fn read(conn: &mut PgConnection, credential_id: Uuid) -> sqlx::Result<Option<Self>> {
        let Some(found) = get_shown(conn, credential_id).await? else { return Ok(None) };
        let Some(award) = of_completion(conn, found.credential.completion_id).await? else { return Ok(None) };
        let corrupt = |error: serde_json::Error| sqlx::Error::Decode(error.into());
        let badge = found.signed.as_ref().map(|signed| serde_json::from_str(&signed.document));
        Ok(Some(Self {
            badge: badge.transpose().map_err(corrupt)?,
            definition: serde_json::from_str(&found.definition).map_err(corrupt)?,
            issuer: serde_json::from_str(&found.issuer).map_err(corrupt)?,
            credential: found.credential,
            signed: found.signed,
            award,
        }))
    }

    /// The learner's name, as it is signed.
    pub(super) fn name(&self) -> Option<String> {
        let identifiers = self.badge.iter().flat_map(|badge| &badge.credential_subject.identifier);
        identifiers.filter_map(IdentityObject::shown_name).map(ToString::to_string).next()
    }

    /// The grade, where it is shown.
    pub(super) fn grade(&self) -> Option<f64> {
        self.award.grade.filter(|_| self.definition.shows_grade)
    }

    /// What counted, where it is shown.
    pub(super) fn courses(&self) -> &[String] {
        if self.definition.shows_courses { &self.award.contexts } else { &[] }
    }
}

/// A picture that was stored, by its digest.
pub(super) async fn stored(
    conn: &mut PgConnection,
    digest: Option<&String>,
) -> sqlx::Result<Option<ImageRow>> {
    let Some(digest) = digest else { return Ok(None) };
    get_image(conn, &hex::decode(digest).unwrap_or_default()).await
}
