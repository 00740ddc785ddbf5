//! What came out against what the stories say must be.

use std::collections::BTreeSet;

use anyhow::{bail, ensure};
use chrono::{DateTime, Utc};
use lp_devstack::lms::{Award, Expected};
use serde_json::Value;

use crate::apis::{Apis, Learner};
use crate::stack::Stack;
use lp_devstack::until;

/// Whether awards are looked at, too: in another order of the facts other completions came and went on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Everything,
    VerdictsOnly,
}

/// Waits until the APIs tell all of it, then holds the projections against the journal.
pub(crate) async fn agrees(
    stack: &Stack,
    apis: &Apis,
    expected: &[Expected],
    look: Look,
) -> anyhow::Result<()> {
    until("everything is as it must be", async || {
        // Cheap, and true before the rest can be.
        ensure!(
            stack.number("progress", "SELECT count(*) FROM outbox").await? == 0,
            "the outbox is not empty"
        );
        once(apis, expected, look).await
    })
    .await?;
    stack.run(&["rebuild", "--check"]).map(drop)
}

/// One look.
pub(crate) async fn once(apis: &Apis, expected: &[Expected], look: Look) -> anyhow::Result<()> {
    let ids: BTreeSet<i64> = expected.iter().map(|one| one.learner).collect();
    let seen = apis.learners(ids.into_iter()).await?;
    for one in expected {
        if let Err(why) = agrees_in(one, &seen[&one.learner], look) {
            bail!("learner {} in {}: {why}", one.learner, one.run_key);
        }
    }
    let runs: usize = seen.values().map(|learner| learner.runs.len()).sum();
    ensure!(runs == expected.len(), "{runs} enrolments, must be {}", expected.len());
    Ok(())
}

fn agrees_in(expected: &Expected, seen: &Learner, look: Look) -> anyhow::Result<()> {
    let of_run = |value: &&Value| value["run_key"] == expected.run_key.as_str();
    let Some(run) = seen.runs.iter().find(of_run) else { bail!("not enrolled") };
    ensure!(date(&run["completed_at"])? == expected.completed_at, "completed at {}", run["completed_at"]);
    let (completed, full) = (run["achievement"] == "completed", run["progress"].as_f64() == Some(1.0));
    ensure!(completed == expected.completed_at.is_some() && completed == full, "{run}");
    if look == Look::VerdictsOnly {
        return Ok(());
    }
    let awards: Vec<&Value> = seen.awards.iter().filter(of_run).collect();
    let valid = awards.iter().filter(|award| award["status"] == "valid").count();
    let right = match expected.award {
        Award::None => awards.is_empty(),
        Award::Valid => (valid, awards.len()) == (1, 1),
        Award::Revoked => (valid, awards.len()) == (0, 1),
    };
    ensure!(right, "awards {awards:?}, must be {:?}", expected.award);
    if let Some(award) = awards.first() {
        let completion = &run["completion"]["completion_id"];
        ensure!(&award["completion_id"] == completion, "an award of another completion");
    }
    Ok(())
}

fn date(value: &Value) -> anyhow::Result<Option<DateTime<Utc>>> {
    Ok(value.as_str().map(DateTime::parse_from_rfc3339).transpose()?.map(|at| at.to_utc()))
}
