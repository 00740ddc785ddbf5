//! Credentials in pictures.
