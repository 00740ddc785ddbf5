//! `import FILE`.

mod check;
mod document;
mod problems;
#[cfg(test)]
mod tests;

pub(crate) use problems::Problems;
