//! Who achieved it, and how well.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Achievement, AchievementResult, IdentityObject};
use crate::value::Uri;

words!(AchievementSubjectType = ["AchievementSubject"]);

/// The learner and the achievement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AchievementSubject {
    /// A URN of the learner that tells nothing of them.
    pub id: Uri,
    #[serde(rename = "type")]
    kind: AchievementSubjectType,
    /// Who the learner is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<IdentityObject>,
    /// Grade and status.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub result: Vec<AchievementResult>,
    /// What was achieved.
    pub achievement: Achievement,
}

impl AchievementSubject {
    /// A learner of whom nothing is told.
    #[must_use]
    pub fn new(id: Uri, achievement: Achievement) -> Self {
        Self { id, kind: AchievementSubjectType, identifier: vec![], result: vec![], achievement }
    }
}
