//! What became of rows.

use lp_domain::LearnerId;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::StoreError;
use crate::admission::Admitted;
use crate::enrolments::{Answer, Refusal, Wish};

/// What became of rows, as columns.
#[derive(Default)]
pub(super) struct Done {
    numbers: Vec<i32>,
    outcomes: Vec<String>,
    details: Vec<Option<String>>,
    learners: Vec<Option<i64>>,
    invitations: Vec<Option<Uuid>>,
}

impl Done {
    /// Of a row that changes an enrolment.
    pub(super) fn admitted(&mut self, number: i32, wish: Wish, became: &Admitted, dry_run: bool) {
        let (mut learner, mut invitation) = (None, None);
        let (outcome, detail) = match became {
            Admitted::Learner(who, answer) => {
                learner = Some(who.get());
                match answer {
                    Answer::Changed(_) => (done_word(wish), None),
                    Answer::Unchanged(enrolment) => ("unchanged", Some(enrolment.state.word().to_owned())),
                    Answer::Refused(refusal) => refused(*refusal),
                }
            }
            Admitted::Invited(id, new) => {
                invitation = Some(*id).filter(|_| !dry_run || !*new);
                if *new { ("invited", None) } else { ("unchanged", Some("invited".to_owned())) }
            }
            Admitted::Uninvited(id) => {
                invitation = Some(*id);
                ("withdrawn", None)
            }
            Admitted::Refused(refusal) => refused(*refusal),
        };
        self.push(number, outcome, detail, learner, invitation);
    }

    /// Of a row that records a fact.
    pub(super) fn recorded(&mut self, number: i32, became: Result<LearnerId, Refusal>) {
        let (outcome, detail) = became.err().map_or(("recorded", None), refused);
        self.push(number, outcome, detail, became.ok().map(LearnerId::get), None);
    }

    /// Of a row whose person cannot be known.
    pub(super) fn nobody(&mut self, number: i32) {
        self.recorded(number, Err(Refusal::UnknownLearner));
    }

    fn push(
        &mut self,
        number: i32,
        outcome: &str,
        detail: Option<String>,
        learner: Option<i64>,
        invitation: Option<Uuid>,
    ) {
        self.numbers.push(number);
        self.outcomes.push(outcome.to_owned());
        self.details.push(detail);
        self.learners.push(learner);
        self.invitations.push(invitation);
    }

    /// Keeps what became of them, and forgets what the people are known by.
    pub(super) async fn write(&self, conn: &mut PgConnection, job_id: Uuid) -> Result<(), StoreError> {
        sqlx::query!(
            "UPDATE job_rows r SET outcome = n.outcome, detail = n.detail, learner_id = n.learner_id,
                 invitation_id = n.invitation_id, username = NULL, email = NULL, external_key = NULL
             FROM unnest($2::integer[], $3::text[], $4::text[], $5::bigint[], $6::uuid[])
                  AS n (row_number, outcome, detail, learner_id, invitation_id)
             WHERE r.job_id = $1 AND r.row_number = n.row_number AND r.row_number BETWEEN $7 AND $8",
            job_id,
            &self.numbers,
            &self.outcomes,
            &self.details as &[Option<String>],
            &self.learners as &[Option<i64>],
            &self.invitations as &[Option<Uuid>],
            // As is known anyhow; the planner then reads no other rows of a table that it has no statistics of.
            self.numbers.iter().min(),
            self.numbers.iter().max(),
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

fn refused(refusal: Refusal) -> (&'static str, Option<String>) {
    (refusal.word(), Some(refusal.to_string()))
}

/// What became of a wish that was granted.
fn done_word(wish: Wish) -> &'static str {
    match wish {
        Wish::Enrol(_) | Wish::EnrolOneself(_) => "enrolled",
        Wish::Suspend => "suspended",
        Wish::Resume => "resumed",
        Wish::Withdraw => "withdrawn",
        Wish::End => "ended",
    }
}
