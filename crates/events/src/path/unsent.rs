//! Events of ours that are still to be sent: as they are sent by now, or made to name nobody.

use std::borrow::Cow;
use std::sync::LazyLock;

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;

use super::wire;
use crate::event_type as types;
use crate::schema::WriterSchema;

#[expect(clippy::expect_used, reason = "the text is part of the program; a test parses it")]
static COMPLETED: LazyLock<WriterSchema> =
    LazyLock::new(|| WriterSchema::parse(wire::COMPLETED_SCHEMA).expect("our own schema parses"));
/// Fields that completions have got since their first release, at their end: null where a body has none.
const NULLS: [u8; 3] = [0; 3];

/// The datum as the schema has it by now, where a release from before its last fields wrote it.
#[must_use]
pub fn as_of_now<'b>(event_type: &str, body: &'b [u8]) -> Cow<'b, [u8]> {
    if event_type == types::PATH_COMPLETED && COMPLETED.read(body).is_err() {
        return Cow::Owned([body, &NULLS].concat());
    }
    Cow::Borrowed(body)
}

/// The datum of an event of ours with all personal data empty (`UserPersonalData` of Open edX, wherever it stands);
/// `None` when it is not a datum of such an event.
#[must_use]
pub fn without_names(event_type: &str, body: &[u8]) -> Option<Vec<u8>> {
    let schema = Schema::parse_str(wire::schema_text(event_type)?).ok()?;
    let mut body = body;
    let mut datum = GenericDatumReader::builder(&schema).build().ok()?.read_value(&mut body).ok()?;
    blank(&mut datum);
    GenericDatumWriter::builder(&schema).build().ok()?.write_value_to_vec(datum).ok()
}

fn blank(value: &mut Value) {
    let Value::Record(fields) = value else { return };
    for (name, value) in fields {
        match value {
            Value::Record(personal) if name == "pii" => {
                for (_, text) in personal {
                    *text = Value::String(String::new());
                }
            }
            value => blank(value),
        }
    }
}
