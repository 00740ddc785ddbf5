//! What handlers share.

use axum::extract::FromRef;
use sqlx::PgPool;

use super::roster::Rosters;

/// Connections that only read.
#[derive(Clone)]
pub struct QueryState {
    readers: PgPool,
    rosters: Rosters,
}

impl QueryState {
    /// `readers` take the role that only reads.
    #[must_use]
    pub fn new(readers: PgPool) -> Self {
        Self { rosters: Rosters::of(&readers), readers }
    }
}

impl FromRef<QueryState> for PgPool {
    fn from_ref(state: &QueryState) -> Self {
        state.readers.clone()
    }
}

impl FromRef<QueryState> for Rosters {
    fn from_ref(state: &QueryState) -> Self {
        state.rosters.clone()
    }
}
