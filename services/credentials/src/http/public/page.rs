//! The verify page.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, Utc};
use lp_credential_pages::{
    CONTENT_SECURITY_POLICY, Course, Issuer, Language, Links, NotFoundPage, Signatory, Status, VerifyPage,
    WebUrl,
};
use lp_open_badges::{IdentityObject, OpenBadgeCredential, StatusPurpose};
use sqlx::PgConnection;

use crate::issuing::{Definition, IssuerProfile, Site};
use crate::store::issuing::credentials::{Credential, CredentialStatus, SignedDocument};
use crate::store::issuing::versions::{get_definition, get_issuer};
use crate::store::of_completion;

/// The page of a credential, or that there is none.
pub(super) async fn of(
    conn: &mut PgConnection,
    site: &Site,
    found: Option<&(Credential, Option<SignedDocument>)>,
    language: Language,
) -> sqlx::Result<Response> {
    let page = match found {
        Some((credential, signed)) => verify_page(conn, site, credential, signed.as_ref(), language).await?,
        None => None,
    };
    let policy = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
    Ok(match page {
        Some(page) => (policy, Html(page.render())).into_response(),
        None => {
            let page = NotFoundPage { language, offered: Language::ALL.to_vec() };
            (StatusCode::NOT_FOUND, policy, Html(page.render())).into_response()
        }
    })
}

async fn verify_page(
    conn: &mut PgConnection,
    site: &Site,
    credential: &Credential,
    signed: Option<&SignedDocument>,
    language: Language,
) -> sqlx::Result<Option<VerifyPage>> {
    let definition = get_definition(conn, &credential.subject, Some(credential.definition_version)).await?;
    let issuer = get_issuer(conn, &credential.org, Some(credential.issuer_version)).await?;
    let (Some(definition), Some(issuer)) = (definition, issuer) else { return Ok(None) };
    let corrupt = |error: serde_json::Error| sqlx::Error::Decode(error.into());
    let definition: Definition = serde_json::from_value(definition.said).map_err(corrupt)?;
    let issuer: IssuerProfile = serde_json::from_value(issuer.said).map_err(corrupt)?;
    let badge = signed.map(|signed| serde_json::from_str::<OpenBadgeCredential>(&signed.document));
    let badge = badge.transpose().map_err(corrupt)?;
    let award = of_completion(conn, credential.completion_id).await?;

    let own = site.credential(credential.credential_id);
    let Ok(page) = WebUrl::parse(own.as_str()) else { return Ok(None) };
    let at = |place: String| WebUrl::parse(&place).ok();
    let below = |name: &str| at(format!("{own}/{name}")).filter(|_| badge.is_some());
    let image = |digest: Option<&String>| at(format!("{}/images/{}", site.base(), digest?));
    let Some(did) = at(format!("{}{}", origin(site), site.did().document_path())) else { return Ok(None) };
    let list = badge.as_ref().and_then(|badge| {
        let entries = badge.credential_status.iter();
        let mut revocation = entries.filter(|entry| entry.status_purpose == StatusPurpose::Revocation);
        at(revocation.next()?.status_list_credential.to_string())
    });
    let name = badge.as_ref().and_then(|badge| {
        badge
            .credential_subject
            .identifier
            .iter()
            .find_map(IdentityObject::shown_name)
            .map(ToString::to_string)
    });
    let contexts = award.as_ref().map(|award| award.contexts.clone()).unwrap_or_default();
    let courses = contexts.into_iter().map(|title| Course { title, grade: None });
    let signatories = definition.signatories.iter().map(|one| Signatory {
        name: one.name.to_string(),
        title: one.title.as_ref().map(ToString::to_string),
        organisation: None,
        signature: image(one.signature.as_ref()),
    });
    Ok(Some(VerifyPage {
        language,
        offered: Language::ALL.to_vec(),
        status: status(credential, Utc::now()),
        learner: name.filter(|_| credential.shows_name),
        title: definition.name.to_string(),
        description: Some(definition.description.to_string()),
        criteria: Some(definition.criteria.to_string()),
        criteria_url: definition.criteria_url.as_ref().and_then(|url| at(url.to_string())),
        issuer: Issuer {
            name: issuer.name.to_string(),
            url: issuer.url.as_ref().and_then(|url| at(url.to_string())),
            image: image(issuer.image.as_ref()),
        },
        awarded_at: credential.awarded_at,
        valid_from: Some(credential.valid_from),
        valid_until: credential.valid_until,
        grade: award.and_then(|award| award.grade).filter(|_| definition.shows_grade),
        hours: definition.hours.map(f64::from),
        courses: if definition.shows_courses { courses.collect() } else { Vec::new() },
        signatories: signatories.collect(),
        credential_id: own.to_string(),
        links: Links {
            page,
            json: below("credential.json"),
            pdf: None,
            png: None,
            svg: None,
            picture: None,
            status_list: list,
            did,
        },
    }))
}

/// How a credential stands at an instant: by what was made of it, else by its dates.
fn status(credential: &Credential, now: DateTime<Utc>) -> Status {
    match credential.status {
        CredentialStatus::Withdrawn => Status::Withdrawn,
        CredentialStatus::Revoked => {
            Status::Revoked { at: credential.status_at, reason: credential.reason.clone() }
        }
        CredentialStatus::Suspended => Status::Suspended,
        CredentialStatus::Valid if now < credential.valid_from => Status::NotYetValid,
        CredentialStatus::Valid if credential.valid_until.is_some_and(|until| until <= now) => {
            Status::Expired
        }
        CredentialStatus::Valid => Status::Valid,
    }
}

/// Scheme and host.
fn origin(site: &Site) -> String {
    let base = site.base();
    let host = base.find("://").map_or(0, |at| at + 3);
    let end = base[host..].find('/').map_or(base.len(), |at| host + at);
    base[..end].to_owned()
}
