//! What handlers share.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use lp_http::Problem;
use lp_http::problem::Kind;
use lp_progress_store::{Catalogue, ClaimKey};
use sqlx::PgPool;

/// Connections that may write, the key of claims, and the runs as they were last seen.
#[derive(Clone)]
pub struct AdminState {
    pool: PgPool,
    pub(super) claims: Option<ClaimKey>,
    /// How often the LMS is called; `None` where there is none to call.
    pub(super) calls_per_minute: Option<u32>,
    pub(super) catalogue: SharedCatalogue,
}

impl AdminState {
    /// With the key by which people without an account are invited, and how often the LMS is called, where there are these.
    #[must_use]
    pub fn new(pool: PgPool, claims: Option<ClaimKey>, calls_per_minute: Option<u32>) -> Self {
        Self { pool, claims, calls_per_minute, catalogue: SharedCatalogue::default() }
    }
}

impl FromRef<AdminState> for PgPool {
    fn from_ref(state: &AdminState) -> Self {
        state.pool.clone()
    }
}

/// Where there is no key to hash them, external keys are not known.
pub(super) fn no_external_keys() -> Problem {
    Problem::new(Kind::Conflict).with_detail("external keys are not known here: LP_CLAIMS_KEY is not set")
}

/// Where there is no LMS to call, nobody is enrolled in courses.
pub(super) fn no_lms() -> Problem {
    Problem::new(Kind::Conflict).with_detail("courses are not known here: LP_LMS_URL is not set")
}

/// The runs as one request saw them, for the next.
#[derive(Clone, Default)]
pub(super) struct SharedCatalogue(Arc<Mutex<Catalogue>>);

impl SharedCatalogue {
    pub(super) fn get(&self) -> Catalogue {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn put(&self, catalogue: Catalogue) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = catalogue;
    }
}
