//! The fields of a decoded record, taken by name and parsed.

use lp_domain::{ContextKey, LearnerId, Ratio, RunKey, Timestamp};
use uuid::Uuid;

use crate::datum::Value;
use crate::instant;
use crate::keys;
use crate::poison::{Poison, reason};

/// A record of a datum. What nobody takes is ignored, so producers may add and move fields.
pub(crate) struct Fields<'d> {
    /// Where the record stands, for people: `certificate.user.`.
    path: String,
    fields: Vec<(&'d str, Value<'d>)>,
}

impl<'d> Fields<'d> {
    /// The fields of the whole datum.
    pub(crate) fn of_datum(value: Value<'d>) -> Result<Self, Poison> {
        Self::of(value, String::new())
    }

    fn of(value: Value<'d>, path: String) -> Result<Self, Poison> {
        match value {
            Value::Record(fields) => Ok(Self { path, fields }),
            _ => Err(Poison::new(reason::FIELD_TYPE, format!("{path} is no record"))),
        }
    }

    /// Takes a field; `None` if it is null or not there.
    fn take(&mut self, name: &str) -> Option<Value<'d>> {
        let position = self.fields.iter().position(|(field, _)| *field == name)?;
        match self.fields.swap_remove(position).1 {
            Value::Null => None,
            value => Some(value),
        }
    }

    fn required(&mut self, name: &str) -> Result<Value<'d>, Poison> {
        self.take(name).ok_or_else(|| self.poison(reason::FIELD_MISSING, name, "is not there"))
    }

    fn poison(&self, reason: &'static str, name: &str, why: &str) -> Poison {
        Poison::new(reason, format!("{}{name} {why}", self.path))
    }

    fn of_type(&self, name: &str, wanted: &str) -> Poison {
        self.poison(reason::FIELD_TYPE, name, &format!("is no {wanted}"))
    }

    /// A nested record.
    pub(crate) fn record(&mut self, name: &str) -> Result<Self, Poison> {
        let value = self.required(name)?;
        Self::of(value, format!("{}{name}.", self.path))
    }

    /// A string that Postgres can store, as it stands in the message.
    pub(crate) fn text(&mut self, name: &str) -> Result<&'d str, Poison> {
        let value = self.required(name)?;
        self.as_text(name, &value)
    }

    /// A string that may be null.
    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<&'d str>, Poison> {
        self.take(name).map(|value| self.as_text(name, &value)).transpose()
    }

    fn as_text(&self, name: &str, value: &Value<'d>) -> Result<&'d str, Poison> {
        match value {
            Value::Text(text) if text.contains('\0') => {
                Err(self.poison(reason::STRING_NUL, name, "holds U+0000"))
            }
            Value::Text(text) => Ok(text),
            _ => Err(self.of_type(name, "string")),
        }
    }

    /// A string to keep.
    pub(crate) fn string(&mut self, name: &str) -> Result<String, Poison> {
        self.text(name).map(str::to_owned)
    }

    /// A word that says something: a string that is not empty.
    pub(crate) fn word(&mut self, name: &str) -> Result<String, Poison> {
        let text = self.text(name)?;
        if text.is_empty() {
            Err(self.poison(reason::WORD_EMPTY, name, "is empty"))
        } else {
            Ok(text.to_owned())
        }
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, name: &str) -> Result<bool, Poison> {
        match self.required(name)? {
            Value::Boolean(value) => Ok(value),
            _ => Err(self.of_type(name, "boolean")),
        }
    }

    /// A whole number.
    pub(crate) fn long(&mut self, name: &str) -> Result<i64, Poison> {
        match self.required(name)? {
            Value::Long(value) => Ok(value),
            _ => Err(self.of_type(name, "long")),
        }
    }

    /// A count from 1.
    pub(crate) fn count(&mut self, name: &str) -> Result<u32, Poison> {
        u32::try_from(self.long(name)?)
            .ok()
            .filter(|count| *count >= 1)
            .ok_or_else(|| self.poison(reason::FIELD_TYPE, name, "is no count from 1"))
    }

    /// The LMS id of a user.
    pub(crate) fn learner(&mut self, name: &str) -> Result<LearnerId, Poison> {
        LearnerId::try_from(self.long(name)?)
            .map_err(|_| self.poison(reason::LEARNER_INVALID, name, "is not 1 or more"))
    }

    /// A grade, completion or progress.
    pub(crate) fn ratio(&mut self, name: &str) -> Result<Ratio, Poison> {
        let Value::Double(value) = self.required(name)? else { return Err(self.of_type(name, "double")) };
        Ratio::try_from(value).map_err(|_| self.poison(reason::RATIO_INVALID, name, "is not within 0 to 1"))
    }

    /// The same as a decimal number, or nothing where the string is empty.
    pub(crate) fn ratio_or_empty(&mut self, name: &str) -> Result<Option<Ratio>, Poison> {
        let text = self.text(name)?;
        self.as_ratio(name, text)
    }

    fn as_ratio(&self, name: &str, text: &str) -> Result<Option<Ratio>, Poison> {
        if text.is_empty() {
            return Ok(None);
        }
        let ratio = text.parse().ok().and_then(|number: f64| Ratio::try_from(number).ok());
        ratio.map(Some).ok_or_else(|| self.poison(reason::RATIO_INVALID, name, "is not within 0 to 1"))
    }

    /// A date with its offset.
    pub(crate) fn date(&mut self, name: &str) -> Result<Timestamp, Poison> {
        let text = self.text(name)?;
        self.as_date(name, text)
    }

    /// A date that may be null.
    pub(crate) fn optional_date(&mut self, name: &str) -> Result<Option<Timestamp>, Poison> {
        self.optional_text(name)?.map(|text| self.as_date(name, text)).transpose()
    }

    /// A date, or none where the string is empty.
    pub(crate) fn date_or_empty(&mut self, name: &str) -> Result<Option<Timestamp>, Poison> {
        let text = self.text(name)?;
        self.as_date_or_empty(name, text)
    }

    fn as_date_or_empty(&self, name: &str, text: &str) -> Result<Option<Timestamp>, Poison> {
        (!text.is_empty()).then(|| self.as_date(name, text)).transpose()
    }

    fn as_date(&self, name: &str, text: &str) -> Result<Timestamp, Poison> {
        instant::parse(text)
            .map_err(|why| self.poison(reason::DATE_INVALID, name, &format!("is no date: {why}")))
    }

    /// The key of a course run, in any of its forms.
    pub(crate) fn course(&mut self, name: &str) -> Result<ContextKey, Poison> {
        let text = self.text(name)?;
        keys::course(text).ok_or_else(|| self.poison(reason::KEY_INVALID, name, "is no key of a course run"))
    }

    /// The key of a block.
    pub(crate) fn usage(&mut self, name: &str) -> Result<ContextKey, Poison> {
        let text = self.text(name)?;
        keys::usage(text).ok_or_else(|| self.poison(reason::KEY_INVALID, name, "is no key of a block"))
    }

    /// The key of a path run.
    pub(crate) fn run(&mut self, name: &str) -> Result<RunKey, Poison> {
        let text = self.text(name)?;
        RunKey::parse(text).map_err(|_| self.poison(reason::KEY_INVALID, name, "is no key of a path run"))
    }

    /// A UUID written as a string.
    pub(crate) fn uuid(&mut self, name: &str) -> Result<Uuid, Poison> {
        let text = self.text(name)?;
        self.as_uuid(name, text)
    }

    /// A UUID, or none where the string is empty.
    pub(crate) fn uuid_or_empty(&mut self, name: &str) -> Result<Option<Uuid>, Poison> {
        let text = self.text(name)?;
        (!text.is_empty()).then(|| self.as_uuid(name, text)).transpose()
    }

    fn as_uuid(&self, name: &str, text: &str) -> Result<Uuid, Poison> {
        Uuid::try_parse(text).map_err(|_| self.poison(reason::UUID_INVALID, name, "is no UUID"))
    }

    /// A list of keys of learning contexts and usages.
    pub(crate) fn contexts(&mut self, name: &str) -> Result<Vec<ContextKey>, Poison> {
        let values = self.required(name)?;
        self.each(name, values, |text| {
            keys::context(text)
                .ok_or_else(|| self.poison(reason::KEY_INVALID, name, "holds what is no opaque key"))
        })
    }

    /// A list that may be null, of strings, of which an empty one says nothing.
    pub(crate) fn optional_strings(&mut self, name: &str) -> Result<Vec<Option<String>>, Poison> {
        self.each_of_optional(name, |_, text| Ok((!text.is_empty()).then(|| text.to_owned())))
    }

    /// A list that may be null, of decimal numbers from 0 to 1, likewise.
    pub(crate) fn optional_ratios(&mut self, name: &str) -> Result<Vec<Option<Ratio>>, Poison> {
        self.each_of_optional(name, |fields, text| fields.as_ratio(name, text))
    }

    /// A list that may be null, of dates, likewise.
    pub(crate) fn optional_dates(&mut self, name: &str) -> Result<Vec<Option<Timestamp>>, Poison> {
        self.each_of_optional(name, |fields, text| fields.as_date_or_empty(name, text))
    }

    fn each_of_optional<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&Self, &str) -> Result<T, Poison>,
    ) -> Result<Vec<T>, Poison> {
        let Some(values) = self.take(name) else { return Ok(Vec::new()) };
        self.each(name, values, |text| parse(self, text))
    }

    fn each<T>(
        &self,
        name: &str,
        values: Value<'d>,
        parse: impl Fn(&str) -> Result<T, Poison>,
    ) -> Result<Vec<T>, Poison> {
        let Value::Array(values) = values else { return Err(self.of_type(name, "array")) };
        values.iter().map(|value| parse(self.as_text(name, value)?)).collect()
    }
}
