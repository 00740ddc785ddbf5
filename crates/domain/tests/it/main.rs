//! The rules, by example and by property.

mod order;
mod properties;

mod support;
