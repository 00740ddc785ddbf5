//! The form with which people add a credential to their profile at LinkedIn.

use chrono::{DateTime, Datelike as _, Utc};
use url::form_urlencoded::Serializer;

use crate::VerifyPage;

const FORM: &str = "https://www.linkedin.com/profile/add?";

/// The form, and what is put into it that the page does not show elsewhere.
pub(crate) struct LinkedIn {
    pub(crate) url: String,
    pub(crate) issued: String,
    pub(crate) expires: Option<String>,
}

impl LinkedIn {
    pub(crate) fn new(page: &VerifyPage) -> Self {
        let m = page.language.messages();
        Self {
            url: url(page),
            issued: m.month(page.awarded_at),
            expires: page.valid_until.map(|at| m.month(at)),
        }
    }
}

/// Prefilled as LinkedIn's "Add to profile" has it; it no longer promises to, so the page shows the values too.
fn url(page: &VerifyPage) -> String {
    let mut query = Serializer::for_suffix(FORM.to_owned(), FORM.len());
    query.append_pair("startTask", "CERTIFICATION_NAME");
    query.append_pair("name", &page.title);
    query.append_pair("organizationName", &page.issuer.name);
    month(&mut query, "issue", page.awarded_at);
    if let Some(at) = page.valid_until {
        month(&mut query, "expiration", at);
    }
    query.append_pair("certUrl", page.links.page.as_str());
    query.append_pair("certId", &page.credential_id);
    query.finish()
}

fn month(query: &mut Serializer<'_, String>, of: &str, at: DateTime<Utc>) {
    query.append_pair(&format!("{of}Year"), &at.year().to_string());
    query.append_pair(&format!("{of}Month"), &at.month().to_string());
}
