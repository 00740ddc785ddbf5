//! The plugin's JSON.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Timelike as _, Utc};
use lp_domain::PathDetails;
use lp_progress_store::Catalogue;
use lp_progress_store::plugin::{PluginEnrolment, PluginPath};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::paging::Address;
use super::steps::is_sequential;

/// An instant: six digits of microseconds, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) DateTime<Utc>);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let whole = self.0.nanosecond() / 1_000 == 0;
        let digits = if whole { SecondsFormat::Secs } else { SecondsFormat::Micros };
        serializer.serialize_str(&self.0.to_rfc3339_opts(digits, true))
    }
}

/// A step of a path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Step)]
pub(crate) struct StepBody {
    /// Its place, from 1.
    pub(crate) order: usize,
    /// The course run.
    #[schema(example = "course-v1:OpenedX+DATA1+2026")]
    pub(crate) course_key: String,
    /// When the course begins and ends; null where nobody said.
    #[schema(value_type = Vec<Option<DateTime<Utc>>>, min_items = 2, max_items = 2)]
    pub(crate) course_dates: (Option<Date>, Option<Date>),
    /// Its share in the grade.
    pub(crate) weight: f64,
}

/// A path in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LearningPath)]
pub(crate) struct PathBody {
    /// Its key.
    #[schema(example = "path-v1:OpenedX+DATA+2026+open")]
    key: String,
    /// Its title.
    display_name: String,
    /// The address of an image, in full.
    image: Option<String>,
    /// Whether its steps are to be taken in order.
    sequential: bool,
    /// Its steps, in order.
    steps: Vec<StepBody>,
    /// Shown only; null where nobody said.
    required_completion: Option<f64>,
    /// When the caller was first enrolled, while they are.
    #[schema(value_type = Option<DateTime<Utc>>)]
    enrollment_date: Option<Date>,
    /// Whether learners may enrol only when somebody enrols or invites them.
    invite_only: bool,
}

impl PathBody {
    pub(crate) fn of(
        address: &Address,
        catalogue: &Catalogue,
        path: &PluginPath,
        steps: Vec<StepBody>,
    ) -> Self {
        Self {
            key: path.key.to_string(),
            display_name: path.title.clone(),
            image: address.absolute(&path.details.image),
            sequential: is_sequential(catalogue, path),
            steps,
            required_completion: path.required_completion,
            enrollment_date: path.enrolled_at.map(Date),
            invite_only: path.details.invite_only,
        }
    }
}

/// A skill.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Skill {
    /// Its number.
    id: i64,
    /// Its name.
    display_name: String,
}

/// A skill, and how much of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkillLevel {
    skill: Skill,
    /// Always null: skills have no levels here.
    level: Option<u32>,
}

impl SkillLevel {
    /// Of these names, those that are numbered.
    fn all(names: &[String], ids: &HashMap<String, i64>) -> Vec<Self> {
        let one = |name: &String| {
            let skill = Skill { id: *ids.get(name)?, display_name: name.clone() };
            Some(Self { skill, level: None })
        };
        names.iter().filter_map(one).collect()
    }
}

/// A path by itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LearningPathDetail)]
pub(crate) struct PathDetailBody {
    #[serde(flatten)]
    path: PathBody,
    subtitle: String,
    description: String,
    level: String,
    duration: String,
    time_commitment: String,
    required_skills: Vec<SkillLevel>,
    acquired_skills: Vec<SkillLevel>,
}

impl PathDetailBody {
    pub(crate) fn of(path: PathBody, details: PathDetails, ids: &HashMap<String, i64>) -> Self {
        Self {
            path,
            required_skills: SkillLevel::all(&details.skills_required, ids),
            acquired_skills: SkillLevel::all(&details.skills_acquired, ids),
            subtitle: details.subtitle,
            description: details.description,
            level: details.level,
            duration: details.duration,
            time_commitment: details.time_commitment,
        }
    }
}

/// A learner in a path.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LearningPathEnrollment)]
pub(crate) struct EnrolmentBody {
    /// LMS user id.
    user: i64,
    /// The path's number.
    learning_path: i64,
    /// Whether the learner is in.
    is_active: bool,
    /// When the learner was first in.
    #[schema(value_type = DateTime<Utc>)]
    created: Date,
}

impl From<PluginEnrolment> for EnrolmentBody {
    fn from(enrolment: PluginEnrolment) -> Self {
        let PluginEnrolment { learner_id, plugin_path_id, is_active, created_at } = enrolment;
        Self { user: learner_id, learning_path: plugin_path_id, is_active, created: Date(created_at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_six_digits_of_microseconds_or_none() {
        for (date, written) in [
            ("2026-06-30T23:59:59.123456Z", "2026-06-30T23:59:59.123456Z"),
            ("2026-06-30T23:59:59.1Z", "2026-06-30T23:59:59.100000Z"),
            ("2026-06-30T23:59:59Z", "2026-06-30T23:59:59Z"),
        ] {
            let date = Date(date.parse().unwrap());
            assert_eq!(serde_json::to_value(date).unwrap(), written);
        }
    }
}
