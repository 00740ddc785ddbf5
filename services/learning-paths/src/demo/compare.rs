//! What came out against what the simulation knows must be.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use lp_devstack::lms::{Award as ExpectedAward, Expected};

use super::read_back::{Award, Learner, RunState};

/// Every difference, in words; empty when all is as it must be.
pub(crate) fn differences(expected: &[Expected], seen: &BTreeMap<i64, Learner>) -> Vec<String> {
    let nobody = Learner::default();
    let mut differences = vec![];
    for one in expected {
        let learner = seen.get(&one.learner).unwrap_or(&nobody);
        let run = learner.runs.iter().find(|run| run.run_key == one.run_key);
        let awards: Vec<&Award> =
            learner.awards.iter().filter(|award| award.run_key == one.run_key).collect();
        let mut differs = |what: String| {
            differences.push(format!("learner {} in {}: {what}", one.learner, one.run_key));
        };
        match run {
            Some(run) => of_run(one, run, &mut differs),
            None => differs("the query API does not know them there".into()),
        }
        of_awards(one, run, &awards, &mut differs);
    }
    let known =
        |learner: i64, run: &str| expected.iter().any(|one| one.learner == learner && one.run_key == run);
    for (id, learner) in seen {
        let runs = learner.runs.iter().map(|run| &run.run_key);
        for run in
            runs.chain(learner.awards.iter().map(|award| &award.run_key)).filter(|run| !known(*id, run))
        {
            differences.push(format!("learner {id} in {run}: nobody enrolled them there"));
        }
    }
    differences
}

fn of_run(expected: &Expected, run: &RunState, differs: &mut impl FnMut(String)) {
    if run.completed_at != expected.completed_at {
        differs(format!("completed at {}, must be {}", date(run.completed_at), date(expected.completed_at)));
    }
    if (run.achievement == "completed") != run.completed_at.is_some()
        || (run.achievement == "completed") != (run.progress >= 1.0)
    {
        differs(format!("achievement {} with progress {}", run.achievement, run.progress));
    }
}

fn of_awards(
    expected: &Expected,
    run: Option<&RunState>,
    awards: &[&Award],
    differs: &mut impl FnMut(String),
) {
    let valid = awards.iter().filter(|award| award.status == "valid").count();
    let revoked = awards.len() - valid;
    let right = match expected.award {
        ExpectedAward::None => awards.is_empty(),
        ExpectedAward::Valid => valid == 1,
        ExpectedAward::Revoked => valid == 0 && revoked >= 1,
    };
    if !right {
        differs(format!("{valid} valid and {revoked} revoked award(s), must be {:?}", expected.award));
    }
    // Each award is for a completion of its own: the newest for the one that the query API tells of.
    let told = run.and_then(|run| run.completion.as_ref());
    if let Some(told) = told
        && !awards.is_empty()
        && !awards.iter().any(|award| award.completion_id == told.id)
    {
        differs("no award is for the completion that the query API tells of".into());
    }
}

fn date(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "no time".into(), |at| at.to_rfc3339())
}

#[cfg(test)]
mod tests {
    use super::super::read_back::Completion;
    use super::*;
    use uuid::Uuid;

    const RUN: &str = "path-v1:O+N+R+G";

    fn at() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn completed() -> (Vec<Expected>, Learner) {
        let expected = Expected {
            learner: 1,
            run_key: RUN.into(),
            completed_at: Some(at()),
            award: ExpectedAward::Valid,
        };
        let completion = Completion { id: Uuid::nil(), state: "valid".into(), completed_at: at() };
        let run = RunState {
            run_key: RUN.into(),
            title: "T".into(),
            achievement: "completed".into(),
            progress: 1.0,
            completed_at: Some(at()),
            completion: Some(completion),
        };
        let award = Award {
            id: Uuid::nil(),
            completion_id: Uuid::nil(),
            run_key: RUN.into(),
            status: "valid".into(),
            completed_at: at(),
        };
        (vec![expected], Learner { runs: vec![run], awards: vec![award] })
    }

    fn count(expected: &[Expected], learner: Learner) -> usize {
        differences(expected, &BTreeMap::from([(1, learner)])).len()
    }

    #[test]
    fn what_agrees_differs_in_nothing() {
        let (expected, learner) = completed();
        assert_eq!(count(&expected, learner), 0);
    }

    #[test]
    fn every_kind_of_difference_is_told() {
        let (expected, good) = completed();
        assert_eq!(count(&expected, Learner::default()), 2, "neither run nor award");
        let mut other = good.clone();
        other.runs[0].completed_at = Some(at() + chrono::TimeDelta::days(1));
        assert_eq!(count(&expected, other), 1, "another date");
        let mut twice = good.clone();
        twice.awards.push(good.awards[0].clone());
        assert_eq!(count(&expected, twice), 1, "two awards");
        let mut revoked = good.clone();
        revoked.awards[0].status = "revoked".into();
        assert_eq!(count(&expected, revoked), 1, "taken back");
        let mut foreign = good.clone();
        foreign.awards[0].completion_id = Uuid::max();
        assert_eq!(count(&expected, foreign), 1, "an award for nothing we were told");
        assert_eq!(count(&[], good), 2, "a run and an award of nobody");
    }
}
