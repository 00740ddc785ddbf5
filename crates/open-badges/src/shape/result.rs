//! Grades and statuses: what they can be, and what they are.

use serde::{Deserialize, Serialize};

use super::words::words;
use crate::value::{Text, Uri};

words!(ResultTypeWord = ["Result"]);
words!(ResultDescriptionType = ["ResultDescription"]);

/// What kind of result is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ResultType {
    /// A grade of 0 to 100.
    Percent,
    /// A [`ResultStatus`].
    Status,
}

/// How the achievement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words of Open Badges")]
pub enum ResultStatus {
    Completed,
    Enrolled,
    Failed,
    InProgress,
    OnHold,
    Provisional,
    Withdrew,
}

/// A result that there can be; all its numbers are texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResultDescription {
    /// What results refer to.
    pub id: Uri,
    #[serde(rename = "type")]
    kind: ResultDescriptionType,
    /// Its name.
    pub name: Text,
    result_type: ResultType,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_min: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_max: Option<Text>,
    /// The grade that is needed, `70`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_value: Option<Text>,
}

impl ResultDescription {
    /// A grade from 0 to 100.
    #[must_use]
    pub fn percent(id: Uri, name: Text) -> Self {
        let mut percent = Self::status(id, name);
        percent.result_type = ResultType::Percent;
        (percent.value_min, percent.value_max) = (Text::parse("0").ok(), Text::parse("100").ok());
        percent
    }

    /// A status.
    #[must_use]
    pub fn status(id: Uri, name: Text) -> Self {
        Self {
            id,
            kind: ResultDescriptionType,
            name,
            result_type: ResultType::Status,
            value_min: None,
            value_max: None,
            required_value: None,
        }
    }
}

/// A result of the learner, of a description in the same achievement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AchievementResult {
    #[serde(rename = "type")]
    kind: ResultTypeWord,
    result_description: Uri,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<ResultStatus>,
}

impl AchievementResult {
    /// A grade, `92.5`.
    #[must_use]
    pub fn value(of: &ResultDescription, value: Text) -> Self {
        let result_description = of.id.clone();
        Self { kind: ResultTypeWord, result_description, value: Some(value), status: None }
    }

    /// A status.
    #[must_use]
    pub fn status(of: &ResultDescription, status: ResultStatus) -> Self {
        let result_description = of.id.clone();
        Self { kind: ResultTypeWord, result_description, value: None, status: Some(status) }
    }
}
