use askama::Template;

use crate::Language;
use crate::html::html;
use crate::messages::Messages;

/// The page of an address that shows no credential. It says nothing of whether there is or was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFoundPage {
    /// The language of the page, from [`Language::choose`].
    pub language: Language,
    /// The languages to choose from.
    pub offered: Vec<Language>,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct View<'a> {
    m: &'static Messages,
    language: Language,
    offered: &'a [Language],
}

impl NotFoundPage {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        html(&View { m: self.language.messages(), language: self.language, offered: &self.offered })
    }
}
