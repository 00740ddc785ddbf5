//! The page of what credentials are for, from what it shows to HTML.

use askama::Template;

use crate::html::html;
use crate::messages::Messages;
use crate::{Alignment, Issuer, Language, WebUrl, markdown};

/// What is achieved, the same for everybody who has a credential for it. Texts may hold anything; what is `None`, and a list
/// without entries, is not shown.
#[derive(Debug, Clone, PartialEq)]
pub struct AchievementPage {
    /// The language of the page, from [`Language::choose`].
    pub language: Language,
    /// The languages to choose from.
    pub offered: Vec<Language>,
    /// Its title.
    pub title: String,
    /// What it is, as plain text.
    pub description: String,
    /// What it takes, in Markdown.
    pub criteria: String,
    /// Where that is told at length.
    pub criteria_url: Option<WebUrl>,
    /// Its picture.
    pub picture: Option<WebUrl>,
    /// Who awards it.
    pub issuer: Issuer,
    /// Hours of study.
    pub hours: Option<f64>,
    /// What it stands for elsewhere.
    pub alignments: Vec<Alignment>,
    /// The learning path that is completed for it, by its key.
    pub path: String,
    /// The revision of that.
    pub revision: i32,
    /// This page, without a language; it is the achievement's id, too.
    pub page: WebUrl,
}

#[derive(Template)]
#[template(path = "achievement.html")]
struct View<'a> {
    m: &'static Messages,
    language: Language,
    offered: &'a [Language],
    page: &'a AchievementPage,
    /// HTML.
    criteria: String,
    hours: Option<String>,
}

impl AchievementPage {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        let m = self.language.messages();
        html(&View {
            m,
            language: self.language,
            offered: &self.offered,
            page: self,
            criteria: markdown::to_html(&self.criteria),
            hours: self.hours.map(|hours| m.number(hours)),
        })
    }
}
