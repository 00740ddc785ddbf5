//! What handlers share.

use axum::extract::FromRef;
use sqlx::PgPool;

use super::{MinGroup, Rosters};

/// Connections that only read.
#[derive(Clone)]
pub struct QueryState {
    readers: PgPool,
    rosters: Rosters,
    pub(super) min_group: MinGroup,
}

impl QueryState {
    /// `readers` take the role that only reads.
    #[must_use]
    pub fn new(readers: PgPool) -> Self {
        Self { rosters: Rosters::of(&readers), min_group: MinGroup::default(), readers }
    }

    /// Reports hide counts of smaller groups.
    #[must_use]
    pub fn with_min_group(self, min_group: MinGroup) -> Self {
        Self { min_group, ..self }
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
