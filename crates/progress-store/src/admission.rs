//! Enrolments of people as others know them: whoever has an account is enrolled, whoever has none is invited.

use std::collections::BTreeMap;

use lp_domain::{LearnerId, RunKey, Timestamp};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::audit::By;
use crate::catalogue::{Catalogue, Run};
use crate::enrolments::{self, Answer, EnrolmentRequest, Refusal, Wish, takes_somebody};
use crate::people::{self, Found, Who};
use crate::{Outcome, StoreError, invitations};

/// What is asked for one person in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// In which run.
    pub run: RunKey,
    /// Who.
    pub who: Who,
    /// What.
    pub wish: Wish,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// The person has an account: this became of their enrolment.
    Learner(LearnerId, Answer),
    /// The person has none yet and is invited, by this invitation; whether it is new.
    Invited(Uuid, bool),
    /// The person has none yet, and this open invitation was withdrawn.
    Uninvited(Uuid),
    /// It cannot be.
    Refused(Refusal),
}

/// Who somebody turned out to be.
enum Place<'a> {
    Learner(LearnerId),
    Invite(invitations::Asked<'a>),
    Withdraw(invitations::Asked<'a>),
    Refused(Refusal),
}

/// Does what is asked, as far as it can be, from now on; the answers are in the order of what was asked.
///
/// # Errors
/// When the database refuses, or holds what we cannot read.
pub async fn admit(
    conn: &mut PgConnection,
    catalogue: &mut Catalogue,
    by: &By<'_>,
    asked: &[Admission],
    now: Timestamp,
) -> Result<(Vec<Admitted>, Outcome), StoreError> {
    catalogue.refresh(conn).await?;
    let people: Vec<&Who> = asked.iter().map(|one| &one.who).collect();
    let found = people::find(conn, &people).await?;
    let places: Vec<Place<'_>> = asked
        .iter()
        .zip(&found)
        .map(|(one, found)| match found {
            Found::One(learner) => Place::Learner(*learner),
            Found::Several => Place::Refused(Refusal::Ambiguous),
            Found::Nobody => absent(one, catalogue.run_by_key(&one.run), now),
        })
        .collect();

    let (mut requests, mut invite, mut withdraw) = (Vec::new(), Vec::new(), Vec::new());
    let (mut of_requests, mut of_invite, mut of_withdraw) = (Vec::new(), Vec::new(), Vec::new());
    let mut admitted: BTreeMap<usize, Admitted> = BTreeMap::new();
    for (number, place) in places.into_iter().enumerate() {
        match place {
            Place::Learner(learner) => {
                let Admission { run, wish, .. } = &asked[number];
                of_requests.push((number, learner));
                requests.push(EnrolmentRequest { learner, run: run.clone(), wish: *wish, at: now });
            }
            Place::Invite(one) => {
                of_invite.push(number);
                invite.push(one);
            }
            Place::Withdraw(one) => {
                of_withdraw.push(number);
                withdraw.push(one);
            }
            Place::Refused(refusal) => {
                admitted.insert(number, Admitted::Refused(refusal));
            }
        }
    }
    // Learners' locks first, as whoever claims invitations takes them.
    let (answers, outcome) = enrolments::enrol(conn, catalogue, by, &requests, now).await?;
    let answers = of_requests.into_iter().zip(answers);
    admitted.extend(answers.map(|((number, learner), answer)| (number, Admitted::Learner(learner, answer))));
    let invited = invitations::invite(conn, by, &invite).await?;
    let invited = invited.into_iter().map(|(id, new)| Admitted::Invited(id, new));
    admitted.extend(of_invite.into_iter().zip(invited));
    let withdrawn = invitations::withdraw(conn, by, &withdraw).await?;
    let withdrawn = withdrawn
        .into_iter()
        .map(|id| id.map_or(Admitted::Refused(Refusal::NotEnrolled), Admitted::Uninvited));
    admitted.extend(of_withdraw.into_iter().zip(withdrawn));
    Ok((admitted.into_values().collect(), outcome))
}

/// What becomes of somebody without an account.
fn absent<'a>(asked: &'a Admission, run: Option<&Run>, now: Timestamp) -> Place<'a> {
    let Some(run) = run else { return Place::Refused(Refusal::UnknownRun) };
    let Some((claim, known_by)) = asked.who.claim() else { return Place::Refused(Refusal::UnknownLearner) };
    let one = invitations::Asked { run_id: run.run_id, run: &asked.run, claim, known_by };
    match asked.wish {
        Wish::Enrol(_) => takes_somebody(run, now).map_or_else(Place::Refused, |()| Place::Invite(one)),
        Wish::Withdraw => Place::Withdraw(one),
        Wish::EnrolOneself(_) | Wish::Suspend | Wish::Resume | Wish::End => {
            Place::Refused(Refusal::NotEnrolled)
        }
    }
}
