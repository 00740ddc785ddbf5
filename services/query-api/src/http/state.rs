//! What handlers share.

use axum::extract::FromRef;
use sqlx::PgPool;

/// Connections that only read.
#[derive(Clone)]
pub struct QueryState {
    readers: PgPool,
}

impl QueryState {
    /// `readers` take the role that only reads.
    #[must_use]
    pub fn new(readers: PgPool) -> Self {
        Self { readers }
    }
}

impl FromRef<QueryState> for PgPool {
    fn from_ref(state: &QueryState) -> Self {
        state.readers.clone()
    }
}
