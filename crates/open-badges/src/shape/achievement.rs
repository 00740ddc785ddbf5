//! What was achieved; the same for every learner.

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{Image, ResultDescription};
use crate::value::{Language, Text, Uri};

words!(AchievementTypeWord = ["Achievement"]);
words!(AlignmentType = ["Alignment"]);

/// What kind of achievement it is, of the kinds that a path can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the words of Open Badges")]
pub enum AchievementType {
    Achievement,
    Badge,
    Certificate,
    CertificateOfCompletion,
    Course,
    LearningProgram,
    MicroCredential,
}

/// What was achieved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Achievement {
    /// The same for every learner: one a revision of a path.
    pub id: Uri,
    #[serde(rename = "type")]
    kind: AchievementTypeWord,
    /// What kind it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub achievement_type: Option<AchievementType>,
    /// Its name.
    pub name: Text,
    /// What it is.
    pub description: Text,
    /// What must be done for it.
    pub criteria: Criteria,
    /// The language that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_language: Option<Language>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<Text>,
    /// Courses and competencies that it stands for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alignment: Vec<Alignment>,
    /// What results there can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub result_description: Vec<ResultDescription>,
}

impl Achievement {
    /// An achievement with what must be there.
    #[must_use]
    pub fn new(id: Uri, name: Text, description: Text, criteria: Criteria) -> Self {
        Self {
            id,
            kind: AchievementTypeWord,
            achievement_type: None,
            name,
            description,
            criteria,
            in_language: None,
            image: None,
            tag: vec![],
            alignment: vec![],
            result_description: vec![],
        }
    }
}

/// What must be done: in words, on a page, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnyCriteria")]
pub struct Criteria {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    narrative: Option<Text>,
}

impl Criteria {
    /// In words (Markdown).
    #[must_use]
    pub fn narrative(narrative: Text) -> Self {
        Self { id: None, narrative: Some(narrative) }
    }

    /// On a page.
    #[must_use]
    pub fn page(page: Uri) -> Self {
        Self { id: Some(page), narrative: None }
    }

    /// On this page too.
    #[must_use]
    pub fn and_page(self, page: Uri) -> Self {
        Self { id: Some(page), ..self }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyCriteria {
    id: Option<Uri>,
    narrative: Option<Text>,
}

impl TryFrom<AnyCriteria> for Criteria {
    type Error = &'static str;

    fn try_from(AnyCriteria { id, narrative }: AnyCriteria) -> Result<Self, Self::Error> {
        if id.is_none() && narrative.is_none() {
            return Err("criteria have words, a page, or both");
        }
        Ok(Self { id, narrative })
    }
}

/// Something elsewhere that the achievement stands for: a course, a competency of a framework.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Alignment {
    #[serde(rename = "type")]
    kind: AlignmentType,
    /// Its name.
    pub target_name: Text,
    /// Its page.
    pub target_url: Uri,
    /// In which framework.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_framework: Option<Text>,
    /// What it is known by there: the course key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_code: Option<Text>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_description: Option<Text>,
}

impl Alignment {
    /// With a name and a page.
    #[must_use]
    pub fn new(target_name: Text, target_url: Uri) -> Self {
        Self {
            kind: AlignmentType,
            target_name,
            target_url,
            target_framework: None,
            target_code: None,
            target_description: None,
        }
    }
}
