//! What is signed, checked, listed and baked, over all shapes.

#![expect(clippy::unwrap_used, reason = "helpers of tests; clippy sees only the tests themselves")]

mod cases;
mod issuer;
mod outside;
mod shapes;
mod signing;
mod tampering;
mod terms;
