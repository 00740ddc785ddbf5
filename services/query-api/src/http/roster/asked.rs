//! What is asked for: filters, order, page.

use chrono::{DateTime, Utc};
use lp_domain::Timestamp;
use lp_http::{Cursor, PageSize, Problem};
use lp_progress_store::read::{Direction, RosterFilter, RosterOrder, RosterPlace, RosterSort};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

const STATES: [&str; 5] = ["pending", "active", "suspended", "withdrawn", "ended"];
/// In the order of their numbers.
const ACHIEVEMENTS: [&str; 3] = ["not_started", "in_progress", "completed"];
const COMPLETIONS: [&str; 5] = ["none", "valid", "grace", "under_review", "revoked"];
const AWARDS: [&str; 7] = ["none", "not_yet_valid", "valid", "grace", "under_review", "expired", "revoked"];
const TIMES: [&str; 5] = ["no_date", "on_time", "due_soon", "overdue", "closed"];

/// The longest text that is searched for, in characters.
const LONGEST_TEXT: usize = 100;

/// What an export is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// A table (RFC 4180) with a line of names first; no cell is a formula.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Which learners. States are words, or several with commas between; what is said must all hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct RosterQuery {
    /// States of the enrolment: `pending`, `active`, `suspended`, `withdrawn`, `ended`.
    #[param(example = "active,suspended")]
    enrolment: Option<String>,
    /// `not_started`, `in_progress`, `completed`.
    #[param(example = "in_progress")]
    achievement: Option<String>,
    /// States of the completion that the world was told of: `none`, `valid`, `grace`, `under_review`, `revoked`.
    completion: Option<String>,
    /// How the award stands now: `none`, `not_yet_valid`, `valid`, `grace`, `under_review`, `expired`, `revoked`.
    award: Option<String>,
    /// How they stand to the run's dates now: `no_date`, `on_time`, `due_soon`, `overdue`, `closed`.
    #[param(example = "due_soon,overdue")]
    time: Option<String>,
    /// The revision that they are judged by.
    revision: Option<i32>,
    /// Their attempt.
    attempt: Option<i32>,
    /// Progress of at least this, 0 to 1.
    #[param(minimum = 0, maximum = 1)]
    progress_min: Option<f64>,
    /// Progress of at most this, 0 to 1.
    #[param(minimum = 0, maximum = 1)]
    progress_max: Option<f64>,
    /// No fact about anything that the run consists of is dated at or after this.
    no_fact_since: Option<DateTime<Utc>>,
    /// Text that the full name, the username or the e-mail has in it, whatever the case. For those who may see names.
    search: Option<String>,
    /// The whole username, whatever the case. For those who may see names.
    username: Option<String>,
    /// The whole e-mail, whatever the case. For those who may see names.
    email: Option<String>,
    /// `learner_id`, `progress`, `grade`, `completed_at`, `enrolled_at`, `updated_at` or, for those who may see names, `name`; with
    /// a `-` before it, the greatest first. What is not known counts as least. Of lists only.
    #[param(example = "-progress")]
    sort: Option<String>,
    /// Where the page starts: `next` of the page before, asked with the same filters and order. Of lists only.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most. Of lists only.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageSize>,
    /// What an export is written as, `csv` unless said otherwise. Of exports only.
    #[param(value_type = Option<Format>, inline)]
    format: Option<Format>,
}

/// One page that is asked for.
pub(super) struct Asked {
    pub(super) filter: RosterFilter,
    pub(super) order: RosterOrder,
    pub(super) after: Option<Place>,
    pub(super) size: PageSize,
    /// Of what, by which filter, in which order: a cursor of another listing is none of this one.
    digest: u64,
}

/// After what a page starts.
pub(super) struct Place {
    pub(super) at: RosterPlace,
    pub(super) run_id: i64,
}

/// A cursor's content.
#[derive(Serialize, Deserialize)]
struct Kept(u64, f64, String, i64, i64);

impl Asked {
    /// Whether names decide who comes, or when.
    pub(super) fn is_by_names(&self) -> bool {
        self.filter.names_somebody() || self.order.sort == RosterSort::Name
    }

    /// What a cursor after such a row holds.
    pub(super) fn place(&self, at: &RosterPlace, run_id: i64) -> impl Serialize + use<> {
        Kept(self.digest, at.key, at.name.clone(), at.learner_id, run_id)
    }
}

