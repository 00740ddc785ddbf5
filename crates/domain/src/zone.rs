//! A time zone: when its days begin, and what its clocks show.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};

use crate::ids::Timestamp;

/// A name that the IANA time zone database does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone of the IANA database, such as `Europe/Paris`")]
pub struct UnknownZone(pub String);

/// A time zone of the IANA database, by the copy of it that is compiled in; `UTC` unless said otherwise.
///
/// Cheap to clone. Read in any case (`europe/paris`), written as the database writes it (`Europe/Paris`).
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "Europe/Paris"))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of this name.
    ///
    /// # Errors
    /// When the database has none.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let found = TimeZoneDatabase::bundled().get(name).ok();
        // `Etc/Unknown` is found but has no name.
        let named = found.filter(|zone| zone.iana_name().is_some());
        named.map(Self).ok_or_else(|| UnknownZone(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        // Only zones with a name are parsed.
        self.0.iana_name().unwrap_or("UTC")
    }

    /// When the day begins: the first instant from which on no earlier day is left.
    ///
    /// Where midnight does not exist, that is when the clocks jump over it; a day that is skipped begins as the next one does.
    /// Where midnight comes twice it is the first, unless the clocks go back to the day before, as they did in Newfoundland.
    /// Nothing when it lies outside the years that a [`Timestamp`] takes.
    #[must_use]
    pub fn day_begins(&self, day: NaiveDate) -> Option<Timestamp> {
        let midnight = self.0.to_ambiguous_timestamp(civil(day.and_time(NaiveTime::MIN))?);
        let begins = match midnight.offset() {
            AmbiguousOffset::Unambiguous { .. } => midnight.unambiguous().ok()?,
            AmbiguousOffset::Gap { .. } => self.0.following(midnight.earlier().ok()?).next()?.timestamp(),
            AmbiguousOffset::Fold { .. } => {
                let again = midnight.later().ok()?;
                let before = again.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()?;
                let went_back = self.0.to_datetime(before).date() < midnight.datetime().date();
                if went_back { again } else { midnight.earlier().ok()? }
            }
        };
        timestamp(begins)
    }

    /// When the day has ended: the instant at which the next one begins, which is no longer part of it.
    #[must_use]
    pub fn day_ends(&self, day: NaiveDate) -> Option<Timestamp> {
        self.day_begins(day.succ_opt()?)
    }

    /// When clocks show this. What they show twice is the first time; what they jump over is read as if they had not, yet
    /// (RFC 5545, section 3.3.5). Nothing when it lies outside the years that a [`Timestamp`] takes.
    #[must_use]
    pub fn instant(&self, local: NaiveDateTime) -> Option<Timestamp> {
        timestamp(self.0.to_ambiguous_timestamp(civil(local)?).compatible().ok()?)
    }

    /// The day that calendars show at an instant. Nothing in the last two days of 9999.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> Option<NaiveDate> {
        let at = jiff::Timestamp::from_microsecond(at.get().timestamp_micros()).ok()?;
        let day = self.0.to_datetime(at).date();
        NaiveDate::from_ymd_opt(day.year().into(), day.month().try_into().ok()?, day.day().try_into().ok()?)
    }
}

fn civil(local: NaiveDateTime) -> Option<civil::DateTime> {
    let part = |part: u32| i8::try_from(part).ok();
    let (year, nanos) = (i16::try_from(local.year()).ok()?, i32::try_from(local.nanosecond()).ok()?);
    let (month, day) = (part(local.month())?, part(local.day())?);
    let (hour, minute, second) = (part(local.hour())?, part(local.minute())?, part(local.second())?);
    civil::DateTime::new(year, month, day, hour, minute, second, nanos).ok()
}

fn timestamp(at: jiff::Timestamp) -> Option<Timestamp> {
    DateTime::from_timestamp_micros(at.as_microsecond())?.try_into().ok()
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        Self::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No zone of the database has had such a change since 1970, but one may.
    #[test]
    fn a_day_begins_as_clocks_jump_though_they_jump_before_midnight() {
        // From 23:30 of 31 March to 0:30 of 1 April.
        let zone = Zone(TimeZone::posix("AAA0BBB,J90/23:30,J300").unwrap());
        let april = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let jump = april.pred_opt().unwrap().and_hms_opt(23, 30, 0).unwrap().and_utc();
        assert_eq!(zone.day_begins(april).unwrap().get(), jump);
    }
}
