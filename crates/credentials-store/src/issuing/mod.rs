//! What is issued for awards: keys, definitions, status lists, credentials.

pub mod achievements;
pub mod credentials;
pub mod due;
pub mod images;
pub mod keys;
pub mod lists;
pub mod shown;
pub mod versions;

pub use lp_audit as audit;
