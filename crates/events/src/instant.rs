//! Dates as Open edX writes them: Python's `isoformat()`.

use chrono::{DateTime, Timelike as _};
use lp_domain::Timestamp;

/// Parses an instant with any offset; a naive one is refused.
pub(crate) fn parse(text: &str) -> Result<Timestamp, &'static str> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|_| "not an ISO 8601 date with time and offset")?;
    // chrono keeps a leap second as nanoseconds beyond a second; Python knows none.
    if at.nanosecond() >= 1_000_000_000 {
        return Err("second 60");
    }
    Timestamp::try_from(at.to_utc()).map_err(|_| "not within the years 1970 to 9999")
}

/// Parses an instant that must be written in UTC, as `ce_time` must.
pub(crate) fn parse_utc(text: &str) -> Result<Timestamp, &'static str> {
    if text.ends_with('Z') || text.ends_with("+00:00") {
        parse(text)
    } else {
        Err("not in UTC (Z or +00:00)")
    }
}

/// Writes an instant as Python's `isoformat()` does, so that `fromisoformat()` of any version reads it.
pub(crate) fn iso(at: Timestamp) -> String {
    let at = at.get();
    let format = if at.nanosecond() == 0 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S%.6f+00:00" };
    at.format(format).to_string()
}
