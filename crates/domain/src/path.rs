//! What a learning path is, as people see it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ParseError, RunKey};

/// What a path is known by: `{org}+{number}`, with which the keys of its runs begin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId {
    org: String,
    number: String,
}

impl PathId {
    /// A path's organisation and number.
    ///
    /// # Errors
    /// When no run of such a path could have a key.
    pub fn new(org: &str, number: &str) -> Result<Self, ParseError> {
        // A part with a `+` in it would be two.
        RunKey::parse(&format!("path-v1:{org}+{number}+r+g"))?;
        Ok(Self { org: org.to_owned(), number: number.to_owned() })
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> &str {
        &self.org
    }

    /// The number within the organisation.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }
}

impl From<&RunKey> for PathId {
    fn from(run: &RunKey) -> Self {
        Self { org: run.org().to_owned(), number: run.number().to_owned() }
    }
}

impl fmt::Display for PathId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.org, self.number)
    }
}

/// What people read of a path besides its title. Empty where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PathDetails {
    /// One line below the title.
    pub subtitle: String,
    /// What the path is about.
    pub description: String,
    /// What people call it.
    pub label: Label,
    /// How advanced it is.
    #[cfg_attr(feature = "openapi", schema(example = "Introductory"))]
    pub level: String,
    /// How long it takes.
    #[cfg_attr(feature = "openapi", schema(example = "3 months"))]
    pub duration: String,
    /// How much time it takes while it lasts.
    #[cfg_attr(feature = "openapi", schema(example = "4 hours a week"))]
    pub time_commitment: String,
    /// The address of an image.
    pub image: String,
    /// What a learner should know before.
    pub skills_required: Vec<String>,
    /// What a learner will know after.
    pub skills_acquired: Vec<String>,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whether learners may enrol only when somebody enrols or invites them.
    pub invite_only: bool,
}

/// What people call a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Learning Path.
    #[default]
    Path,
    /// Learning Journey.
    Journey,
    /// Program.
    Program,
}

/// Who finds a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Its learners, and those who manage it.
    Private,
}
