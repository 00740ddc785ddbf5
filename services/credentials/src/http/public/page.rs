//! The verify page.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use chrono::{DateTime, Utc};
use lp_credential_pages::{
    Alignment, CONTENT_SECURITY_POLICY, Course, Issuer, Language, Links, NotFoundPage, Signatory, Status,
    VerifyPage, WebUrl,
};
use lp_open_badges::{StatusPurpose, Uri};

use crate::drawing::Format;
use crate::http::shown::Shown;
use crate::issuing::{Definition, IssuerProfile, Site};
use crate::store::issuing::credentials::{Credential, CredentialStatus};

/// The page of a credential, or that there is none.
pub(super) fn of(site: &Site, shown: Option<&Shown>, language: Language) -> Response {
    answer(shown.and_then(|shown| verify_page(site, shown, language)).map(|page| page.render()), language)
}

/// A page, or that there is none.
pub(super) fn answer(page: Option<String>, language: Language) -> Response {
    let policy = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
    if let Some(page) = page {
        return (policy, Html(page)).into_response();
    }
    let page = NotFoundPage { language, offered: Language::ALL.to_vec() };
    (StatusCode::NOT_FOUND, policy, Html(page.render())).into_response()
}

/// What pages may link to.
pub(super) fn web(place: &Uri) -> Option<WebUrl> {
    WebUrl::parse(place.as_str()).ok()
}

/// A picture, by the digest that it was stored under.
pub(super) fn image(site: &Site, digest: Option<&String>) -> Option<WebUrl> {
    web(&site.image(digest?))
}

/// Who issues.
pub(super) fn issuer(site: &Site, profile: &IssuerProfile) -> Issuer {
    Issuer {
        name: profile.name.to_string(),
        url: profile.url.as_ref().and_then(web),
        image: image(site, profile.image.as_ref()),
    }
}

/// What a credential stands for elsewhere.
pub(super) fn alignments(definition: &Definition) -> Vec<Alignment> {
    let alignment = |one: &crate::issuing::Alignment| Alignment {
        name: one.name.to_string(),
        url: web(&one.url),
        framework: one.framework.as_ref().map(ToString::to_string),
        code: one.code.as_ref().map(ToString::to_string),
        description: one.description.as_ref().map(ToString::to_string),
    };
    definition.alignment.iter().map(alignment).collect()
}

fn verify_page(site: &Site, shown: &Shown, language: Language) -> Option<VerifyPage> {
    let Shown { credential, signed, definition, award, .. } = shown;
    let (content_language, wording) = definition.wording(language.tag());
    let own = site.credential(credential.credential_id);
    let at = |place: String| WebUrl::parse(&place).ok();
    let below = |name: &str| at(format!("{own}/{name}")).filter(|_| signed.is_some());
    let named = |name: &str| below(name).filter(|_| credential.shows_name);
    let list = site.list(StatusPurpose::Revocation, credential.revocation.list_id);
    let courses = shown
        .courses()
        .iter()
        .map(|course| Course { title: course.name().to_owned(), grade: shown.grade_in(course) });
    let signatories = definition.signatories.iter().map(|one| Signatory {
        name: one.name.to_string(),
        title: one.title.as_ref().map(ToString::to_string),
        organisation: None,
        signature: image(site, one.signature.as_ref()),
    });
    Some(VerifyPage {
        language,
        offered: Language::ALL.to_vec(),
        content_language,
        status: status(credential, Utc::now()),
        learner: shown.name.clone().filter(|_| credential.shows_name),
        title: wording.name.to_string(),
        description: Some(wording.description.to_string()),
        criteria: Some(wording.criteria.to_string()),
        criteria_url: definition.criteria_url.as_ref().and_then(web),
        issuer: issuer(site, &shown.issuer),
        awarded_at: credential.awarded_at,
        valid_from: Some(credential.valid_from),
        valid_until: credential.valid_until,
        grade: shown.grade(),
        hours: definition.hours.map(f64::from),
        by_decision: shown.award.by_hand,
        courses: courses.collect(),
        alignments: alignments(definition),
        signatories: signatories.collect(),
        credential_id: credential.credential_id.to_string(),
        links: Links {
            page: web(&own)?,
            json: named("credential.json"),
            pdf: named(Format::Certificate.file()),
            png: named(Format::BadgePng.file()),
            svg: named(Format::BadgeSvg.file()),
            achievement: web(&site.achievement(&award.run_key, award.revision)),
            picture: below(Format::Preview.file()),
            status_list: web(&list).filter(|_| signed.is_some()),
            did: at(format!("{}{}", origin(site), site.did().document_path()))?,
        },
    })
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
