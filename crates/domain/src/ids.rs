//! Identities and measures, parsed once at the edge.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike as _, TimeDelta, Timelike as _, Utc};
use opaque_keys::{OpaqueKey, PathKey};
use serde::{Deserialize, Serialize};

/// Why a value is no identity or measure of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// LMS user ids are positive.
    #[error("{0} is no LMS user id: it must be 1 or more")]
    LearnerId(i64),
    /// Grades, completion and progress lie between 0 and 1.
    #[error("a ratio must be a finite number from 0 to 1")]
    Ratio,
    /// Only years 1970 to 9999 are taken.
    #[error("an instant must lie in the years 1970 to 9999")]
    Timestamp,
    /// Not a learning context or usage.
    #[error("{reason}")]
    Key {
        /// What the opaque-key parser says.
        reason: String,
    },
}

/// The LMS user id of a learner, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct LearnerId(i64);

impl LearnerId {
    /// The number, as the LMS and Postgres (`bigint`) hold it.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for LearnerId {
    type Error = ParseError;

    fn try_from(id: i64) -> Result<Self, ParseError> {
        if id >= 1 { Ok(Self(id)) } else { Err(ParseError::LearnerId(id)) }
    }
}

impl From<LearnerId> for i64 {
    fn from(id: LearnerId) -> Self {
        id.0
    }
}

impl fmt::Display for LearnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A grade, a completion or a progress: a finite number from 0 to 1.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = f64))]
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Ratio(f64);

impl Ratio {
    /// Nothing yet.
    pub const ZERO: Self = Self(0.0);
    /// The whole.
    pub const ONE: Self = Self(1.0);

    /// The number, 0 to 1.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Ratio {
    type Error = ParseError;

    fn try_from(value: f64) -> Result<Self, ParseError> {
        // `+ 0.0` turns -0.0 into 0.0: one spelling a value, so that digests agree.
        if (0.0..=1.0).contains(&value) { Ok(Self(value + 0.0)) } else { Err(ParseError::Ratio) }
    }
}

impl From<Ratio> for f64 {
    fn from(ratio: Ratio) -> Self {
        ratio.0
    }
}

impl Eq for Ratio {}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// An instant in UTC to the microsecond (what Python and Postgres keep), years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "DateTime<Utc>")]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The beginning of 1970, the earliest instant taken.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The instant for chrono and sqlx.
    #[must_use]
    pub fn get(self) -> DateTime<Utc> {
        self.0
    }

    /// This instant, but at most `skew` after `received_at`, and whether that was needed: a clock that runs ahead at the
    /// source must not win over every later fact.
    #[must_use]
    pub fn clamp_future(self, received_at: Self, skew: TimeDelta) -> (Self, bool) {
        let latest = received_at.0.checked_add_signed(skew).map_or(self, Self);
        if self > latest { (latest, true) } else { (self, false) }
    }
}

impl Serialize for Timestamp {
    /// `2026-01-31T12:00:00Z`, or with six decimals. Written digit by digit: verdicts hold many, and chrono's own way takes
    /// most of the time of their digests.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let (micros, whole) = (self.0.timestamp_subsec_micros(), 19);
        let fields = [
            (0, 4, self.0.year().unsigned_abs()),
            (5, 2, self.0.month()),
            (8, 2, self.0.day()),
            (11, 2, self.0.hour()),
            (14, 2, self.0.minute()),
            (17, 2, self.0.second()),
            (20, 6, micros),
        ];
        for (from, digits, mut value) in fields {
            for digit in text[from..from + digits].iter_mut().rev() {
                // A remainder by 10 is a digit.
                *digit = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        let text = if micros == 0 {
            text[whole] = b'Z';
            &text[..=whole]
        } else {
            &text[..]
        };
        serializer.serialize_str(std::str::from_utf8(text).map_err(serde::ser::Error::custom)?)
    }
}

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = ParseError;

    fn try_from(at: DateTime<Utc>) -> Result<Self, ParseError> {
        // Through microseconds, so that a leap second is the second after it, as for Python and Postgres.
        DateTime::from_timestamp_micros(at.timestamp_micros())
            .filter(|at| (1970..=9999).contains(&at.year()))
            .map(Self)
            .ok_or(ParseError::Timestamp)
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(at: Timestamp) -> Self {
        at.0
    }
}

/// The key of a learning context or usage that facts are about: anything but a path run.
///
/// Cheap to clone; compared byte by byte, as Open edX does on PostgreSQL.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContextKey(Arc<str>);

impl ContextKey {
    /// Parses any opaque key that facts can be about.
    ///
    /// # Errors
    /// When `key` is no opaque key, or is the key of a path run.
    pub fn parse(key: &str) -> Result<Self, ParseError> {
        match OpaqueKey::parse(key) {
            Ok(OpaqueKey::Path(_)) => Err(ParseError::Key {
                reason: "the key of a path run, not of a learning context or usage".into(),
            }),
            Ok(parsed) => Ok(Self(parsed.into())),
            Err(error) => Err(ParseError::Key { reason: error.to_string() }),
        }
    }

    /// The key as the LMS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The course that it is a run of, as organisation and number, and the run's name; `None` for what is no course run.
    #[must_use]
    pub fn course_run(&self) -> Option<([String; 2], String)> {
        let Ok(OpaqueKey::Course(key)) = OpaqueKey::parse(&self.0) else { return None };
        Some(([key.org()?.to_owned(), key.course()?.to_owned()], key.run()?.to_owned()))
    }

    /// The organisation in it, if its kind of key has one.
    #[must_use]
    pub fn org(&self) -> Option<String> {
        OpaqueKey::parse(&self.0).ok()?.org().map(ToOwned::to_owned)
    }
}

impl TryFrom<String> for ContextKey {
    type Error = ParseError;

    fn try_from(key: String) -> Result<Self, ParseError> {
        Self::parse(&key)
    }
}

impl From<ContextKey> for String {
    fn from(key: ContextKey) -> Self {
        key.0.as_ref().into()
    }
}

impl fmt::Display for ContextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key of a path run, `path-v1:{org}+{number}+{run}+{group}`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunKey(Arc<str>);

impl RunKey {
    /// Parses the key of a path run.
    ///
    /// # Errors
    /// When `key` is no `path-v1` key of four parts.
    pub fn parse(key: &str) -> Result<Self, ParseError> {
        match PathKey::parse(key) {
            Ok(parsed) => Ok(Self(parsed.into())),
            Err(error) => Err(ParseError::Key { reason: error.to_string() }),
        }
    }

    /// The organisation of the path that it is a run of.
    #[must_use]
    pub fn org(&self) -> &str {
        self.part(0)
    }

    /// The path's number within the organisation.
    #[must_use]
    pub fn number(&self) -> &str {
        self.part(1)
    }

    /// The key that another run of the same path has, for the same group; `None` where that is no key.
    #[must_use]
    pub fn with_run(&self, run: &str) -> Option<Self> {
        Self::parse(&format!("path-v1:{}+{}+{run}+{}", self.org(), self.number(), self.part(3))).ok()
    }

    fn part(&self, index: usize) -> &str {
        let (_, parts) = self.0.split_once(':').unwrap_or_default();
        parts.split('+').nth(index).unwrap_or_default()
    }

    /// The key as clients write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for RunKey {
    type Error = ParseError;

    fn try_from(key: String) -> Result<Self, ParseError> {
        Self::parse(&key)
    }
}

impl From<RunKey> for String {
    fn from(key: RunKey) -> Self {
        key.0.as_ref().into()
    }
}

impl fmt::Display for RunKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
