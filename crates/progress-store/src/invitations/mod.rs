//! People who are enrolled once they have an account.

mod claiming;
mod list;

pub(crate) use claiming::claim;
pub use claiming::{link_external_key, sweep_claims};
pub use list::{Invitation, list_invitations, withdraw_invitation};

use std::collections::{BTreeMap, HashMap, HashSet};

use lp_domain::RunKey;
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::audit::{self, By, Change};
use crate::claims::Claim;

/// Somebody to be invited to a run, or no longer.
pub(crate) struct Asked<'a> {
    pub(crate) run_id: i64,
    pub(crate) run: &'a RunKey,
    pub(crate) claim: Claim,
    pub(crate) known_by: &'static str,
}

impl Asked<'_> {
    fn place(&self) -> Place {
        (self.claim.bytes(), self.run_id)
    }
}

/// A claim and a run's number.
type Place = (Vec<u8>, i64);

/// What the audit log calls an invitation.
fn target(id: Uuid) -> String {
    format!("invitation:{id}")
}

/// Invites people, or finds them invited; says the invitation of each, and whether it is new.
pub(crate) async fn invite(
    conn: &mut PgConnection,
    by: &By<'_>,
    asked: &[Asked<'_>],
) -> Result<Vec<(Uuid, bool)>, StoreError> {
    // Each once, and in one order, so that two who invite the same people do not wait for each other in a circle.
    let once: BTreeMap<Place, &Asked<'_>> = asked.iter().map(|one| (one.place(), one)).collect();
    if once.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = once.iter().map(|_| Uuid::now_v7()).collect();
    let (claims, runs): (Vec<Vec<u8>>, Vec<i64>) = once.keys().cloned().unzip();
    let known_by: Vec<String> = once.values().map(|one| one.known_by.to_owned()).collect();
    let open = sqlx::query!(
        "INSERT INTO invitations (invitation_id, run_id, claim, known_by)
         SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bytea[], $4::text[])
         ON CONFLICT (claim, run_id) WHERE state = 'open' DO UPDATE SET known_by = excluded.known_by
         RETURNING invitation_id, run_id, claim",
        &ids,
        &runs,
        &claims,
        &known_by,
    )
    .fetch_all(&mut *conn)
    .await?;
    let open: HashMap<Place, Uuid> =
        open.into_iter().map(|row| ((row.claim, row.run_id), row.invitation_id)).collect();
    let new: Vec<(&&Asked<'_>, String)> = once
        .iter()
        .zip(&ids)
        .filter(|((place, _), id)| open.get(*place) == Some(id))
        .map(|((_, one), id)| (one, target(*id)))
        .collect();
    let changes = new.iter().map(|(one, target)| Change {
        action: "invitation.created",
        target,
        org: Some(one.run.org()),
        before: None,
        after: Some(json!({ "run": one.run, "known_by": one.known_by })),
    });
    audit::record_all(conn, by, changes.collect()).await?;
    // Asked for twice, it is new once.
    let mut ids: HashSet<Uuid> = ids.into_iter().collect();
    let invited = asked.iter().filter_map(|one| open.get(&one.place()));
    Ok(invited.map(|id| (*id, ids.remove(id))).collect())
}

/// Withdraws the open invitations of people; says which there were.
pub(crate) async fn withdraw(
    conn: &mut PgConnection,
    by: &By<'_>,
    asked: &[Asked<'_>],
) -> Result<Vec<Option<Uuid>>, StoreError> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let (claims, runs): (Vec<Vec<u8>>, Vec<i64>) = asked.iter().map(Asked::place).unzip();
    let withdrawn = sqlx::query!(
        "UPDATE invitations i SET state = 'withdrawn', ended_at = now()
         FROM unnest($1::bigint[], $2::bytea[]) AS n (run_id, claim)
         WHERE i.run_id = n.run_id AND i.claim = n.claim AND i.state = 'open'
         RETURNING i.invitation_id, i.run_id, i.claim",
        &runs,
        &claims,
    )
    .fetch_all(&mut *conn)
    .await?;
    let withdrawn: HashMap<Place, Uuid> =
        withdrawn.into_iter().map(|row| ((row.claim, row.run_id), row.invitation_id)).collect();
    let ended: Vec<Option<Uuid>> = asked.iter().map(|one| withdrawn.get(&one.place()).copied()).collect();
    for (one, id) in asked.iter().zip(&ended) {
        if let Some(id) = id {
            ended_by(conn, by, *id, one.run).await?;
        }
    }
    Ok(ended)
}

async fn ended_by(conn: &mut PgConnection, by: &By<'_>, id: Uuid, run: &RunKey) -> Result<(), StoreError> {
    let (action, target) = ("invitation.withdrawn", target(id));
    Ok(audit::record(
        conn,
        by,
        Change { action, target: &target, org: Some(run.org()), before: None, after: None },
    )
    .await?)
}
