//! The CloudEvents headers of a message.

use lp_domain::Timestamp;
use uuid::Uuid;

use crate::instant;
use crate::poison::{Poison, reason};

/// A message's Kafka headers, in order, values as bytes.
pub type RawHeaders = [(String, Option<Vec<u8>>)];

/// What the headers say of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `ce_type`.
    pub event_type: String,
    /// `ce_id`; the LMS makes a new one each time that it repeats a fact.
    pub id: Uuid,
    /// `ce_time`, in UTC.
    pub time: Timestamp,
    /// `ce_source`, such as `openedx/lms/web`.
    pub source: Option<String>,
    /// `ce_minorversion`, 0 if it is not given.
    pub minorversion: u32,
    /// `sourcelib`: the producer's version of openedx-events.
    pub sourcelib: Option<String>,
    /// W3C trace context, if there is a well-formed one.
    pub traceparent: Option<String>,
}

impl Envelope {
    /// Reads the headers of an event.
    ///
    /// # Errors
    /// When `ce_type`, `ce_id` or `ce_time` is missing, when any header that we read is there twice,
    /// or when a value is not what it must be: UTF-8, a UUID, an instant in UTC.
    pub fn parse(headers: &RawHeaders) -> Result<Self, Poison> {
        let event_type = event_type(headers)?.to_owned();
        let id = Uuid::try_parse(required(headers, "ce_id")?)
            .map_err(|_| Poison::new(reason::HEADER_INVALID, "ce_id is no UUID"))?;
        let time = instant::parse_utc(required(headers, "ce_time")?)
            .map_err(|why| Poison::new(reason::HEADER_INVALID, format!("ce_time: {why}")))?;
        let minorversion = match optional(headers, "ce_minorversion")? {
            None => 0,
            Some(text) => text
                .parse()
                .map_err(|_| Poison::new(reason::HEADER_INVALID, "ce_minorversion is no whole number"))?,
        };
        Ok(Self {
            event_type,
            id,
            time,
            source: optional(headers, "ce_source")?.map(str::to_owned),
            minorversion,
            sourcelib: optional(headers, "sourcelib")?.map(str::to_owned),
            traceparent: traceparent(headers),
        })
    }
}

/// The `ce_type` alone: enough to skip the types that we do not know, whatever else is wrong with them.
///
/// # Errors
/// When it is missing, there twice, or not UTF-8.
pub fn event_type(headers: &RawHeaders) -> Result<&str, Poison> {
    required(headers, "ce_type")
}

fn required<'h>(headers: &'h RawHeaders, name: &str) -> Result<&'h str, Poison> {
    optional(headers, name)?
        .ok_or_else(|| Poison::new(reason::HEADER_MISSING, format!("there is no header {name}")))
}

fn optional<'h>(headers: &'h RawHeaders, name: &str) -> Result<Option<&'h str>, Poison> {
    let mut values = headers.iter().filter(|(header, _)| header == name).map(|(_, value)| value);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Poison::new(reason::HEADER_DUPLICATE, format!("the header {name} is there twice")));
    }
    let text = std::str::from_utf8(value.as_deref().unwrap_or_default())
        .map_err(|_| Poison::new(reason::HEADER_INVALID, format!("{name} is not UTF-8")))?;
    if text.contains('\0') {
        return Err(Poison::new(reason::HEADER_INVALID, format!("{name} holds U+0000")));
    }
    Ok(Some(text))
}

/// The trace context; anything odd about it is no reason to refuse an event.
fn traceparent(headers: &RawHeaders) -> Option<String> {
    let text = optional(headers, "traceparent").ok()??;
    let well_formed =
        text.len() == 55 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    well_formed.then(|| text.to_owned())
}
