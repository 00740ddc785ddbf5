//! The layout of a datum, compiled from the writer's schema: names resolved, logical types dropped.

use std::collections::HashMap;
use std::sync::Arc;

use apache_avro::Schema;
use apache_avro::schema::{InnerDecimalSchema, Name, UuidSchema};

/// How deep data may nest, as reading uses the stack once a level. Open edX's events nest four records deep.
const MAX_DEPTH: usize = 32;

/// The layout of one value.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Symbols(Arc<[String]>),
    Array(Arc<Shape>),
    Map(Arc<Shape>),
    Union(Arc<[Shape]>),
    Record(Arc<[(String, Shape)]>),
}

impl Shape {
    /// `None` if the schema nests too deep, holds itself, or names what it does not define before.
    pub(crate) fn compile(schema: &Schema) -> Option<Self> {
        compile(schema, &mut HashMap::new(), MAX_DEPTH).map(|(shape, _)| shape)
    }
}

/// Shapes and their depths by name, of definitions that are complete.
type Known = HashMap<Name, (Shape, usize)>;

/// The shape and its depth, which is at most `room`.
fn compile(schema: &Schema, known: &mut Known, room: usize) -> Option<(Shape, usize)> {
    let below = room.checked_sub(1)?;
    let shape = match schema {
        Schema::Null => Shape::Null,
        Schema::Boolean => Shape::Boolean,
        Schema::Int | Schema::Date | Schema::TimeMillis => Shape::Int,
        Schema::Long
        | Schema::TimeMicros
        | Schema::TimestampMillis
        | Schema::TimestampMicros
        | Schema::TimestampNanos
        | Schema::LocalTimestampMillis
        | Schema::LocalTimestampMicros
        | Schema::LocalTimestampNanos => Shape::Long,
        Schema::Float => Shape::Float,
        Schema::Double => Shape::Double,
        Schema::Bytes | Schema::BigDecimal | Schema::Uuid(UuidSchema::Bytes) => Shape::Bytes,
        Schema::String | Schema::Uuid(UuidSchema::String) => Shape::Text,
        Schema::Decimal(decimal) => match &decimal.inner {
            InnerDecimalSchema::Bytes => Shape::Bytes,
            InnerDecimalSchema::Fixed(fixed) => define(known, &fixed.name, Shape::Fixed(fixed.size), 1),
        },
        Schema::Fixed(fixed) | Schema::Duration(fixed) | Schema::Uuid(UuidSchema::Fixed(fixed)) => {
            define(known, &fixed.name, Shape::Fixed(fixed.size), 1)
        }
        Schema::Enum(symbols) => {
            define(known, &symbols.name, Shape::Symbols(symbols.symbols.as_slice().into()), 1)
        }
        Schema::Array(array) => {
            let (items, depth) = compile(&array.items, known, below)?;
            return Some((Shape::Array(Arc::new(items)), depth + 1));
        }
        Schema::Map(map) => {
            let (values, depth) = compile(&map.types, known, below)?;
            return Some((Shape::Map(Arc::new(values)), depth + 1));
        }
        Schema::Union(union) => {
            let (mut variants, mut deepest) = (Vec::new(), 0);
            for variant in union.variants() {
                let (shape, depth) = compile(variant, known, below)?;
                variants.push(shape);
                deepest = deepest.max(depth);
            }
            return Some((Shape::Union(variants.into()), deepest + 1));
        }
        Schema::Record(record) => {
            let (mut fields, mut deepest) = (Vec::new(), 0);
            for field in &record.fields {
                let (shape, depth) = compile(&field.schema, known, below)?;
                fields.push((field.name.clone(), shape));
                deepest = deepest.max(depth);
            }
            let shape = define(known, &record.name, Shape::Record(fields.into()), deepest + 1);
            return Some((shape, deepest + 1));
        }
        // A name that is not known is being defined around us: the schema holds itself.
        Schema::Ref { name } => return known.get(name).filter(|(_, depth)| *depth <= room).cloned(),
    };
    Some((shape, 1))
}

fn define(known: &mut Known, name: &Name, shape: Shape, depth: usize) -> Shape {
    known.insert(name.clone(), (shape.clone(), depth));
    shape
}
