//! How the catalogue is asked: by whom, for what, in which order.

use chrono::{DateTime, Utc};
use lp_domain::{Schedule, Timestamp, timing};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::columns::timestamp;

/// Who looks. Public paths are seen by everybody; private ones, and those to which learners are only invited, by who is enrolled
/// in a run of them and by who manages them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// Their LMS user id.
    pub learner: Option<i64>,
    /// The organisations whose paths they may see at all; `None` for those of all.
    pub orgs: Option<Vec<String>>,
    /// The organisations whose paths they see all of; `None` for those of all.
    pub manages: Option<Vec<String>>,
}

/// The order of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// By key, byte by byte.
    #[default]
    Key,
    /// By title, without case.
    Title,
    /// By when enrolment opens, the earliest first; what has no such date comes before all.
    Opening,
    /// By when the latest revision was published, the newest first.
    Newest,
}

impl Sort {
    /// Its word in queries.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Title => "title",
            Self::Opening => "opening",
            Self::Newest => "newest",
        }
    }
}

/// Where an entry stands in a listing: by number, then by text, then by key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// An instant in microseconds, where the order is by instants.
    pub rank: i64,
    /// The beginning of the title in lower case, where it is by titles.
    pub text: String,
    /// The key.
    pub key: String,
}

/// What is looked for. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Is in the title, the subtitle, the description or the key, as it stands but for case.
    pub search: Option<String>,
    /// The organisation.
    pub org: Option<String>,
    /// The path, `{org}+{number}`.
    pub path: Option<String>,
    /// The level, but for case.
    pub level: Option<String>,
    /// The label's word.
    pub label: Option<String>,
    /// A skill that is acquired, but for case.
    pub skill: Option<String>,
    /// Whether learners may enrol themselves now.
    pub open_now: Option<bool>,
    /// Whether who looks is enrolled.
    pub enrolled: Option<bool>,
    /// The order.
    pub sort: Sort,
    /// The entry after which the listing begins.
    pub after: Option<Place>,
    /// How many entries it has at most.
    pub limit: i64,
}

/// Of each run that is listed, when enrolment opens and whether it is open, as columns. Dates are local, and what instants they
/// are only we know, not the database: so they are told to it. Runs are few, and these columns are asked for only where the order
/// or a filter hangs on them.
#[derive(Default)]
pub(super) struct Openings {
    pub(super) runs: Vec<i64>,
    pub(super) opens: Vec<i64>,
    pub(super) open: Vec<i64>,
}

impl Openings {
    pub(super) async fn load(conn: &mut PgConnection, asked: &Asked) -> sqlx::Result<Self> {
        let mut openings = Self::default();
        if asked.open_now.is_none() && asked.sort != Sort::Opening {
            return Ok(openings);
        }
        let rows = sqlx::query!(
            r#"SELECT runs.run_id, runs.schedule AS "schedule: Json<Schedule>", statement_timestamp() AS "now!",
                      COALESCE((paths.details ->> 'invite_only')::boolean, false) AS "invite_only!"
               FROM runs
               JOIN paths USING (path_id)
               WHERE runs.archived_at IS NULL AND paths.archived_at IS NULL AND runs.latest_revision > 0"#
        )
        .fetch_all(conn)
        .await?;
        for row in rows {
            openings.runs.push(row.run_id);
            let opens = row.schedule.enrolment_opens_at().unwrap_or(Timestamp::EPOCH);
            openings.opens.push(opens.get().timestamp_micros());
            if is_open(&row.schedule, row.invite_only, row.now)? {
                openings.open.push(row.run_id);
            }
        }
        Ok(openings)
    }
}

/// Whether learners may enrol themselves.
pub(super) fn is_open(schedule: &Schedule, invite_only: bool, now: DateTime<Utc>) -> sqlx::Result<bool> {
    Ok(!invite_only && timing::is_open_for_enrolment(schedule, timestamp(now)?).is_ok())
}
