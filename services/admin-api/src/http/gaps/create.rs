//! `POST /api/v1/runs/{run_key}/gap-checks`.

use axum::extract::State;
use lp_domain::RunKey;
use lp_http::{Json, Path, Permission, Problem, Query, Target};
use lp_progress_store::audit::By;
use lp_progress_store::authoring::AuthoringError;
use lp_progress_store::gaps::{GapCheck, NewGapCheck, create_gap_check as create, get_gap_check};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::GapCheckBody;
use crate::http::asked::{Asked, Change, Made};
use crate::http::bodies::{NoParameters, Refusals, address};
use crate::http::state::{AdminState, no_lms};

/// The longest time after which what differs is looked at again, in seconds.
const MAX_SETTLE: u32 = 3_600;
/// The largest sample.
const MAX_SAMPLE: u32 = 1_000_000;

/// What is to be held against the LMS's record.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGapCheck)]
pub(crate) struct NewCheck {
    /// So many of the run's learners, taken at random; all when not given. The LMS takes about one call a second, and two of them
    /// for each learner and course run.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    sample: Option<u32>,
    /// After how many seconds what differs is looked at again, as an event may be on its way: longer than the consumer lags
    /// behind. 0 takes the first look for the truth.
    #[serde(default = "minute")]
    #[schema(minimum = 0, maximum = 3600, default = 60)]
    settle_seconds: u32,
    /// Whether gaps are recorded as facts as they are found.
    #[serde(default)]
    heal: bool,
    /// For the audit log; no names of learners.
    #[serde(default)]
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

fn minute() -> u32 {
    60
}

struct Create(NewGapCheck);

impl Change for Create {
    type Done = Option<GapCheck>;

    async fn make(&self, conn: &mut PgConnection, by: &By<'_>) -> Result<Self::Done, AuthoringError> {
        create(conn, by, &self.0).await?;
        Ok(get_gap_check(conn, None, self.0.check_id).await?)
    }
}

/// Holds what is known of a run's learners against what the LMS has of them: enrolments, grades and certificates in the course
/// runs of the revision by which they are judged. It answers at once; what is found can be read while the check goes on. Of a
/// run one check goes on at a time.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_key}/gap-checks",
    tag = "gaps",
    params(
        ("run_key" = String, Path, description = "The run's key, percent-encoded.",
         example = "path-v1:OpenedX+DATA+2026+open"),
        ("idempotency-key" = Option<String>, Header, description = "Sent again with the same, it is answered again.")
    ),
    request_body = NewCheck,
    responses(
        (status = 201, description = "The check.", body = GapCheckBody,
         headers(("location" = String, description = "Where to see how far it is."))),
        Refusals,
    )
)]
pub(crate) async fn create_gap_check(
    State(state): State<AdminState>,
    asked: Asked,
    Path(run): Path<RunKey>,
    Query(NoParameters {}): Query<NoParameters>,
    Json(new): Json<NewCheck>,
) -> Result<Made, Problem> {
    asked.caller.require(Permission::RecordFacts, Target::Org(run.org())).await?;
    if state.calls_per_minute.is_none() {
        return Err(no_lms());
    }
    if new.sample.is_some_and(|sample| !(1..=MAX_SAMPLE).contains(&sample)) {
        return Err(Problem::unprocessable("a sample is of 1 to 1,000,000 learners"));
    }
    if new.settle_seconds > MAX_SETTLE {
        return Err(Problem::unprocessable("what differs is looked at again within an hour"));
    }
    let NewCheck { sample, settle_seconds, heal, .. } = new;
    let create = Create(NewGapCheck { check_id: Uuid::now_v7(), run, sample, settle_seconds, heal });
    let made = |check: Option<GapCheck>| {
        let location = check.as_ref().map(|check| address(&["gap-checks", &check.check_id.to_string()]));
        Ok(Made { location, etag: None, body: serde_json::to_value(check.map(GapCheckBody::from))? })
    };
    asked.make(new.reason.clone(), &new, create, made).await
}
