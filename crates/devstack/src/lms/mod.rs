//! A simulated LMS.
