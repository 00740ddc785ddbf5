//! What is known of courses, of skills, and of a learner in courses.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use lp_domain::{ContextFacts, LearnerId};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::{Catalogue, StoreError};

/// When a course begins and ends, as far as the platform has said.
pub type CourseDates = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// How far a learner is in one course, from 0 to 1; what nobody has told is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Known {
    /// How much is completed.
    pub completion: Option<f64>,
    /// The grade.
    pub grade: Option<f64>,
}

/// The dates of these courses, of those that are known.
///
/// # Errors
/// When the database refuses.
pub async fn course_dates(
    conn: &mut PgConnection,
    courses: &[String],
) -> Result<HashMap<String, CourseDates>, StoreError> {
    let rows = sqlx::query!(
        "SELECT context_key, starts_at, ends_at FROM contexts WHERE context_key = ANY($1)",
        courses,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.context_key, (Some(row.starts_at), row.ends_at))).collect())
}

/// The numbers of these skills, of those that have one.
///
/// # Errors
/// When the database refuses.
pub async fn skill_ids(
    conn: &mut PgConnection,
    names: &[String],
) -> Result<HashMap<String, i64>, StoreError> {
    let rows = sqlx::query!(
        "SELECT plugin_skill_id, display_name FROM plugin_skills WHERE display_name = ANY($1)",
        names,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.display_name, row.plugin_skill_id)).collect())
}

/// How far a learner is in these courses, under any of their accounts: the best of each.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn known(
    conn: &mut PgConnection,
    catalogue: &Catalogue,
    learner: LearnerId,
    courses: &[String],
) -> Result<HashMap<String, Known>, StoreError> {
    let accounts = [&[learner.get()], catalogue.members(learner.get())].concat();
    let rows = sqlx::query!(
        r#"SELECT context_key, state AS "state: Json<ContextFacts>" FROM facts
           WHERE learner_id = ANY($1) AND context_key = ANY($2)"#,
        &accounts,
        courses,
    )
    .fetch_all(conn)
    .await?;
    let mut known: HashMap<String, Known> = HashMap::new();
    for row in rows {
        let ContextFacts { completion, grade, .. } = row.state.0;
        let one = known.entry(row.context_key).or_default();
        // None is less than any number.
        let best = |kept: Option<f64>, told: Option<f64>| if told > kept { told } else { kept };
        one.completion = best(one.completion, completion.map(|told| told.latest.value.get()));
        one.grade = best(one.grade, grade.map(|told| told.latest.value.get()));
    }
    Ok(known)
}
