//! Reads one Avro datum of a [`Shape`], without copying text, and without trusting a length that it states.
//!
//! Not the reader of `apache-avro`: that one takes the end of the input for null, does not bound what nested
//! arrays allocate (apache/avro-rs#639), and clones the name of every field.

use crate::shape::Shape;

/// A datum of more values is refused: items without bytes could be any number. Open edX's events have about twenty.
const MAX_VALUES: usize = 100_000;

/// A value of a datum; what we never use is [`Opaque`](Self::Opaque).
#[derive(Debug)]
pub(crate) enum Value<'d> {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(&'d str),
    Array(Vec<Value<'d>>),
    Record(Vec<(&'d str, Value<'d>)>),
    Opaque,
}

/// Reads a datum; gives it and the bytes after it.
///
/// # Errors
/// What is wrong, in words without the payload's values.
pub(crate) fn read<'d>(shape: &'d Shape, body: &'d [u8]) -> Result<(Value<'d>, &'d [u8]), &'static str> {
    let mut reader = Reader { rest: body, values: MAX_VALUES };
    let value = reader.value(shape)?;
    Ok((value, reader.rest))
}

struct Reader<'d> {
    rest: &'d [u8],
    /// How many more values may be read.
    values: usize,
}

impl<'d> Reader<'d> {
    fn value(&mut self, shape: &'d Shape) -> Result<Value<'d>, &'static str> {
        self.values = self.values.checked_sub(1).ok_or("it holds too many values")?;
        Ok(match shape {
            Shape::Null => Value::Null,
            Shape::Boolean => match self.take(1)? {
                [0] => Value::Boolean(false),
                [1] => Value::Boolean(true),
                _ => return Err("a boolean is neither 0 nor 1"),
            },
            Shape::Int => {
                let number = self.long()?;
                i32::try_from(number).map_err(|_| "an int is out of range")?;
                Value::Long(number)
            }
            Shape::Long => Value::Long(self.long()?),
            Shape::Float => Value::Double(f32::from_le_bytes(self.array()?).into()),
            Shape::Double => Value::Double(f64::from_le_bytes(self.array()?)),
            Shape::Text => Value::Text(self.text()?),
            Shape::Bytes => {
                let length = self.length()?;
                self.take(length)?;
                Value::Opaque
            }
            Shape::Fixed(size) => {
                self.take(*size)?;
                Value::Opaque
            }
            Shape::Symbols(symbols) => Value::Text(choose(symbols, self.long()?)?),
            Shape::Union(variants) => {
                let index = self.long()?;
                self.value(choose(variants, index)?)?
            }
            Shape::Array(items) => {
                let mut values = Vec::new();
                self.blocks(|reader| {
                    values.push(reader.value(items)?);
                    Ok(())
                })?;
                Value::Array(values)
            }
            Shape::Map(items) => {
                self.blocks(|reader| {
                    reader.text()?;
                    reader.value(items).map(drop)
                })?;
                Value::Opaque
            }
            Shape::Record(fields) => {
                let mut values = Vec::with_capacity(fields.len());
                for (name, shape) in fields.iter() {
                    values.push((name.as_str(), self.value(shape)?));
                }
                Value::Record(values)
            }
        })
    }

    /// Reads the items of an array or map: blocks of a count and as many items, until a count of 0.
    fn blocks(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        loop {
            let count = match self.long()? {
                0 => return Ok(()),
                count @ 1.. => count,
                // A negative count is followed by the block's size in bytes, for those who skip it.
                count => {
                    self.long()?;
                    count.checked_neg().ok_or("a block's count is out of range")?
                }
            };
            for _ in 0..count {
                item(self)?;
            }
        }
    }

    fn text(&mut self) -> Result<&'d str, &'static str> {
        let length = self.length()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| "a string is not UTF-8")
    }

    fn length(&mut self) -> Result<usize, &'static str> {
        usize::try_from(self.long()?).map_err(|_| "a length is out of range")
    }

    /// A zig-zag number of 1 to 10 bytes.
    fn long(&mut self) -> Result<i64, &'static str> {
        let mut number = 0_u64;
        for place in 0..10 {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                break;
            }
            number |= bits << (place * 7);
            if byte < 0x80 {
                return Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        Err("a number is out of range")
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or("it ends too early")?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn take(&mut self, length: usize) -> Result<&'d [u8], &'static str> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or("it ends too early")?;
        self.rest = rest;
        Ok(bytes)
    }
}

fn choose<T>(choices: &[T], index: i64) -> Result<&T, &'static str> {
    usize::try_from(index).ok().and_then(|index| choices.get(index)).ok_or("a choice is out of range")
}

