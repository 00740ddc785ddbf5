//! Events of ours that are still to be sent, made to name nobody.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use apache_avro::writer::datum::GenericDatumWriter;

use super::wire;

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
