//! How the catalogue is asked for, and what its lists share.

use chrono::{DateTime, Utc};
use lp_domain::{Label, Schedule, Timestamp};
use lp_http::{Caller, Cursor, PageSize, Permission, Problem};
use lp_progress_store::read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The longest text that is searched for, in characters.
const MAX_TEXT: usize = 200;

/// The order of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// By key.
    #[default]
    Key,
    /// By title.
    Title,
    /// By when enrolment opens, the earliest first; what has no such date comes before all.
    Opening,
    /// By when the latest revision was published, the newest first.
    Newest,
}

/// What is looked for: all that is given must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Is in the title, the subtitle, the description or the key, but for case; `%` and `_` are nothing but themselves.
    #[param(max_length = 200)]
    search: Option<String>,
    /// The organisation.
    org: Option<String>,
    /// The level, but for case.
    level: Option<String>,
    /// What people call it.
    #[param(inline)]
    label: Option<Label>,
    /// A skill that is acquired, but for case.
    skill: Option<String>,
    /// Whether learners may enrol themselves now, by the dates of the run and unless only by invitation.
    open: Option<bool>,
    /// Whether the caller is enrolled.
    enrolled: Option<bool>,
    /// The order.
    #[serde(default)]
    #[param(inline, required = false)]
    sort: Sort,
    /// Where the page starts: `next` of the page before, in the same order.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    pub(super) limit: PageSize,
}

impl Wanted {
    /// For the database.
    pub(super) fn asked(self) -> Result<read::Asked, Problem> {
        let texts = [&self.search, &self.org, &self.level, &self.skill];
        if texts.into_iter().flatten().any(|text| text.chars().count() > MAX_TEXT) {
            return Err(Problem::invalid_query(format!("a text has more than {MAX_TEXT} characters")));
        }
        let sort = match self.sort {
            Sort::Key => read::Sort::Key,
            Sort::Title => read::Sort::Title,
            Sort::Opening => read::Sort::Opening,
            Sort::Newest => read::Sort::Newest,
        };
        let after = self.cursor.map(|cursor| cursor.place::<(read::Sort, read::Place)>()).transpose()?;
        let is_ours = |(of, place): &(read::Sort, read::Place)| {
            *of == sort && !place.text.contains('\0') && !place.key.contains('\0')
        };
        if after.as_ref().is_some_and(|after| !is_ours(after)) {
            return Err(Problem::invalid_query("`cursor` is not one that this listing gave in this order"));
        }
        let label = self.label.map(|label| match label {
            Label::Path => "path".to_owned(),
            Label::Journey => "journey".to_owned(),
            Label::Program => "program".to_owned(),
        });
        Ok(read::Asked {
            search: self.search,
            org: self.org,
            path: None,
            level: self.level,
            label,
            skill: self.skill,
            open_now: self.open,
            enrolled: self.enrolled,
            sort,
            after: after.map(|(_, place)| place),
            limit: self.limit.one_more(),
        })
    }
}

/// Who looks, for the catalogue.
pub(super) async fn viewer(caller: &Caller) -> Result<read::Viewer, Problem> {
    let orgs = caller.reach(Permission::ReadCatalogue).await?.orgs();
    let manages = match caller.reach(Permission::ReadManagement).await {
        Ok(reach) => reach.orgs(),
        Err(problem) if problem.kind() == lp_http::problem::Kind::Forbidden => Some(Vec::new()),
        Err(problem) => return Err(problem),
    };
    Ok(read::Viewer { learner: caller.user_id(), orgs, manages })
}

/// The dates of a run: the instants that they are, and as they were written.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct Dates {
    /// The first instant at which learners may enrol.
    enrolment_opens_at: Option<DateTime<Utc>>,
    /// The first instant at which learners may no longer enrol.
    enrolment_closes_at: Option<DateTime<Utc>>,
    /// The first instant at which nothing counts any more.
    closes_at: Option<DateTime<Utc>>,
    /// The first instant at which learners are late; where that hangs on when they began, only for who is enrolled.
    due_at: Option<DateTime<Utc>>,
    /// Local, in the run's time zone.
    as_written: Schedule,
}

impl Dates {
    /// `began` is the beginning of the caller's attempt.
    pub(super) fn of(schedule: Schedule, began: Option<Timestamp>) -> Self {
        let due_at = match (schedule.due, began) {
            (Some(lp_domain::Due::After(_)), None) => None,
            (_, began) => schedule.due_at(began.unwrap_or(Timestamp::EPOCH)),
        };
        Self {
            enrolment_opens_at: schedule.enrolment_opens_at().map(Timestamp::get),
            enrolment_closes_at: schedule.enrolment_closes_at().map(Timestamp::get),
            closes_at: schedule.closes_at().map(Timestamp::get),
            due_at: due_at.map(Timestamp::get),
            as_written: schedule,
        }
    }
}