#[cfg(test)]
mod tests {
    use apache_avro::Schema;
    use apache_avro::types::Value as Written;
    use apache_avro::writer::datum::GenericDatumWriter;

    use super::*;

    fn shape(text: &str) -> Shape {
        Shape::compile(&Schema::parse_str(text).unwrap()).unwrap()
    }

    /// What is read of `value`, as `apache-avro` writes it, in the debug format; nothing may be left over.
    fn written_and_read(text: &str, value: Written, block_size: Option<usize>) -> String {
        let schema = Schema::parse_str(text).unwrap();
        let writer =
            GenericDatumWriter::builder(&schema).maybe_target_block_size(block_size).build().unwrap();
        let body = writer.write_value_to_vec(value).unwrap();
        let shape = shape(text);
        let (value, rest) = read(&shape, &body).unwrap();
        assert_eq!(rest, b"");
        format!("{value:?}")
    }

    #[test]
    fn every_primitive_is_read() {
        let cases = [
            ("\"null\"", Written::Null, "Null"),
            ("\"boolean\"", Written::Boolean(true), "Boolean(true)"),
            ("\"int\"", Written::Int(i32::MIN), "Long(-2147483648)"),
            ("\"long\"", Written::Long(i64::MIN), "Long(-9223372036854775808)"),
            ("\"long\"", Written::Long(i64::MAX), "Long(9223372036854775807)"),
            ("\"float\"", Written::Float(0.5), "Double(0.5)"),
            ("\"double\"", Written::Double(0.1), "Double(0.1)"),
            ("\"string\"", Written::String("é".into()), "Text(\"é\")"),
            ("\"bytes\"", Written::Bytes(vec![1, 2]), "Opaque"),
            (r#"{"type": "fixed", "name": "F", "size": 2}"#, Written::Fixed(2, vec![1, 2]), "Opaque"),
            (
                r#"{"type": "enum", "name": "E", "symbols": ["A", "B"]}"#,
                Written::Enum(1, "B".into()),
                "Text(\"B\")",
            ),
            (r#"["null", "long"]"#, Written::Union(1, Box::new(Written::Long(7))), "Long(7)"),
            (
                r#"{"type": "map", "values": "long"}"#,
                Written::Map([("a".into(), Written::Long(1))].into()),
                "Opaque",
            ),
            (
                r#"{"type": "long", "logicalType": "timestamp-micros"}"#,
                Written::TimestampMicros(5),
                "Long(5)",
            ),
        ];
        for (text, value, wanted) in cases {
            assert_eq!(written_and_read(text, value, None), wanted, "{text}");
        }
    }

    #[test]
    fn arrays_are_read_in_blocks_of_any_size() {
        let items = || Written::Array((0..100).map(Written::Long).collect());
        let text = r#"{"type": "array", "items": "long"}"#;
        let whole = written_and_read(text, items(), None);
        assert!(whole.starts_with("Array([Long(0), Long(1), "), "{whole}");
        for size in [1, 7, 1000] {
            assert_eq!(written_and_read(text, items(), Some(size)), whole);
        }
        // A block with a negative count says its size in bytes: -2, 2 bytes, items 1 and 2, end.
        assert_eq!(
            format!("{:?}", read(&shape(text), &[3, 4, 2, 4, 0]).unwrap().0),
            "Array([Long(1), Long(2)])"
        );
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        let nine = [0xff; 9];
        assert!(read(&shape("\"long\""), &[&nine[..], &[0x01]].concat()).is_ok());
        assert!(read(&shape("\"long\""), &[&nine[..], &[0x02]].concat()).is_err());
        assert!(read(&shape("\"long\""), &[&nine[..], &[0x81, 0x00]].concat()).is_err());
        assert!(read(&shape("\"int\""), &[0x80, 0x80, 0x80, 0x80, 0x10]).is_err());
        assert!(read(&shape("\"boolean\""), &[2]).is_err());
        assert!(read(&shape(r#"["null", "long"]"#), &[4]).is_err());
        assert!(read(&shape(r#"["null", "long"]"#), &[1]).is_err());
    }

    #[test]
    fn names_are_resolved_where_they_are_used_again() {
        let text = r#"{"type": "record", "name": "a.R", "fields": [
            {"name": "first", "type": {"type": "fixed", "name": "F", "size": 1}},
            {"name": "second", "type": ["null", "F"]}]}"#;
        assert_eq!(
            format!("{:?}", read(&shape(text), &[9, 2, 9]).unwrap().0),
            "Record([(\"first\", Opaque), (\"second\", Opaque)])"
        );
    }
}
