//! `org.openedx.analytics.tracking.event.emitted.v1`: a tracking log entry, its data as JSON text.

use lp_domain::{ContextKey, FactValue, LearnerId, Ratio, Timestamp};
use serde_json::Value;

use crate::fields::Fields;
use crate::keys;
use crate::poison::{Poison, reason};

/// A tracking log entry that gives a fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracking {
    /// The learner.
    pub learner: LearnerId,
    /// The course, or the section, subsection or unit.
    pub context: ContextKey,
    /// When the entry was written; the event itself may be sent later.
    pub at: Timestamp,
    /// What it says.
    pub fact: TrackingFact,
}

/// What a tracking log entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackingFact {
    /// `openedx.completion_aggregator.progress.*`: the part that is completed.
    Completion(Ratio),
    /// `edx.grades.course.grade_calculated`: the course grade, before the first pass too.
    Grade(Ratio),
    /// `edx.course.grade.passed.first_time`, `….now_passed`, `….now_failed`.
    Passing(bool),
}

impl TrackingFact {
    pub(super) fn value(self) -> FactValue {
        match self {
            Self::Completion(completion) => FactValue::Completion { completion },
            Self::Grade(grade) => FactValue::Grade { grade },
            Self::Passing(passing) => FactValue::Passing { passing },
        }
    }
}

/// What an entry of this name says.
enum Kind {
    CourseCompletion,
    BlockCompletion,
    Grade,
    Passing(bool),
}

fn kind(name: &str) -> Option<Kind> {
    Some(match name {
        "openedx.completion_aggregator.progress.course" => Kind::CourseCompletion,
        "openedx.completion_aggregator.progress.chapter"
        | "openedx.completion_aggregator.progress.sequential"
        | "openedx.completion_aggregator.progress.vertical" => Kind::BlockCompletion,
        "edx.grades.course.grade_calculated" => Kind::Grade,
        "edx.course.grade.passed.first_time" | "edx.course.grade.now_passed" => Kind::Passing(true),
        "edx.course.grade.now_failed" => Kind::Passing(false),
        _ => return None,
    })
}

impl Tracking {
    /// `None` for an entry of another name: the topic carries whatever the operator lets through.
    pub(super) fn parse(datum: &mut Fields<'_>) -> Result<Option<Self>, Poison> {
        let mut log = datum.record("tracking_log")?;
        let Some(kind) = kind(log.text("name")?) else { return Ok(None) };
        let data = json(log.text("data")?, "data")?;
        let fact = match kind {
            Kind::CourseCompletion | Kind::BlockCompletion => {
                TrackingFact::Completion(ratio(&data, "percent")?)
            }
            Kind::Grade => TrackingFact::Grade(ratio(&data, "percent_grade")?),
            Kind::Passing(passing) => TrackingFact::Passing(passing),
        };
        let key = match kind {
            Kind::BlockCompletion => key(&data, "block_id", keys::usage)?,
            Kind::CourseCompletion | Kind::Grade | Kind::Passing(_) => key(&data, "course_id", keys::course)?,
        };
        Ok(Some(Self { learner: learner(&data, &mut log)?, context: key, at: log.date("timestamp")?, fact }))
    }
}

fn key(data: &Value, name: &str, parse: fn(&str) -> Option<ContextKey>) -> Result<ContextKey, Poison> {
    let text = data.get(name).and_then(Value::as_str).ok_or_else(|| missing(name))?;
    parse(text).ok_or_else(|| {
        Poison::new(reason::KEY_INVALID, format!("tracking_log.data.{name} is no key of its kind"))
    })
}

fn json(text: &str, name: &str) -> Result<Value, Poison> {
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(Poison::new(reason::JSON_INVALID, format!("tracking_log.{name} is no JSON object"))),
    }
}

fn missing(name: &str) -> Poison {
    Poison::new(reason::FIELD_MISSING, format!("tracking_log.data.{name} is not there"))
}

/// The user id of the data; of the context where the data have none.
fn learner(data: &Value, log: &mut Fields<'_>) -> Result<LearnerId, Poison> {
    if let Some(id) = data.get("user_id").filter(|id| !id.is_null()) {
        return user_id(id);
    }
    let context = json(log.text("context")?, "context")?;
    user_id(context.get("user_id").ok_or_else(|| missing("user_id"))?)
}

/// A number, or digits in a string.
fn user_id(id: &Value) -> Result<LearnerId, Poison> {
    id.as_i64()
        .or_else(|| id.as_str()?.parse().ok())
        .and_then(|id| LearnerId::try_from(id).ok())
        .ok_or_else(|| Poison::new(reason::LEARNER_INVALID, "tracking_log: user_id is no user id"))
}

fn ratio(data: &Value, name: &str) -> Result<Ratio, Poison> {
    let value = data.get(name).and_then(Value::as_f64).ok_or_else(|| missing(name))?;
    Ratio::try_from(value).map_err(|_| {
        Poison::new(reason::RATIO_INVALID, format!("tracking_log.data.{name} is not within 0 to 1"))
    })
}
