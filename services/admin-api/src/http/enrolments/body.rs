use chrono::{DateTime, Utc};
use lp_domain::{Enrolment, EnrolmentState, LearnerId};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::{Admission, Admitted, Answer, EnrolmentRecord, admit};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::http::asked::Change;
use crate::http::now;
use crate::http::state::SharedCatalogue;

/// A learner in a run.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Enrolment)]
pub(crate) struct EnrolmentBody {
    /// LMS user id.
    #[schema(value_type = i64, minimum = 1)]
    pub(super) user_id: LearnerId,
    /// Where it stands: `active` is in.
    state: EnrolmentState,
    /// The attempt, from 1; a fresh one raises it.
    attempt: u32,
    /// When the current attempt began.
    attempt_started_at: DateTime<Utc>,
    /// The revision under which the learner was enrolled.
    revision: u32,
}

impl EnrolmentBody {
    pub(super) fn of(user_id: LearnerId, enrolment: &Enrolment) -> Self {
        let Enrolment { state, attempt, attempt_started_at, revision } = enrolment;
        let attempt_started_at = attempt_started_at.get();
        Self { user_id, state: *state, attempt: *attempt, attempt_started_at, revision: *revision }
    }
}

impl From<EnrolmentRecord> for EnrolmentBody {
    fn from(record: EnrolmentRecord) -> Self {
        Self::of(record.learner, &record.enrolment)
    }
}

/// One thing asked of one enrolment; what cannot be had is an error.
pub(super) struct Ask {
    pub(super) catalogue: SharedCatalogue,
    pub(super) admission: Admission,
}

impl Change for Ask {
    type Done = Admitted;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Admitted, AuthoringError> {
        let mut catalogue = self.catalogue.get();
        let (admitted, _) =
            admit(conn, &mut catalogue, by, std::slice::from_ref(&self.admission), now()?).await?;
        self.catalogue.put(catalogue);
        match admitted.into_iter().next() {
            Some(Admitted::Refused(refusal) | Admitted::Learner(_, Answer::Refused(refusal))) => {
                Err(refusal.into())
            }
            Some(admitted) => Ok(admitted),
            None => Err(sqlx::Error::RowNotFound.into()),
        }
    }
}
