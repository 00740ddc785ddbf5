//! Pages by number, in the plugin's two envelopes, and addresses in full.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Uri, header};
use lp_http::{Kind, Problem};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;

use super::detail::Refused;

/// How many entries a page has unless said otherwise.
const PAGE: u32 = 10;
/// The most that may be said.
const MAX_PAGE: u32 = 100;

/// What was asked, as it stands in addresses that are answered.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// `https://lms.example.com`; empty where the request does not say its host.
    base: String,
    path: String,
    pairs: Vec<(String, String)>,
}

impl Address {
    fn of(parts: &Parts) -> Self {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST.as_str()).or(parts.uri.host());
        let sound = |host: &&str| {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
        };
        let https = text("x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
        let scheme = if https { "https" } else { "http" };
        let base = host.filter(sound).map(|host| format!("{scheme}://{host}")).unwrap_or_default();
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let pairs = pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        Self { base, path: parts.uri.path().to_owned(), pairs }
    }

    /// The last value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.pairs.iter().rev().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// An address in full; one that is so already stays.
    pub(crate) fn absolute(&self, address: &str) -> Option<String> {
        if address.is_empty() {
            return None;
        }
        let is_full = address.parse::<Uri>().is_ok_and(|uri| uri.scheme().is_some());
        Some(if is_full || address.starts_with("//") {
            address.to_owned()
        } else {
            format!("{}/{}", self.base, address.trim_start_matches('/'))
        })
    }

    /// The same list at another page; the first one is asked for without a number.
    fn page(&self, number: i64) -> String {
        let mut pairs: Vec<(&str, String)> = self
            .pairs
            .iter()
            .filter(|(name, _)| name != "page")
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        if number > 1 {
            pairs.push(("page", number.to_string()));
        }
        pairs.sort_by(|a, b| a.0.cmp(b.0));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{}{mark}{query}", self.base, self.path)
    }
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::new(Kind::InvalidQuery).with_detail("null characters are not allowed"));
        }
        Ok(Self::of(parts))
    }
}

/// Which page of how many entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    number: i64,
    size: i64,
    count: i64,
}

impl Place {
    /// The page that was asked for, of always as many entries.
    pub(crate) fn fixed(address: &Address, count: i64) -> Result<Self, Refused> {
        Self::of(address, count, PAGE)
    }

    /// The page that was asked for, of as many entries as was asked for.
    pub(crate) fn sized(address: &Address, count: i64) -> Result<Self, Refused> {
        let size = address.parameter("page_size").and_then(|size| size.trim().parse().ok());
        let size = size
            .filter(|size| *size > 0)
            .map_or(PAGE, |size: u64| u32::try_from(size.min(u64::from(MAX_PAGE))).unwrap_or(MAX_PAGE));
        Self::of(address, count, size)
    }

    fn of(address: &Address, count: i64, size: u32) -> Result<Self, Refused> {
        let place = Self { number: 1, size: i64::from(size), count };
        let number = match address.parameter("page") {
            None | Some("") => Some(1),
            Some("last") => Some(place.pages()),
            Some(text) => text.trim().parse().ok(),
        };
        let number = number.filter(|number| (1..=place.pages()).contains(number));
        number.map(|number| Self { number, ..place }).ok_or_else(|| Refused::not_found("Invalid page."))
    }

    pub(crate) fn limit(self) -> i64 {
        self.size
    }

    pub(crate) fn offset(self) -> i64 {
        (self.number - 1) * self.size
    }

    fn pages(self) -> i64 {
        ((self.count + self.size - 1) / self.size).max(1)
    }

    fn next(self, address: &Address) -> Option<String> {
        (self.number < self.pages()).then(|| address.page(self.number + 1))
    }

    fn previous(self, address: &Address) -> Option<String> {
        (self.number > 1).then(|| address.page(self.number - 1))
    }
}

/// A page of paths or programs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PathPage<T> {
    /// How many there are in all.
    count: i64,
    /// Where the next page is.
    #[schema(example = "https://lms.example.com/api/learning_paths/v1/learning-paths/?page=2")]
    next: Option<String>,
    /// Where the one before is.
    previous: Option<String>,
    /// Ten at most.
    results: Vec<T>,
}

impl<T> PathPage<T> {
    pub(crate) fn of(address: &Address, place: Place, results: Vec<T>) -> Self {
        Self { count: place.count, next: place.next(address), previous: place.previous(address), results }
    }
}

/// A page of enrolments.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentPage<T> {
    /// Where the next page is.
    next: Option<String>,
    /// Where the one before is.
    previous: Option<String>,
    /// How many there are in all.
    count: i64,
    /// How many pages there are.
    num_pages: i64,
    /// Which one this is, from 1.
    current_page: i64,
    /// The place of its first entry, from 0.
    start: i64,
    /// As many as `page_size` says: ten, or up to 100.
    results: Vec<T>,
}

impl<T> EnrolmentPage<T> {
    pub(crate) fn of(address: &Address, place: Place, results: Vec<T>) -> Self {
        Self {
            next: place.next(address),
            previous: place.previous(address),
            count: place.count,
            num_pages: place.pages(),
            current_page: place.number,
            start: place.offset(),
            results,
        }
    }
}
