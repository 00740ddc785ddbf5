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
