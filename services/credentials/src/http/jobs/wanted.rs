//! What a job is about, and whether its caller may do it.

use std::collections::{BTreeSet, HashSet};

use chrono::Utc;
use lp_domain::RunKey;
use lp_http::problem::{Kind, Place};
use lp_http::{Caller, Permission, Problem, Target};
use uuid::Uuid;

use super::body::Action;
use super::create::{NewAward, NewJobBody};
use crate::http::bodies::gift;
use crate::http::state::CredentialsState;
use crate::store::by_hand::Gift;
use crate::store::jobs::{NewRows, orgs_of};

const MANAGE: Permission = Permission::ManageCredentials;
/// The most credentials or rows that a request names.
const MAX_ROWS: usize = 10_000;
/// How many credentials a refusal names.
const NAMED: usize = 5;

/// The organisation that all are of.
fn only(orgs: BTreeSet<String>) -> Result<String, Problem> {
    let mut orgs = orgs.into_iter();
    match (orgs.next(), orgs.next()) {
        (Some(org), None) => Ok(org),
        (None, _) => Err(Problem::unprocessable("it names nothing to be done")),
        _ => Err(Problem::unprocessable("it concerns more than one organisation: send a job for each")),
    }
}

/// What a job is about, if its caller may do it.
pub(super) async fn wanted(
    state: &CredentialsState,
    caller: &Caller,
    body: &NewJobBody,
) -> Result<(String, NewRows), Problem> {
    caller.reach(MANAGE).await?;
    match (body.action, &body.credential_ids, &body.run_key, &body.rows) {
        (Action::Issue, None, default, Some(rows)) if body.status.is_none() => {
            let (orgs, gifts) = gifts(rows, default.as_ref())?;
            for org in &orgs {
                caller.require(MANAGE, Target::Org(org)).await?;
            }
            Ok((only(orgs)?, NewRows::Gifts(gifts)))
        }
        (Action::Issue, ..) => {
            Err(Problem::unprocessable("`issue` goes with `rows`, and perhaps with `run_key`"))
        }
        (_, Some(ids), None, None) if body.status.is_none() => {
            bounded(ids.len())?;
            Ok((org_of(state, caller, ids).await?, NewRows::Credentials(ids.clone())))
        }
        (_, None, Some(run), None) => {
            caller.require(MANAGE, Target::Org(run.org())).await?;
            let status = body.status.map(Into::into);
            Ok((run.org().to_owned(), NewRows::Run { run_key: run.to_string(), status }))
        }
        _ => Err(Problem::unprocessable(
            "it goes with one of `credential_ids` and `run_key`; `status` with the latter",
        )),
    }
}

/// The organisation of these credentials, all of which the caller manages. Who may not is told the same of none as of somebody
/// else's.
async fn org_of(state: &CredentialsState, caller: &Caller, ids: &[Uuid]) -> Result<String, Problem> {
    let reach = caller.reach(MANAGE).await?.orgs();
    let found = async { orgs_of(&mut *state.writers.acquire().await?, ids).await };
    let mut found = found.await.map_err(|error| Problem::database(&error))?;
    found.retain(|(_, org)| reach.as_ref().is_none_or(|reach| reach.contains(org)));
    let (within, orgs): (HashSet<Uuid>, BTreeSet<String>) = found.into_iter().unzip();
    let beyond: Vec<String> =
        ids.iter().filter(|id| !within.contains(id)).take(NAMED).map(Uuid::to_string).collect();
    if beyond.is_empty() {
        return only(orgs);
    }
    let detail = format!("not there, or not yours to change: {}", beyond.join(", "));
    Err(Problem::new(Kind::Forbidden).with_detail(detail))
}

fn bounded(rows: usize) -> Result<(), Problem> {
    if rows > MAX_ROWS { Err(Problem::unprocessable("it has more than 10,000 rows")) } else { Ok(()) }
}

/// The awards that rows ask for, and the organisations of their runs.
fn gifts(rows: &[NewAward], default: Option<&RunKey>) -> Result<(BTreeSet<String>, Vec<Gift>), Problem> {
    bounded(rows.len())?;
    let (mut orgs, mut gifts, mut wrong) = (BTreeSet::new(), Vec::with_capacity(rows.len()), Vec::new());
    let now = Utc::now();
    for (at, row) in rows.iter().enumerate() {
        let place = |place: &str| format!("/rows/{at}{place}");
        let Some(run) = row.run_key.as_ref().or(default) else {
            wrong.push(Place { pointer: place(""), detail: "it names no run".to_owned() });
            continue;
        };
        match gift(row.learner_id, run, row.revision, row.awarded_at, row.grade, now) {
            Ok(gift) => {
                orgs.insert(run.org().to_owned());
                gifts.push(gift);
            }
            Err(Place { pointer, detail }) => wrong.push(Place { pointer: place(&pointer), detail }),
        }
    }
    if wrong.is_empty() {
        Ok((orgs, gifts))
    } else {
        Err(Problem::new(Kind::Unprocessable).with_errors(wrong))
    }
}
