//! The pages as browsers read them.
#![cfg(test)]

mod browser;
mod dom;
mod golden;
mod hostile;
mod linkedin;
mod privacy;
mod samples;
mod well_formed;
