//! The verify page, from what it shows to HTML.

use askama::Template;
use chrono::{DateTime, SecondsFormat, Utc};

use crate::html::html;
use crate::linkedin::LinkedIn;
use crate::messages::Messages;
use crate::status::Shown;
use crate::{Language, Links, Status, VerifyPage, WebUrl, markdown};

#[derive(Template)]
#[template(path = "verify.html")]
struct View<'a> {
    m: &'static Messages,
    language: Language,
    offered: &'a [Language],
    page: &'a VerifyPage,
    status: Shown<'a>,
    withdrawn: bool,
    revocation: Option<Revocation<'a>>,
    badge: Option<&'a WebUrl>,
    /// HTML.
    criteria: Option<String>,
    has_grades: bool,
    courses: Vec<Row<'a>>,
    dates: Vec<(&'a str, At)>,
    numbers: Vec<(&'a str, String)>,
    downloads: Vec<(&'a str, &'a WebUrl)>,
    linkedin: Option<LinkedIn>,
}

struct Revocation<'a> {
    at: At,
    reason: Option<&'a str>,
}

struct Row<'a> {
    title: &'a str,
    grade: Option<String>,
}

/// An instant for people and, as RFC 3339 has it, for programs.
struct At {
    words: String,
    machine: String,
}

impl VerifyPage {
    /// The page as HTML.
    #[must_use]
    pub fn render(&self) -> String {
        match self.status {
            Status::Withdrawn => html(&View::new(&self.without_holder())),
            _ => html(&View::new(self)),
        }
    }

    /// The page without anything that is about its holder.
    fn without_holder(&self) -> Self {
        let mut page = self.clone();
        page.learner = None;
        page.grade = None;
        page.hours = None;
        page.courses = vec![];
        let Links { page: this, achievement, status_list, did, .. } = page.links;
        page.links = Links {
            page: this,
            achievement,
            status_list,
            did,
            json: None,
            pdf: None,
            png: None,
            svg: None,
            picture: None,
        };
        page
    }
}

impl<'a> View<'a> {
    fn new(page: &'a VerifyPage) -> Self {
        let m = page.language.messages();
        let withdrawn = page.status == Status::Withdrawn;
        let revocation = match &page.status {
            Status::Revoked { at, reason } => {
                Some(Revocation { at: instant(m, *at), reason: reason.as_deref() })
            }
            _ => None,
        };
        let courses = page
            .courses
            .iter()
            .map(|course| Row { title: &course.title, grade: course.grade.map(|grade| m.percent(grade)) });
        let Links { json, pdf, png, svg, .. } = &page.links;
        let downloads = [(&m.pdf, pdf), (&m.json, json), (&m.png, png), (&m.svg, svg)];
        Self {
            m,
            language: page.language,
            offered: &page.offered,
            page,
            status: page.status.shown(m),
            withdrawn,
            revocation,
            badge: svg.as_ref().or(png.as_ref()),
            criteria: page.criteria.as_deref().map(markdown::to_html),
            has_grades: page.courses.iter().any(|course| course.grade.is_some()),
            courses: courses.collect(),
            dates: dates(m, page),
            numbers: numbers(m, page),
            downloads: downloads
                .into_iter()
                .filter_map(|(label, url)| Some((label.as_str(), url.as_ref()?)))
                .collect(),
            linkedin: (page.status == Status::Valid).then(|| LinkedIn::new(page)),
        }
    }
}

/// What is known of its time; of a withdrawn one nothing is told.
fn dates<'a>(m: &'a Messages, page: &VerifyPage) -> Vec<(&'a str, At)> {
    if page.status == Status::Withdrawn {
        return vec![];
    }
    let awarded = At { words: m.day(page.awarded_at), machine: machine(page.awarded_at) };
    let mut dates = vec![(m.awarded.as_str(), awarded)];
    let later = page.valid_from.filter(|at| at.date_naive() != page.awarded_at.date_naive());
    dates.extend(later.map(|at| (m.valid_from.as_str(), instant(m, at))));
    dates.extend(page.valid_until.map(|at| (m.valid_until.as_str(), instant(m, at))));
    dates
}

fn numbers<'a>(m: &'a Messages, page: &VerifyPage) -> Vec<(&'a str, String)> {
    let grade = page.grade.map(|grade| (m.grade.as_str(), m.percent(grade)));
    let hours = page.hours.map(|hours| (m.hours.as_str(), m.number(hours)));
    grade.into_iter().chain(hours).collect()
}

fn instant(m: &Messages, at: DateTime<Utc>) -> At {
    At { words: m.instant(at), machine: machine(at) }
}

fn machine(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
