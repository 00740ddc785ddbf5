//! Of which runs, and a page over all of them.

use std::cmp::Ordering;

use lp_domain::{PathId, RunKey};
use lp_http::Problem;
use lp_progress_store::read::{self, Direction, RosterPlace, RosterRow, RosterRun, Whose};
use sqlx::{PgConnection, PgPool};

use super::asked::Asked;

/// The run of a key, as a list of one.
pub(super) async fn of_run(readers: &PgPool, key: &RunKey) -> Result<Vec<RosterRun>, Problem> {
    let found = async { read::roster_run(&mut *readers.acquire().await?, key).await };
    let run = found.await.map_err(|error| Problem::database(&error))?;
    run.map(|run| vec![run]).ok_or_else(|| Problem::not_found("there is no run of this key"))
}

/// The runs of a path.
pub(super) async fn of_path(readers: &PgPool, path: &PathId) -> Result<Vec<RosterRun>, Problem> {
    let found = async { read::path_roster_runs(&mut *readers.acquire().await?, path).await };
    let runs = found.await.map_err(|error| Problem::database(&error))?;
    runs.ok_or_else(|| Problem::not_found("there is no such path"))
}

/// Up to `limit` rows over all these runs, each with its run. Each run gives its own first ones, and the first among them are
/// the page.
pub(super) async fn page<'a>(
    conn: &mut PgConnection,
    runs: &'a [RosterRun],
    asked: &Asked,
    limit: i64,
    whose: Whose,
) -> sqlx::Result<Vec<(&'a RosterRun, RosterRow)>> {
    let mut all = Vec::new();
    for run in runs {
        let after = asked.after.as_ref().map(|place| {
            let mut at = place.at.clone();
            if run.run_id > place.run_id {
                // Equals of a run that comes later are still to come.
                at.learner_id = at.learner_id.saturating_sub(1);
            }
            at
        });
        let rows =
            read::list_roster(conn, run, &asked.filter, asked.order, after.as_ref(), limit, whose).await?;
        all.extend(rows.into_iter().map(|row| (run, row)));
    }
    if runs.len() > 1 {
        let direction = asked.order.direction;
        all.sort_by(|(run, row), (other_run, other)| {
            compare(&row.place, &other.place, direction).then(run.run_id.cmp(&other_run.run_id))
        });
        all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(all)
}

fn compare(one: &RosterPlace, other: &RosterPlace, direction: Direction) -> Ordering {
    let by_name = match direction {
        Direction::Ascending => one.name.cmp(&other.name),
        Direction::Descending => other.name.cmp(&one.name),
    };
    one.key.total_cmp(&other.key).then(by_name).then(one.learner_id.cmp(&other.learner_id))
}
