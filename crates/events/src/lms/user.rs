//! `UserData`: who an event is about, with personal data.

use std::fmt;

use lp_domain::LearnerId;

use crate::fields::Fields;
use crate::poison::Poison;

/// A user as the LMS describes them. Username and e-mail may change; the id does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    /// The LMS user id.
    pub learner: LearnerId,
    /// The username; empty if it is not known.
    pub username: String,
    /// The e-mail address; empty if it is not known.
    pub email: String,
    /// The full name; how it is made differs between events.
    pub name: String,
    /// Whether the account is active.
    pub is_active: bool,
}

impl Profile {
    /// A user of whom only the id is known.
    #[must_use]
    pub fn unknown(learner: LearnerId) -> Self {
        Self { learner, username: String::new(), email: String::new(), name: String::new(), is_active: true }
    }

    pub(crate) fn parse(fields: &mut Fields<'_>, name: &str) -> Result<Self, Poison> {
        let mut user = fields.record(name)?;
        let mut pii = user.record("pii")?;
        Ok(Self {
            learner: user.learner("id")?,
            username: pii.string("username")?,
            email: pii.string("email")?,
            name: pii.string("name")?,
            is_active: user.boolean("is_active")?,
        })
    }
}

/// Shows the id alone: a profile may stand in a struct that is logged.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("learner", &self.learner.get()).finish_non_exhaustive()
    }
}
