//! Pages by keyset: an opaque cursor, a capped size.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// How many entries a page has: 50 unless asked otherwise, 200 at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct PageSize(u16);

impl PageSize {
    /// The most that a page has; who asks for more gets this many.
    pub const MAX: Self = Self(200);

    /// One more than a page has, for `LIMIT`: whether there is one says whether there is a next page.
    #[must_use]
    pub fn one_more(self) -> i64 {
        i64::from(self.0) + 1
    }

    fn as_len(self) -> usize {
        self.0.into()
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u32> for PageSize {
    type Error = &'static str;

    fn try_from(size: u32) -> Result<Self, Self::Error> {
        match u16::try_from(size) {
            Ok(0) => Err("a page has at least one entry"),
            Ok(size) => Ok(Self(size.min(Self::MAX.0))),
            Err(_) => Ok(Self::MAX),
        }
    }
}

/// The place after which a page starts, as the opaque text that the page before gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The longest cursor that is looked at.
    const MAX_LENGTH: usize = 2048;

    /// A cursor at `place`, which serialises to JSON (a key, or a tuple of keys).
    ///
    /// # Errors
    /// When `place` cannot be JSON.
    pub fn at<T: Serialize>(place: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_vec(place).map(|json| Self(URL_SAFE_NO_PAD.encode(json)))
    }

    /// The place that it was made from. Places hold nothing secret and are checked like any other input.
    ///
    /// # Errors
    /// A 400 problem when it is no cursor of this listing.
    pub fn place<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let bad = || Problem::invalid_query("`cursor` is not one that this listing gave");
        if self.0.len() > Self::MAX_LENGTH {
            return Err(bad());
        }
        let json = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| bad())?;
        serde_json::from_slice(&json).map_err(|_| bad())
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Where the page starts: `next` of the page before.
    #[param(value_type = Option<String>)]
    pub cursor: Option<Cursor>,
    /// How many entries a page has; 200 at most.
    #[serde(default)]
    #[param(value_type = u32, required = false, default = 50, minimum = 1, maximum = 200)]
    pub limit: PageSize,
}

impl Paging {
    /// The place after which the page starts; `None` of the first.
    ///
    /// # Errors
    /// A 400 problem when the cursor is none of this listing.
    pub fn place<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        self.cursor.as_ref().map(Cursor::place).transpose()
    }
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Give it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page from up to [`PageSize::one_more`] rows; `place` is where a row stands in the listing.
    ///
    /// # Errors
    /// A 500 problem when the place of a row cannot be JSON.
    pub fn of<R: Into<T>, P: Serialize>(
        mut rows: Vec<R>,
        size: PageSize,
        place: impl Fn(&R) -> P,
    ) -> Result<Self, Problem> {
        let more = rows.len() > size.as_len();
        rows.truncate(size.as_len());
        let last = rows.last().filter(|_| more).map(|last| Cursor::at(&place(last)));
        let next = last.transpose().map_err(|error| Problem::internal(&error))?;
        Ok(Self { items: rows.into_iter().map(Into::into).collect(), next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_gives_back_its_place() {
        let cursor = Cursor::at(&(42, "path-v1:Org+N+R+G")).unwrap();
        assert_eq!(cursor.place::<(i64, String)>().unwrap(), (42, "path-v1:Org+N+R+G".to_owned()));
    }

    #[test]
    fn a_tampered_cursor_is_a_bad_request() {
        for bad in ["", "!", "AAAA", &"A".repeat(5000)] {
            assert_eq!(Cursor(bad.to_owned()).place::<i64>().unwrap_err().kind().status(), 400, "{bad:.20}");
        }
    }

    #[test]
    fn a_page_is_never_larger_than_the_cap() {
        assert_eq!(PageSize::try_from(1_000_000), Ok(PageSize::MAX));
        assert_eq!(PageSize::try_from(10), Ok(PageSize(10)));
        assert!(PageSize::try_from(0).is_err());
    }

    #[test]
    fn only_a_page_with_more_after_it_has_a_cursor() {
        let size = PageSize(2);
        let page: Page<i32> = Page::of(vec![1, 2, 3], size, |n| *n).unwrap();
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next.unwrap().place::<i32>().unwrap(), 2);
        assert_eq!(Page::<i32>::of(vec![1, 2], size, |n| *n).unwrap().next, None);
    }
}
