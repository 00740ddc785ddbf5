//! Writer schemas, parsed once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use apache_avro::Schema;

use crate::datum::{self, Value};
use crate::poison::{Poison, reason};
use crate::shape::Shape;

/// Longer schema texts are refused; Open edX's are of 2 to 3 KiB.
const MAX_TEXT_BYTES: usize = 256 << 10;

/// The schema that a producer wrote an event with, made ready to read data of it.
#[derive(Debug)]
pub struct WriterSchema {
    shape: Shape,
    event_type: String,
}

impl WriterSchema {
    /// Parses the registry's text of a schema.
    ///
    /// # Errors
    /// When it is no Avro schema, not that of an event (a record `{event type}.CloudEvent`), or one whose data
    /// could nest without end.
    pub fn parse(text: &str) -> Result<Self, Poison> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(invalid("it is too long"));
        }
        let schema = Schema::parse_str(text).map_err(|_| invalid("it is no Avro schema"))?;
        let Schema::Record(record) = &schema else { return Err(invalid("it is no record")) };
        let (Some(namespace), "CloudEvent") = (record.name.namespace(), record.name.name()) else {
            return Err(invalid("the record's name is not {event type}.CloudEvent"));
        };
        let event_type = namespace.to_owned();
        let shape = Shape::compile(&schema).ok_or_else(|| invalid("it nests too deep or holds itself"))?;
        Ok(Self { shape, event_type })
    }

    /// The event type whose schema it is: the record's namespace.
    #[must_use]
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// Reads one datum, of which every byte must be used.
    pub(crate) fn read<'d>(&'d self, body: &'d [u8]) -> Result<Value<'d>, Poison> {
        let (value, rest) = datum::read(&self.shape, body).map_err(|why| {
            Poison::new(reason::AVRO_INVALID, format!("no datum of the writer's schema: {why}"))
        })?;
        if rest.is_empty() {
            Ok(value)
        } else {
            Err(Poison::new(reason::TRAILING_BYTES, format!("{} bytes are left after the datum", rest.len())))
        }
    }
}

fn invalid(why: &str) -> Poison {
    Poison::new(reason::SCHEMA_INVALID, format!("the writer's schema: {why}"))
}

/// Writer schemas by the registry's id, parsed once. An id never changes its meaning, so nothing is ever dropped.
#[derive(Debug, Default)]
pub struct WriterSchemas(RwLock<HashMap<u32, Arc<WriterSchema>>>);

impl WriterSchemas {
    /// The schema, if it was put in before.
    #[must_use]
    pub fn get(&self, id: u32) -> Option<Arc<WriterSchema>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Parses the registry's text for `id` and keeps it; a text that does not parse is not kept.
    ///
    /// # Errors
    /// When the text is not the schema of an event; see [`WriterSchema::parse`].
    pub fn insert(&self, id: u32, text: &str) -> Result<Arc<WriterSchema>, Poison> {
        let schema = Arc::new(WriterSchema::parse(text)?);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&schema));
        Ok(schema)
    }
}
