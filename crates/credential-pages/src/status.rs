use chrono::{DateTime, Utc};

use crate::messages::{Messages, StatusWords};

/// How a credential stands at the moment that the page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Within its dates, and not taken back.
    Valid,
    /// Taken back for good.
    Revoked {
        /// As of when.
        at: DateTime<Utc>,
        /// Why, in words that everyone may read.
        reason: Option<String>,
    },
    /// On hold.
    Suspended,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// What it said of its holder is erased; the page then shows none of it, whatever it is given.
    Withdrawn,
}

/// A status as a page shows it: by colour, by shape and in words.
pub(crate) struct Shown<'a> {
    /// Of the card, which has its colour from it.
    pub(crate) class: &'static str,
    /// What is in an SVG of 24 by 24.
    pub(crate) icon: &'static str,
    pub(crate) word: &'a str,
    pub(crate) meaning: &'a str,
}

impl Status {
    pub(crate) fn shown<'a>(&self, m: &'a Messages) -> Shown<'a> {
        let (class, icon, StatusWords { word, meaning }) = match self {
            Self::Valid => ("valid", CHECK, &m.valid),
            Self::Revoked { .. } => ("revoked", CROSS, &m.revoked),
            Self::Suspended => ("suspended", PAUSE, &m.suspended),
            Self::Expired => ("expired", CLOCK, &m.expired),
            Self::NotYetValid => ("not-yet-valid", CALENDAR, &m.not_yet_valid),
            Self::Withdrawn => ("withdrawn", DASH, &m.withdrawn),
        };
        Shown { class, icon, word, meaning }
    }
}

const CHECK: &str = r#"<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-7"/>"#;
const CROSS: &str = r#"<circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7m0-7-7 7"/>"#;
const PAUSE: &str = r#"<circle cx="12" cy="12" r="10"/><path d="M9.5 8v8m5-8v8"/>"#;
const CLOCK: &str = r#"<circle cx="12" cy="12" r="10"/><path d="M12 6.5V12l3.5 3.5"/>"#;
const CALENDAR: &str = r#"<rect x="3" y="4.5" width="18" height="16.5" rx="2"/><path d="M3 9.5h18M8 2v4m8-4v4m-7 9h6m-2.5-2.5L15 15l-2.5 2.5"/>"#;
const DASH: &str = r#"<circle cx="12" cy="12" r="10"/><path d="M7.5 12h9"/>"#;
