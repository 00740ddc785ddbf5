//! One portion of awards: credentials issued, signed anew, and brought in line with how their awards stand.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use lp_domain::RunKey;
use lp_open_badges::{InstantError, LIST_LENGTH, Places, SignError, StatusPurpose, sign};
use sqlx::PgConnection;

use super::badge::Ingredients;
use super::definition::{Definition, IssuerProfile};
use super::keys::{KeyError, Signing, signing};
use super::lists::sign_next;
use super::secrets::Secrets;
use super::site::{Site, word};
use super::standing::{is_issued, standing};
use super::telling::{Because, message};
use crate::store::Award;
use crate::store::issuing::credentials::{
    Credential, CredentialStatus, Listed, SignedDocument, get_credential, insert_credentials, put_document,
    put_told, set_status,
};
use crate::store::issuing::due::{Due, Names, next_due};
use crate::store::issuing::lists::take_places;
use crate::store::issuing::versions::{get_definition, get_issuer};

/// Why awards could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The database refuses.
    #[error("the credentials database refused")]
    Database(#[from] sqlx::Error),
    /// There is no key to be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A document cannot be signed.
    #[error("a credential could not be signed")]
    Sign(#[from] SignError),
    /// A date is in no year that credentials print.
    #[error("a date is beyond what credentials can say")]
    Date(#[from] InstantError),
    /// What the database holds is not what we wrote there.
    #[error("the credentials database holds what cannot be read")]
    Corrupt(#[from] serde_json::Error),
}

/// What became of a portion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Awards that were looked at.
    pub awards: usize,
    /// Credentials that were issued.
    pub issued: usize,
    /// Credentials that were signed anew.
    pub reissued: usize,
    /// Credentials that stand otherwise now.
    pub changed: usize,
}

/// What holds for the credentials of a run.
pub(super) struct Terms {
    subject: String,
    definition_version: i32,
    pub(super) definition: Definition,
    issuer_version: i32,
    issuer: IssuerProfile,
}

/// Looks at up to `limit` awards that wait for it, in the caller's transaction. `has_suspension` gives new credentials a bit
/// among the suspended too. Nothing is done as long as there is no key.
///
/// # Errors
/// See [`IssueError`]; roll back then.
pub async fn issue_some(
    conn: &mut PgConnection,
    site: &Site,
    secrets: &Secrets,
    has_suspension: bool,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Done, IssueError> {
    let Some(signing) = signing(conn, secrets, site).await? else { return Ok(Done::default()) };
    let mut issuing = Issuing {
        site,
        secrets,
        signing,
        has_suspension,
        now,
        terms: HashMap::new(),
        places: HashMap::new(),
    };
    let due = next_due(conn, limit).await?;
    let mut done = Done { awards: due.len(), ..Done::default() };
    let mut fresh: Vec<(Award, Names)> = Vec::new();
    for Due { award, holder, credential, wants_signature } in due {
        match (credential, holder) {
            // Whoever is retired gets nothing, and what they had was withdrawn at once.
            (None, None) => {}
            (Some(credential), None) => {
                issuing.tell(conn, &award, None, &credential, Because::Issued).await?;
            }
            (None, Some(names)) => {
                if is_issued(award.status) && issuing.terms(conn, &award.run_key).await?.is_some() {
                    fresh.push((award, names));
                }
            }
            (Some(credential), Some(names)) => {
                let (reissued, changed) =
                    issuing.follow(conn, &award, &names, credential, wants_signature).await?;
                done.reissued += usize::from(reissued);
                done.changed += usize::from(changed);
            }
        }
    }
    done.issued = fresh.len();
    issuing.issue(conn, &fresh).await?;
    // A list that is new must be there before what it lists.
    let new = DateTime::UNIX_EPOCH;
    while sign_next(conn, site, &issuing.signing, new, now).await? {}
    Ok(done)
}

struct Issuing<'a> {
    site: &'a Site,
    secrets: &'a Secrets,
    signing: Signing,
    has_suspension: bool,
    now: DateTime<Utc>,
    /// By run; nothing where nothing is to be issued.
    terms: HashMap<String, Option<Terms>>,
    places: HashMap<String, Places>,
}

impl Issuing<'_> {
    /// What is issued for a run: by its own definition, else by that of its path.
    async fn terms(&mut self, conn: &mut PgConnection, run_key: &str) -> Result<Option<&Terms>, IssueError> {
        if !self.terms.contains_key(run_key) {
            let terms = read_terms(conn, run_key).await?;
            self.terms.insert(run_key.to_owned(), terms);
        }
        Ok(self.terms.get(run_key).and_then(Option::as_ref))
    }

    /// Brings a credential in line with its award; whether it was signed anew, and whether it stands otherwise now.
    async fn follow(
        &mut self,
        conn: &mut PgConnection,
        award: &Award,
        names: &Names,
        mut credential: Credential,
        wants_signature: bool,
    ) -> Result<(bool, bool), IssueError> {
        let id = credential.credential_id;
        let status = standing(award.status, credential.by_hand);
        let is_final = matches!(credential.status, CredentialStatus::Revoked | CredentialStatus::Withdrawn);
        let changed = !is_final && status != credential.status;
        if changed {
            let of_award = award.revocation_reason.as_deref().filter(|_| status == CredentialStatus::Revoked);
            let reason = credential.by_hand.and(credential.reason.as_deref()).or(of_award);
            set_status(conn, id, status, reason.or(Some(award.status.word())), self.now).await?;
        }
        let definition =
            get_definition(conn, &credential.subject, Some(credential.definition_version)).await?;
        let issuer = get_issuer(conn, &credential.org, Some(credential.issuer_version)).await?;
        let (Some(definition), Some(issuer)) = (definition, issuer) else { return Ok((false, changed)) };
        let definition: Definition = serde_json::from_value(definition.said)?;
        let issuer: IssuerProfile = serde_json::from_value(issuer.said)?;
        let (valid_from, valid_until) = dates(award, &definition);
        let moved = valid_from > credential.valid_from || valid_until != credential.valid_until;
        let reissued = !is_final && (wants_signature || moved);
        if reissued {
            // Of several with one id that with the newest date holds.
            credential.valid_from = self.now.max(valid_from);
            credential.valid_until = valid_until;
            let signed = self.signed(&definition, &issuer, award, names, &credential)?;
            put_document(conn, &credential, &signed).await?;
        }
        if let Some(credential) = get_credential(conn, id).await? {
            let because = if reissued { Because::Reissued } else { Because::Reinstated };
            self.tell(conn, award, Some(names), &credential, because).await?;
        }
        Ok((reissued, changed))
    }

    /// Tells the world of the latest change, if it was not told yet.
    async fn tell(
        &self,
        conn: &mut PgConnection,
        award: &Award,
        names: Option<&Names>,
        credential: &Credential,
        because: Because,
    ) -> Result<(), IssueError> {
        if credential.told_change < credential.change {
            let told = message(self.site, award, names, credential, because, self.now)?;
            lp_outbox::append(conn, &[told]).await?;
            put_told(conn, credential.credential_id, credential.change).await?;
        }
        Ok(())
    }

    /// Issues credentials for awards that have none.
    async fn issue(&mut self, conn: &mut PgConnection, fresh: &[(Award, Names)]) -> Result<(), IssueError> {
        let revocations = self.take(conn, StatusPurpose::Revocation, fresh.len()).await?;
        let suspended = if self.has_suspension { fresh.len() } else { 0 };
        let suspensions = self.take(conn, StatusPurpose::Suspension, suspended).await?;
        let (mut issued, mut told) = (Vec::with_capacity(fresh.len()), Vec::with_capacity(fresh.len()));
        for (at, ((award, names), revocation)) in fresh.iter().zip(revocations).enumerate() {
            let Some(Some(terms)) = self.terms.get(&award.run_key) else { continue };
            let (valid_from, valid_until) = dates(award, &terms.definition);
            let credential = Credential {
                credential_id: self.secrets.credential_id(award.award_id),
                completion_id: award.completion_id,
                learner_id: award.learner_id,
                org: org(&award.run_key),
                run_key: award.run_key.clone(),
                subject: terms.subject.clone(),
                definition_version: terms.definition_version,
                issuer_version: terms.issuer_version,
                status: CredentialStatus::Valid,
                reason: None,
                by_hand: None,
                status_at: self.now,
                change: 1,
                told_change: 1,
                awarded_at: award.completed_at,
                valid_from,
                valid_until,
                revocation,
                suspension: suspensions.get(at).copied(),
                is_shared: true,
                shows_name: true,
                supersedes: award.supersedes.map(|other| self.secrets.credential_id(other)),
                issued_at: self.now,
            };
            let signed = self.signed(&terms.definition, &terms.issuer, award, names, &credential)?;
            told.push(message(self.site, award, Some(names), &credential, Because::Issued, self.now)?);
            issued.push((credential, signed));
        }
        insert_credentials(conn, &issued).await?;
        Ok(lp_outbox::append(conn, &told).await?)
    }

    /// So many places in lists of a purpose.
    async fn take(
        &mut self,
        conn: &mut PgConnection,
        purpose: StatusPurpose,
        wanted: usize,
    ) -> Result<Vec<Listed>, IssueError> {
        let mut listed = Vec::with_capacity(wanted);
        while listed.len() < wanted {
            let left = i32::try_from(wanted - listed.len()).unwrap_or(i32::MAX);
            let (taken, count) = take_places(conn, word(purpose), left, LIST_LENGTH.cast_signed()).await?;
            let list = self.site.list(purpose, taken.list_id);
            let secrets = self.secrets;
            let places = self.places.entry(list.to_string()).or_insert_with(|| secrets.places(list.as_str()));
            let numbers = taken.first..taken.first + count;
            let taken = numbers.filter_map(|number| {
                let place = places.place(number.unsigned_abs())?.get().cast_signed();
                Some(Listed { list_id: taken.list_id, place })
            });
            listed.extend(taken);
        }
        Ok(listed)
    }

    fn signed(
        &self,
        definition: &Definition,
        issuer: &IssuerProfile,
        award: &Award,
        names: &Names,
        credential: &Credential,
    ) -> Result<SignedDocument, IssueError> {
        let Self { site, secrets, signing, now, .. } = self;
        let badge = Ingredients { site, secrets, issuer, definition, award, names, credential }.badge()?;
        let document = sign(badge, &signing.signer, (*now).try_into()?)?;
        Ok(SignedDocument { document, public_key: signing.public_key.clone(), signed_at: *now })
    }
}

/// What is issued for a run, if anything.
pub(super) async fn read_terms(conn: &mut PgConnection, run_key: &str) -> Result<Option<Terms>, IssueError> {
    let Ok(run) = RunKey::parse(run_key) else { return Ok(None) };
    let path = format!("{}+{}", run.org(), run.number());
    let Some(issuer) = get_issuer(conn, run.org(), None).await? else { return Ok(None) };
    for subject in [run_key, path.as_str()] {
        let Some(found) = get_definition(conn, subject, None).await? else { continue };
        let definition: Definition = serde_json::from_value(found.said)?;
        return Ok(definition.enabled.then_some(Terms {
            subject: subject.to_owned(),
            definition_version: found.version,
            definition,
            issuer_version: issuer.version,
            issuer: serde_json::from_value(issuer.said)?,
        }));
    }
    Ok(None)
}

fn org(run_key: &str) -> String {
    RunKey::parse(run_key).map(|run| run.org().to_owned()).unwrap_or_default()
}

/// From when to when it is valid: as its award is, and within what its definition says.
fn dates(award: &Award, definition: &Definition) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    let from = definition.not_before.map_or(award.valid_from, |earliest| earliest.max(award.valid_from));
    let days = definition.valid_days.and_then(|days| from.checked_add_signed(TimeDelta::days(days.into())));
    (from, award.expires_at.or(days))
}
