//! When the award of a completion is valid: the dimension of validity, which achievement never follows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::Timestamp;
use crate::validity::{Validity, Window};

/// When the award of a completion is valid, as the world was told: a later change of the run's policy does not change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The first instant at which it is valid.
    pub valid_from: Timestamp,
    /// The first instant at which it no longer is, if it expires.
    pub expires_at: Option<Timestamp>,
    /// The completion from whose date periods are counted.
    pub counted_from: Timestamp,
    /// What it renews.
    pub renewal: Option<Renewal>,
}

/// How an award renews the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewal {
    /// The completion before it.
    pub of: Uuid,
    /// The work that earned it lies in here.
    pub window: Window,
}

impl Term {
    /// Of the first award of an attempt.
    #[must_use]
    pub fn first(validity: &Validity, completed_at: Timestamp) -> Self {
        Self {
            valid_from: validity.valid_from(completed_at),
            expires_at: validity.expires_at(completed_at),
            counted_from: completed_at,
            renewal: None,
        }
    }

    /// Of an award that renews another.
    #[must_use]
    pub fn renewing(
        validity: &Validity,
        counted_from: Timestamp,
        renewal: Renewal,
        completed_at: Timestamp,
    ) -> Self {
        Self {
            valid_from: validity.valid_from(completed_at),
            expires_at: validity.renewal_expires_at(renewal.window, completed_at),
            counted_from,
            renewal: Some(renewal),
        }
    }

    /// Of the same award, earned again at `completed_at`.
    #[must_use]
    pub fn again(&self, validity: &Validity, completed_at: Timestamp) -> Self {
        match self.renewal {
            None => Self::first(validity, completed_at),
            Some(renewal) => Self::renewing(validity, self.counted_from, renewal, completed_at),
        }
    }
}

/// How an award stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AwardState {
    /// Earned, and valid later.
    NotYetValid,
    /// It is valid.
    Valid,
    /// What earned it fell away; revoked unless regained in time.
    Grace,
    /// What earned it fell away; people decide.
    UnderReview,
    /// Its time is over.
    Expired,
    /// Taken back.
    Revoked,
}

impl AwardState {
    const ALL: [Self; 6] =
        [Self::NotYetValid, Self::Valid, Self::Grace, Self::UnderReview, Self::Expired, Self::Revoked];

    /// Its word, wherever it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotYetValid => "not_yet_valid",
            Self::Valid => "valid",
            Self::Grace => "grace",
            Self::UnderReview => "under_review",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// How an award stands at an instant by what is kept of it: what was taken back is neither expired nor early, and what is
    /// over needs no review.
    #[must_use]
    pub fn at(self, valid_from: Timestamp, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match self {
            Self::Revoked => Self::Revoked,
            _ if expires_at.is_some_and(|expires| expires <= now) => Self::Expired,
            Self::Grace | Self::UnderReview => self,
            _ if now < valid_from => Self::NotYetValid,
            _ => Self::Valid,
        }
    }
}
