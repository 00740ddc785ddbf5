use std::collections::{HashMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _};
use lp_domain::LearnerId;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::call::Access;
use crate::enrolment::is_username;
use crate::http::{Answer, Body, Request};
use crate::{Lms, LmsError};

const ACCOUNTS: &str = "/api/user/v1/accounts";
/// Names in one request: they stand in its address.
pub(crate) const NAMES_A_REQUEST: usize = 50;
/// Addresses in one request.
const EMAILS_A_REQUEST: usize = 200;
/// Requests at once, where there is one for each id.
const REQUESTS_AT_ONCE: usize = 4;

#[derive(Deserialize)]
struct Account {
    /// Told to staff only.
    id: Option<LearnerId>,
    username: String,
    #[serde(default)]
    email: String,
}

impl Lms {
    /// The names of accounts by their ids; unknown ids are missing. One request for each id, which the LMS does not throttle.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use.
    pub async fn usernames_by_id(&self, ids: &[LearnerId]) -> Result<HashMap<LearnerId, String>, LmsError> {
        let ids: HashSet<_> = ids.iter().copied().collect();
        let asked = ids.into_iter().map(|id| async move {
            let request = Request::get("accounts", ACCOUNTS).with("lms_user_id", id.to_string());
            let found = listed(&self.0.calls.send(Access::Free, &request).await?)?;
            Ok(found.into_iter().map(move |account| (id, account.username)).next())
        });
        let answers = futures::stream::iter(asked).buffer_unordered(REQUESTS_AT_ONCE);
        answers.try_filter_map(|found| std::future::ready(Ok(found))).try_collect().await
    }

    /// The ids of accounts by their names, as they were given; unknown names are missing. The LMS may take a name in another
    /// case for the same.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use.
    pub async fn ids_by_username(&self, usernames: &[&str]) -> Result<HashMap<String, LearnerId>, LmsError> {
        let usernames = distinct(usernames, is_username);
        let mut ids = HashMap::new();
        for chunk in usernames.chunks(NAMES_A_REQUEST) {
            let request = Request::get("accounts", ACCOUNTS).with("username", chunk.join(","));
            let found = listed(&self.0.calls.send(Access::Free, &request).await?)?;
            ids.extend(matched(chunk, found, |account| &account.username)?);
        }
        Ok(ids)
    }

    /// The ids of accounts by their e-mail addresses, as they were given; unknown addresses are missing.
    ///
    /// # Errors
    /// When the LMS cannot be asked, or its answer is of no use.
    pub async fn ids_by_email(&self, emails: &[&str]) -> Result<HashMap<String, LearnerId>, LmsError> {
        let emails = distinct(emails, |email| !email.is_empty());
        let mut ids = HashMap::new();
        for chunk in emails.chunks(EMAILS_A_REQUEST) {
            let body = Body::Json(json!({ "emails": chunk }));
            let request = Request::post("search_emails", &format!("{ACCOUNTS}/search_emails"), body);
            let answer = self.0.calls.send(Access::Free, &request).await?;
            let found = match answer.status {
                StatusCode::OK => answer.json()?,
                _ => return Err(answer.refused()),
            };
            ids.extend(matched(chunk, found, |account| &account.email)?);
        }
        Ok(ids)
    }
}

pub(crate) fn distinct<'a>(all: &[&'a str], is_possible: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    all.iter().copied().filter(|one| is_possible(one) && seen.insert(*one)).collect()
}

fn listed(answer: &Answer) -> Result<Vec<Account>, LmsError> {
    match answer.status {
        StatusCode::OK => answer.json(),
        // None of them is known. A page would mean that there is no such route.
        StatusCode::NOT_FOUND if !answer.is_page => Ok(vec![]),
        _ => Err(answer.refused()),
    }
}

/// The ids of what was asked for: under the same text, or else the same but for case.
fn matched(
    asked: &[&str],
    found: Vec<Account>,
    name: impl Fn(&Account) -> &String,
) -> Result<Vec<(String, LearnerId)>, LmsError> {
    let (mut exact, mut folded) = (HashMap::new(), HashMap::new());
    for account in found {
        let id = account.id.ok_or(LmsError::Unauthorized)?;
        folded.insert(name(&account).to_lowercase(), id);
        exact.insert(name(&account).clone(), id);
    }
    let id = |text: &str| exact.get(text).or_else(|| folded.get(&text.to_lowercase())).copied();
    Ok(asked.iter().filter_map(|&text| Some((text.to_owned(), id(text)?))).collect())
}
