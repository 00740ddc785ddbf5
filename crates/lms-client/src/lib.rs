#![doc = include_str!("../README.md")]

mod accounts;
mod breaker;
mod bulk;
mod call;
mod certificate;
mod client;
mod course;
mod enrol;
mod enrolment;
mod error;
mod grade;
mod http;
mod pace;
mod seen;
mod settings;
mod token;

pub use bulk::{BULK_PAIRS_MAX, Bulk, BulkOutcome};
pub use certificate::{Certificate, CertificateTold};
pub use client::Lms;
pub use course::CourseWindow;
pub use enrol::{CourseOutcome, Refusal};
pub use enrolment::CourseEnrolment;
pub use error::{LmsError, SetupError};
pub use grade::{CourseGrade, GradeTold};
pub use seen::Seen;
pub use settings::{Limits, Settings};
