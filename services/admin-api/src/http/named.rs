//! People, as requests name them.

use lp_domain::LearnerId;
use lp_progress_store::Named;

/// The longest text that somebody is named by, in characters.
const MAX_TEXT: usize = 255;

/// The one whom a request names by exactly one of four things.
pub(super) fn named(
    user_id: Option<LearnerId>,
    username: Option<&str>,
    email: Option<&str>,
    external_key: Option<&str>,
) -> Result<Named, &'static str> {
    match (user_id, username, email, external_key) {
        (Some(id), None, None, None) => Ok(Named::UserId(id)),
        (None, Some(name), None, None) => text(name).map(Named::Username),
        (None, None, Some(address), None) if address.contains('@') => text(address).map(Named::Email),
        (None, None, Some(_), None) => Err("an e-mail address has an @"),
        (None, None, None, Some(key)) => text(key).map(Named::ExternalKey),
        _ => Err("name the learner by exactly one of user_id, username, email, external_key"),
    }
}

/// A text without the white space around it.
pub(super) fn text(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if (1..=MAX_TEXT).contains(&text.chars().count()) && !text.contains('\0') {
        Ok(text.to_owned())
    } else {
        Err("a text is empty, longer than 255 characters, or has U+0000 in it")
    }
}
