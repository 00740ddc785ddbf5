//! Instants as credentials print them.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "%Y-%m-%dT%H:%M:%SZ";

/// Why a text or an instant is none that credentials print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InstantError {
    /// `xsd:dateTime` has four digits for these, and a sign for others.
    #[error("an instant must lie in the years 1 to 9999")]
    Year,
    /// Fractions and other zones say the same in other bytes.
    #[error("an instant is written as 2026-05-01T12:34:56Z")]
    Form,
}

/// A whole second, in UTC: `2026-05-01T12:34:56Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// The instant.
    #[must_use]
    pub fn get(self) -> DateTime<Utc> {
        self.0
    }
}

/// Drops the fraction of the second.
impl TryFrom<DateTime<Utc>> for Instant {
    type Error = InstantError;

    fn try_from(instant: DateTime<Utc>) -> Result<Self, InstantError> {
        // By its seconds since 1970, in which a leap second is the one before it.
        let instant = DateTime::from_timestamp(instant.timestamp(), 0).ok_or(InstantError::Year)?;
        if (1..=9999).contains(&instant.year()) { Ok(Self(instant)) } else { Err(InstantError::Year) }
    }
}

impl TryFrom<String> for Instant {
    type Error = InstantError;

    fn try_from(text: String) -> Result<Self, InstantError> {
        let parsed = NaiveDateTime::parse_from_str(&text, FORMAT).map_err(|_| InstantError::Form)?;
        let instant = Self::try_from(parsed.and_utc())?;
        if instant.to_string() == text { Ok(instant) } else { Err(InstantError::Form) }
    }
}

impl From<Instant> for String {
    fn from(instant: Instant) -> Self {
        instant.to_string()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format(FORMAT).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way_to_write_an_instant() {
        let text = "2026-05-01T12:34:56Z";
        assert_eq!(Instant::try_from(text.to_owned()).unwrap().to_string(), text);
        for other in [
            "2026-05-01T12:34:56.5Z",
            "2026-05-01T12:34:56+00:00",
            "2026-05-01 12:34:56Z",
            "2026-5-1T12:34:56Z",
            "2026-05-01T12:34:60Z",
            "+2026-05-01T12:34:56Z",
            "2026-05-01",
            "",
        ] {
            assert_eq!(Instant::try_from(other.to_owned()), Err(InstantError::Form), "{other}");
        }
    }

    #[test]
    fn fractions_are_dropped_and_far_years_refused() {
        let instant: DateTime<Utc> = "2026-05-01T12:34:56.999Z".parse().unwrap();
        assert_eq!(Instant::try_from(instant).unwrap().to_string(), "2026-05-01T12:34:56Z");
        assert_eq!(Instant::try_from(DateTime::<Utc>::MAX_UTC), Err(InstantError::Year));
        assert_eq!(Instant::try_from(DateTime::<Utc>::MIN_UTC), Err(InstantError::Year));
    }
}
