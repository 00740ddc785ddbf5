//! An award on the wire.

use chrono::{DateTime, Utc};
use lp_domain::AwardState;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::{Award, CountedContext};

/// One award. What is not known is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Award)]
pub struct AwardBody {
    /// Its id, made from the completion's.
    pub award_id: Uuid,
    /// The completion that it is for: `completion_id` of the event. Of an award by hand what stands for it.
    pub completion_id: Uuid,
    /// LMS user id.
    #[schema(minimum = 1)]
    pub learner_id: i64,
    /// The path run.
    #[schema(example = "path-v1:OpenedX+DemoPath+2026+all")]
    pub run_key: String,
    /// The path's title when it was completed.
    pub path_name: String,
    /// The revision of the run that was completed, from 1.
    #[schema(minimum = 1)]
    pub revision: i32,
    /// The learner's attempt, from 1; 1 of an award by hand.
    #[schema(minimum = 1)]
    pub attempt: i32,
    /// The date of the fact that completed the path, or as of which it was given by hand.
    pub completed_at: DateTime<Utc>,
    /// 0 to 1; null when no grade is known.
    #[schema(minimum = 0, maximum = 1)]
    pub grade: Option<f64>,
    /// 0 to 1; 0 of an award by hand, of which no progress is known.
    #[schema(minimum = 0, maximum = 1)]
    pub progress: f64,
    /// The course runs and other contexts that counted.
    #[schema(example = json!(["course-v1:OpenedX+DemoX+2026"]))]
    pub contexts: Vec<String>,
    /// The same with what was told of each.
    pub counted: Vec<CountedBody>,
    /// How it stands now. What was revoked stays so; earned again, there is a new award.
    pub status: AwardState,
    /// 1 for the first award of the attempt, raised by each that renews it.
    #[schema(minimum = 1)]
    pub period: i32,
    /// The first instant at which it is valid.
    pub valid_from: DateTime<Utc>,
    /// The first instant at which it no longer is; null when it does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// The award of the same attempt that it renews.
    pub renews: Option<Uuid>,
    /// As of when it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Why it was taken back, as a word for programs.
    pub revocation_reason: Option<String>,
    /// The revoked award that this one stands in for.
    pub supersedes: Option<Uuid>,
    /// Whether staff gave it, and no event told of a completion.
    pub by_hand: bool,
    /// When it was recorded here.
    pub recorded_at: DateTime<Utc>,
}

/// A context that counted. What was not told is null.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CountedContext)]
pub struct CountedBody {
    /// Its key.
    pub context_key: String,
    /// Its title.
    pub title: Option<String>,
    /// The learner's grade in it, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub grade: Option<f64>,
    /// The date of the fact by which it counted.
    pub completed_at: Option<DateTime<Utc>>,
}

impl From<CountedContext> for CountedBody {
    fn from(counted: CountedContext) -> Self {
        Self {
            context_key: counted.key,
            title: counted.title,
            grade: counted.grade,
            completed_at: counted.completed_at,
        }
    }
}

impl From<Award> for AwardBody {
    fn from(award: Award) -> Self {
        Self {
            award_id: award.award_id,
            completion_id: award.completion_id,
            learner_id: award.learner_id,
            run_key: award.run_key,
            path_name: award.path_name,
            revision: award.revision,
            attempt: award.attempt,
            completed_at: award.completed_at,
            grade: award.grade,
            progress: award.progress,
            contexts: award.contexts.iter().map(|counted| counted.key.clone()).collect(),
            counted: award.contexts.into_iter().map(CountedBody::from).collect(),
            status: award.status,
            period: award.period,
            valid_from: award.valid_from,
            expires_at: award.expires_at,
            renews: award.renews,
            revoked_at: award.revoked_at,
            revocation_reason: award.revocation_reason,
            supersedes: award.supersedes,
            by_hand: award.by_hand,
            recorded_at: award.recorded_at,
        }
    }
}
