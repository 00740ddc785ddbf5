//! What a credential says.

use chrono::{DateTime, Utc};
use lp_open_badges::{
    AchievementResult, AchievementSubject, BitstringStatusListEntry, Evidence, IdentityObject, Image,
    Instant, InstantError, OpenBadgeCredential, Profile, ResultStatus, StatusIndex, StatusPurpose, Text, Uri,
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::achievement::achievement;
use super::definition::{Definition, IssuerProfile};
use super::secrets::Secrets;
use super::site::Site;
use crate::store::Award;
use crate::store::issuing::credentials::{Credential, Listed};
use crate::store::issuing::due::Names;

/// All that a credential is made of.
pub(super) struct Ingredients<'a> {
    pub(super) site: &'a Site,
    pub(super) secrets: &'a Secrets,
    pub(super) issuer: &'a IssuerProfile,
    pub(super) definition: &'a Definition,
    pub(super) award: &'a Award,
    pub(super) names: &'a Names,
    pub(super) credential: &'a Credential,
}

impl Ingredients<'_> {
    /// The credential, to be signed.
    pub(super) fn badge(&self) -> Result<OpenBadgeCredential, InstantError> {
        let Self { site, secrets, definition, award, names, credential, .. } = self;
        let achievement = achievement(site, definition, &award.run_key, award.revision);
        let mut subject = AchievementSubject::new(urn(secrets.subject_id(award.learner_id)), achievement);
        // The name alone is in plain words, and first: wallets show the first that is.
        subject.identifier.extend(Text::cleaned(names.name.trim()).map(IdentityObject::name));
        if let (Some(_), Some(salt)) = (names.email.find('@'), salt()) {
            subject.identifier.push(IdentityObject::email(names.email.trim(), &salt));
        }
        let mut described = subject.achievement.result_description.iter();
        if let (true, Some(grade), Some(percent)) = (definition.shows_grade, award.grade, described.next()) {
            subject.result.extend(
                Text::cleaned(&percent_of(grade)).map(|value| AchievementResult::value(percent, value)),
            );
        }
        if let Some(completion) = subject.achievement.result_description.last() {
            subject.result.push(AchievementResult::status(completion, ResultStatus::Completed));
        }
        let valid_from = Instant::try_from(credential.valid_from)?;
        let id = site.credential(credential.credential_id);
        let mut badge = OpenBadgeCredential::new(id, self.profile(), valid_from, subject);
        badge.name = Some(definition.name.clone());
        badge.description = Some(definition.description.clone());
        badge.image = definition.image.as_ref().map(|digest| Image::new(site.image(digest)));
        badge.valid_until = credential.valid_until.map(Instant::try_from).transpose()?;
        badge.awarded_date = Some(Instant::try_from(credential.awarded_at)?);
        badge.evidence = vec![self.evidence()];
        badge.credential_status = self.entries();
        Ok(badge)
    }

    fn profile(&self) -> Profile {
        let mut profile = Profile::new(self.site.did().uri().clone());
        profile.name = Some(self.issuer.name.clone());
        profile.url.clone_from(&self.issuer.url);
        profile.email.clone_from(&self.issuer.email);
        profile.description.clone_from(&self.issuer.description);
        profile.image = self.issuer.image.as_ref().map(|digest| Image::new(self.site.image(digest)));
        profile
    }

    /// Run, revision, date, what counted, and a digest of all of it.
    fn evidence(&self) -> Evidence {
        let Self { award, definition, .. } = self;
        let facts = json!({
            "run_key": award.run_key, "revision": award.revision, "attempt": award.attempt, "contexts": award.contexts,
            "completed_at": award.completed_at, "grade": award.grade,
        });
        let digest = hex::encode(Sha256::digest(facts.to_string()));
        let mut lines = vec![format!(
            "Completed {} (revision {}) on {}.",
            award.run_key,
            award.revision,
            date(award.completed_at)
        )];
        if definition.shows_courses {
            lines.extend(award.contexts.iter().map(|context| format!("- {context}")));
        }
        lines.push(format!("Facts: sha256 {digest}"));
        let mut evidence = Evidence::default();
        evidence.name = Text::cleaned("Completed items");
        evidence.narrative = Text::cleaned(&lines.join("\n"));
        evidence
    }

    fn entries(&self) -> Vec<BitstringStatusListEntry> {
        let entry = |purpose, listed: Listed| {
            let place = StatusIndex::try_from(listed.place.unsigned_abs()).ok()?;
            Some(BitstringStatusListEntry::new(self.site.list(purpose, listed.list_id), purpose, place))
        };
        let revocation = entry(StatusPurpose::Revocation, self.credential.revocation);
        let suspension =
            self.credential.suspension.and_then(|listed| entry(StatusPurpose::Suspension, listed));
        revocation.into_iter().chain(suspension).collect()
    }
}

#[expect(clippy::expect_used, reason = "a UUID is a URN")]
pub(super) fn urn(id: Uuid) -> Uri {
    Uri::parse(format!("urn:uuid:{id}")).expect("a URN")
}

fn salt() -> Option<Text> {
    Text::cleaned(&hex::encode(rand::random::<[u8; 16]>()))
}

/// A grade as Open Badges has it: 0 to 100, as text, without needless digits.
pub(super) fn percent_of(grade: f64) -> String {
    let text = format!("{:.2}", grade * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}
