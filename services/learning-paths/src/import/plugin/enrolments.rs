//! Enrolments of the plugin as ours, with every coming and going that it recorded.

use std::collections::{BTreeMap, HashMap};

use anyhow::bail;
use chrono::{DateTime, Utc};
use lp_domain::{Again, LearnerId, RunKey, Timestamp};
use lp_progress_store::audit::By;
use lp_progress_store::{Answer, Catalogue, EnrolmentRequest, Wish, plugin};
use sqlx::PgConnection;

use super::report::Report;
use super::source::Source;

/// Learners read, and enrolled, at once: the consumer waits for their locks.
pub(super) const PORTION: usize = 500;

/// A coming (at even places) or a going.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    at: DateTime<Utc>,
    /// `auth_user.id` of whoever did it, where that was recorded.
    by: Option<i64>,
    reason: Option<String>,
}

/// Which step of their learners', by whom, and why.
type Round<'a> = (usize, Option<i64>, Option<&'a str>);

/// Learners of a path, in order of their ids, with what they did.
pub(super) struct Portion {
    learners: BTreeMap<i64, Vec<Step>>,
    /// Where to go on; nothing after the last.
    pub(super) after: Option<i64>,
}

/// Learners after this one.
pub(super) async fn read(
    source: &mut Source,
    path: i64,
    after: i64,
    has_history: bool,
    report: &mut Report,
) -> anyhow::Result<Portion> {
    let rest = format!(
        "WHERE {{learning_path_id}} = {path} AND {{user_id}} > {after} ORDER BY {{user_id}} LIMIT {PORTION}"
    );
    let columns = ["id", "user_id", "is_active", "created", "modified"];
    let rows = source.select(&columns, "learning_paths_learningpathenrollment", &rest).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.number(0)).collect::<Result<_, _>>()?;
    let mut recorded = recorded(source, &ids, has_history).await?;
    let mut learners = BTreeMap::new();
    for row in &rows {
        let (id, user, is_active) = (row.number(0)?, row.number(1)?, row.is_set(2));
        let (created, modified) = (row.instant(3)?, row.instant(4)?);
        let mut steps = vec![Step { at: created, by: None, reason: None }];
        for (enrolled, step) in recorded.remove(&id).unwrap_or_default() {
            let is_in = steps.len() % 2 == 1;
            match (is_in, enrolled) {
                // Who is recorded beside the first coming did it.
                (true, true) if steps.len() == 1 => {
                    let Step { by, reason, .. } = step;
                    steps[0] = Step {
                        at: created,
                        by: steps[0].by.or(by),
                        reason: steps[0].reason.take().or(reason),
                    };
                }
                (true, true) | (false, false) => {}
                _ => steps.push(step),
            }
        }
        if (steps.len() % 2 == 1) != is_active {
            report.unmapped(
                "enrolment: its last change is not recorded, and is dated by its row",
                format!("user {user}"),
            );
            steps.push(Step { at: modified, by: None, reason: None });
        }
        // Dates of one clock that was set back.
        for at in 1..steps.len() {
            steps[at].at = steps[at].at.max(steps[at - 1].at + chrono::TimeDelta::microseconds(1));
        }
        learners.insert(user, steps);
    }
    let after = if rows.len() < PORTION { None } else { learners.keys().next_back().copied() };
    Ok(Portion { learners, after })
}

/// What is recorded of enrolments, by their numbers, in the order of it: whether they became enrolled, and how.
async fn recorded(
    source: &mut Source,
    enrolments: &[i64],
    has_history: bool,
) -> anyhow::Result<HashMap<i64, Vec<(bool, Step)>>> {
    let mut all: HashMap<i64, Vec<(bool, Step)>> = HashMap::new();
    if enrolments.is_empty() {
        return Ok(all);
    }
    let ids: Vec<String> = enrolments.iter().map(ToString::to_string).collect();
    let ids = ids.join(", ");
    let columns = ["enrollment_id", "created", "state_transition", "enrolled_by_id", "reason", "org", "role"];
    let rest = format!("WHERE {{enrollment_id}} IN ({ids})");
    for row in source.select(&columns, "learning_paths_learningpathenrollmentaudit", &rest).await? {
        let enrolled = match row.text(2) {
            Some(text) if text.ends_with("to enrolled") => true,
            Some(text) if text.ends_with("to unenrolled") => false,
            _ => continue,
        };
        let reason = [row.word(4), row.word(5), row.word(6)];
        let reason: Vec<String> = reason.into_iter().filter(|text| !text.is_empty()).collect();
        let reason = (!reason.is_empty()).then(|| reason.join(", ").chars().take(1_000).collect());
        let step = Step { at: row.instant(1)?, by: row.some_number(3)?, reason };
        all.entry(row.number(0)?).or_default().push((enrolled, step));
    }
    if has_history {
        let columns = ["id", "history_date", "is_active", "history_user_id"];
        let rest = format!("WHERE {{id}} IN ({ids})");
        for row in source.select(&columns, "learning_paths_historicallearningpathenrollment", &rest).await? {
            let step = Step { at: row.instant(1)?, by: row.some_number(3)?, reason: None };
            all.entry(row.number(0)?).or_default().push((row.is_set(2), step));
        }
    }
    for of_enrolment in all.values_mut() {
        of_enrolment.sort_by_key(|(_, step)| step.at);
    }
    Ok(all)
}

/// Does what is not done yet. What was changed here since the last time stays as it is.
pub(super) async fn write(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    run: &RunKey,
    portion: &Portion,
    now: Timestamp,
    report: &mut Report,
) -> anyhow::Result<()> {
    let learners: Vec<i64> = portion.learners.keys().copied().collect();
    let known = plugin::intervals(conn, run, &learners).await?;
    // The first step of everybody, then the second, so that each learner's are in order and few have a reason of their own.
    let mut rounds: BTreeMap<Round<'_>, Vec<EnrolmentRequest>> = BTreeMap::new();
    for (user, steps) in &portion.learners {
        let Ok(learner) = LearnerId::try_from(*user) else {
            report.unmapped("enrolment: its user's number is none", format!("user {user}"));
            continue;
        };
        let done = known.get(user).map_or(&[][..], Vec::as_slice);
        let same = done.len() <= steps.len() && done.iter().zip(steps).all(|(done, step)| *done == step.at);
        if !same {
            report.unmapped(
                "enrolment: it was changed here, and is left as it is",
                format!("user {user} in {run}"),
            );
            continue;
        }
        if done.is_empty() {
            report.done("enrolments", 1);
        } else {
            report.done("enrolments that were here already", 1);
        }
        for (place, step) in steps.iter().enumerate().skip(done.len()) {
            let wish = if place % 2 == 0 { Wish::Enrol(Again::Resumed) } else { Wish::Withdraw };
            let request =
                EnrolmentRequest { learner, run: run.clone(), wish, at: Timestamp::try_from(step.at)? };
            rounds.entry((place, step.by, step.reason.as_deref())).or_default().push(request);
        }
    }
    for ((place, by, reason), requests) in rounds {
        let actor = by.map_or_else(|| "import".to_owned(), |user| format!("user:{user}"));
        let by = By { actor: &actor, request_id: None, reason };
        let (answers, _) = lp_progress_store::enrol(conn, catalogue, &by, &requests, now).await?;
        for (request, answer) in requests.iter().zip(answers) {
            if let Answer::Refused(refusal) = answer {
                bail!("learner {} in {run}: {refusal}", request.learner);
            }
        }
        report.done(if place % 2 == 0 { "comings" } else { "goings" }, requests.len());
    }
    Ok(())
}
