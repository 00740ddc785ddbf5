//! One item of a run, as a learner stands in it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lp_domain::{ContextKey, Counted};
use lp_progress_store::read::Gone;
use serde::Serialize;
use utoipa::ToSchema;

use super::learner_run::Achievement;

/// One item of the run with where the learner stands in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Item {
    /// Its name within the definition, stable over revisions.
    id: String,
    /// The learning context or usage that it stands for.
    #[schema(example = "course-v1:OpenedX+DemoX+2026")]
    context_key: String,
    /// Its title on the path.
    title: String,
    /// The context's own title, when it is known.
    context_title: Option<String>,
    /// Contexts that serve as well.
    equivalents: Vec<Equivalent>,
    /// Whether nothing requires it: it is shown, never needed.
    optional: bool,
    /// When it counts: `"passed"`, `"certificate"`, `{"grade": 0.7}`, `{"completion": 1.0}`, `{"any_of": […]}`,
    /// `{"all_of": […]}`.
    criterion: lp_domain::Criterion,
    /// The enrolment mode that the learner must have, if any.
    mode: Option<String>,
    /// By its criterion.
    achievement: Achievement,
    /// 0 to 1; 1 exactly when completed.
    #[schema(minimum = 0, maximum = 1)]
    progress: f64,
    /// The latest grade in the context that served, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    grade: Option<f64>,
    /// The date of the fact that met its criterion.
    completed_at: Option<DateTime<Utc>>,
    /// The context that served: its own or an equivalent.
    satisfied_by: Option<String>,
    /// The facts there by which it counts; the last of their dates is its own.
    counted: Vec<Counted>,
    /// Something before it, in order, is not completed yet.
    locked: bool,
    /// Set when its context is gone at the source; what was done there stays done.
    unavailable: Option<Unavailable>,
}

/// A context that is gone at its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Unavailable {
    /// Why, in words for people.
    reason: String,
    /// Since when.
    since: DateTime<Utc>,
}

/// A learning context or usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Context)]
pub(super) struct Equivalent {
    /// Its key.
    context_key: String,
    /// Its title, when it is known.
    context_title: Option<String>,
    /// Set when it is gone at its source.
    unavailable: Option<Unavailable>,
}

impl Unavailable {
    pub(super) fn of(key: &ContextKey, gone: &HashMap<String, Gone>) -> Option<Self> {
        gone.get(key.as_str()).map(|gone| Self { reason: gone.reason.clone(), since: gone.since })
    }
}

impl Item {
    /// An item and the judgement of it; without one nothing is known of the learner yet.
    pub(super) fn new(
        item: &lp_domain::Item,
        judged: Option<&lp_domain::ItemVerdict>,
        counted: Vec<Counted>,
        is_required: bool,
        titles: &HashMap<String, String>,
        gone: &HashMap<String, Gone>,
    ) -> Self {
        let title_of = |key: &ContextKey| titles.get(key.as_str()).cloned();
        let equivalent = |key: &ContextKey| Equivalent {
            context_key: key.to_string(),
            context_title: title_of(key),
            unavailable: Unavailable::of(key, gone),
        };
        Self {
            id: item.id.to_string(),
            context_key: item.key.to_string(),
            title: item.title.clone(),
            context_title: title_of(&item.key),
            equivalents: item.equivalents.iter().map(equivalent).collect(),
            optional: !is_required,
            criterion: item.criterion.clone(),
            mode: item.mode.clone(),
            achievement: judged.map_or(Achievement::NotStarted, |judged| judged.achievement.into()),
            progress: judged.map_or(0.0, |judged| judged.progress.get()),
            grade: judged.and_then(|judged| judged.grade).map(lp_domain::Ratio::get),
            completed_at: judged.and_then(|judged| judged.completed_at).map(lp_domain::Timestamp::get),
            satisfied_by: judged.and_then(|judged| judged.satisfied_by.as_ref()).map(ToString::to_string),
            counted,
            locked: judged.is_some_and(|judged| judged.locked),
            unavailable: Unavailable::of(&item.key, gone),
        }
    }
}
