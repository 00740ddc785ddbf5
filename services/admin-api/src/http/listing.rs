//! Parameters of lists.

use lp_domain::PathId;
use lp_http::{Cursor, PageSize, Problem, Reach};
use lp_progress_store::authoring::Selection;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which page of which paths or runs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// Text that the title, number or key has in it, whatever the case.
    #[serde(default)]
    pub(super) search: Option<String>,
    /// Of this organisation only.
    #[serde(default)]
    pub(super) org: Option<String>,
    /// Of the path of this number only; with `org`.
    #[serde(default)]
    pub(super) number: Option<String>,
    /// Archived ones only, or only others; all when not given.
    #[serde(default)]
    pub(super) archived: Option<bool>,
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(super) cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    pub(super) limit: PageSize,
}

impl Listing {
    /// The one path that is asked for.
    pub(super) fn path(&self) -> Result<Option<PathId>, Problem> {
        let named = match (&self.org, &self.number) {
            (_, None) => return Ok(None),
            (Some(org), Some(number)) => PathId::new(org, number),
            (None, Some(_)) => return Err(Problem::invalid_query("`number` goes with `org`")),
        };
        named.map(Some).map_err(|error| Problem::invalid_query(error.to_string()))
    }

    /// What of it lies within reach.
    pub(super) fn selection(&self, reach: Reach) -> Selection {
        Selection {
            orgs: reach.orgs_of(self.org.as_deref()),
            search: self.search.clone(),
            archived: self.archived,
        }
    }
}
