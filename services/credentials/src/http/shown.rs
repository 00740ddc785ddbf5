//! A credential with all that people are shown of it.

use lp_open_badges::IdentityObject;
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::issuing::{Definition, IssuerProfile};
use crate::store::issuing::credentials::{Credential, SignedDocument};
use crate::store::issuing::images::{ImageRow, get_image};
use crate::store::issuing::shown::get_shown;
use crate::store::{Award, CountedContext, of_completion};

/// All of it; of a withdrawn one without what was signed.
pub(super) struct Shown {
    pub(super) credential: Credential,
    pub(super) signed: Option<SignedDocument>,
    /// The learner's name, as it is signed.
    pub(super) name: Option<String>,
    pub(super) definition: Definition,
    pub(super) issuer: IssuerProfile,
    pub(super) award: Award,
}

/// What a signed credential says of its learner; all else of it is known without reading it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Badge {
    credential_subject: Subject,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    identifier: Vec<IdentityObject>,
}

impl Badge {
    fn name(self) -> Option<String> {
        self.credential_subject
            .identifier
            .iter()
            .find_map(IdentityObject::shown_name)
            .map(ToString::to_string)
    }
}

impl Shown {
    /// Of this credential; by connections that may read documents.
    pub(super) async fn read(conn: &mut PgConnection, credential_id: Uuid) -> sqlx::Result<Option<Self>> {
        let Some(found) = get_shown(conn, credential_id).await? else { return Ok(None) };
        let Some(award) = of_completion(conn, found.credential.completion_id).await? else { return Ok(None) };
        let corrupt = |error: serde_json::Error| sqlx::Error::Decode(error.into());
        let badge = found.signed.as_ref().map(|signed| serde_json::from_str::<Badge>(&signed.document));
        Ok(Some(Self {
            name: badge.transpose().map_err(corrupt)?.and_then(Badge::name),
            definition: serde_json::from_str(&found.definition).map_err(corrupt)?,
            issuer: serde_json::from_str(&found.issuer).map_err(corrupt)?,
            credential: found.credential,
            signed: found.signed,
            award,
        }))
    }

    /// The grade, where it is shown.
    pub(super) fn grade(&self) -> Option<f64> {
        self.award.grade.filter(|_| self.definition.shows_grade)
    }

    /// What counted, where it is shown.
    pub(super) fn courses(&self) -> &[CountedContext] {
        if self.definition.shows_courses { &self.award.contexts } else { &[] }
    }

    /// The grade in something that counted, where grades are shown.
    pub(super) fn grade_in(&self, course: &CountedContext) -> Option<f64> {
        course.grade.filter(|_| self.definition.shows_grade)
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