impl RosterQuery {
    /// A page of a list; `of` names the run or path.
    pub(super) fn page(&self, of: &str) -> Result<Asked, Problem> {
        if self.format.is_some() {
            return Err(Problem::invalid_query("`format` is for exports"));
        }
        let (filter, order) = (self.filter()?, order(self.sort.as_deref())?);
        let digest = Sha256::digest(format!("{of}\n{filter:?}\n{order:?}"));
        let digest = digest.first_chunk().copied().map(u64::from_be_bytes).unwrap_or_default();
        let after = self.cursor.as_ref().map(|cursor| place(cursor, digest)).transpose()?;
        Ok(Asked { filter, order, after, size: self.limit.unwrap_or_default(), digest })
    }

    /// An export.
    pub(super) fn export(&self) -> Result<(RosterFilter, Format), Problem> {
        if self.sort.is_some() || self.cursor.is_some() || self.limit.is_some() {
            return Err(Problem::invalid_query(
                "`sort`, `cursor` and `limit` are for lists: an export is whole",
            ));
        }
        Ok((self.filter()?, self.format.unwrap_or_default()))
    }

    fn filter(&self) -> Result<RosterFilter, Problem> {
        let achievements = words("achievement", self.achievement.as_deref(), &ACHIEVEMENTS)?;
        let number =
            |word: &String| (0_i16..).zip(ACHIEVEMENTS).find_map(|(n, of)| (of == word).then_some(n));
        let least = share("progress_min", self.progress_min)?;
        let most = share("progress_max", self.progress_max)?;
        let since = self.no_fact_since.map(Timestamp::try_from).transpose();
        let since = since.map_err(|error| Problem::invalid_query(format!("`no_fact_since`: {error}")))?;
        Ok(RosterFilter {
            states: words("enrolment", self.enrolment.as_deref(), &STATES)?,
            achievements: achievements.map(|all| all.iter().filter_map(number).collect()),
            completions: words("completion", self.completion.as_deref(), &COMPLETIONS)?,
            awards: words("award", self.award.as_deref(), &AWARDS)?,
            times: words("time", self.time.as_deref(), &TIMES)?,
            revision: self.revision,
            attempt: self.attempt,
            least_progress: least,
            most_progress: most,
            no_fact_since: since.map(Timestamp::get),
            search: text("search", self.search.as_deref())?,
            username: text("username", self.username.as_deref())?,
            email: text("email", self.email.as_deref())?,
        })
    }
}

fn place(cursor: &Cursor, digest: u64) -> Result<Place, Problem> {
    let Kept(of, key, name, learner_id, run_id) = cursor.place()?;
    if of != digest || name.contains('\0') {
        return Err(Problem::invalid_query(
            "`cursor` is of a listing with other filters or in another order",
        ));
    }
    Ok(Place { at: RosterPlace { key, name, learner_id }, run_id })
}

fn order(word: Option<&str>) -> Result<RosterOrder, Problem> {
    let Some(word) = word else { return Ok(RosterOrder::default()) };
    let (direction, word) = match word.strip_prefix('-') {
        Some(word) => (Direction::Descending, word),
        None => (Direction::Ascending, word),
    };
    let sort = RosterSort::ALL.into_iter().find(|sort| sort.word() == word);
    let sort = sort.ok_or_else(|| Problem::invalid_query("`sort` is not one of the words that it may be"))?;
    Ok(RosterOrder { sort, direction })
}

/// Words with commas between, in one order whatever the caller's.
fn words(name: &str, given: Option<&str>, known: &[&str]) -> Result<Option<Vec<String>>, Problem> {
    let Some(given) = given else { return Ok(None) };
    if let Some(word) = given.split(',').find(|word| !known.contains(word)) {
        let all = known.join(", ");
        return Err(Problem::invalid_query(format!("`{name}`: `{word:.40}` is none of {all}")));
    }
    Ok(Some(
        known
            .iter()
            .filter(|known| given.split(',').any(|word| word == **known))
            .map(ToString::to_string)
            .collect(),
    ))
}

fn share(name: &str, given: Option<f64>) -> Result<Option<f64>, Problem> {
    match given {
        Some(share) if !(0.0..=1.0).contains(&share) => {
            Err(Problem::invalid_query(format!("`{name}` is from 0 to 1")))
        }
        share => Ok(share),
    }
}

/// A text that is looked for. What it is stands in no answer.
fn text(name: &str, given: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(given) = given.map(str::trim) else { return Ok(None) };
    if given.is_empty() || given.chars().count() > LONGEST_TEXT {
        return Err(Problem::invalid_query(format!("`{name}` has 1 to {LONGEST_TEXT} characters")));
    }
    Ok(Some(given.to_owned()))
}
