//! What handlers share.

use axum::extract::FromRef;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::{MinGroup, Rosters};
use crate::live::{Live, LiveLimits};

/// Connections that only read, and the live streams.
#[derive(Clone)]
pub struct QueryState {
    readers: PgPool,
    rosters: Rosters,
    pub(super) min_group: MinGroup,
    live: Live,
}

impl QueryState {
    /// `readers` take the role that only reads.
    #[must_use]
    pub fn new(readers: PgPool) -> Self {
        let live = Live::new(readers.clone(), LiveLimits::default(), CancellationToken::new());
        Self { rosters: Rosters::of(&readers), min_group: MinGroup::default(), live, readers }
    }

    /// Reports hide counts of smaller groups.
    #[must_use]
    pub fn with_min_group(self, min_group: MinGroup) -> Self {
        Self { min_group, ..self }
    }

    /// With live streams that hear of changes.
    #[must_use]
    pub fn with_live(self, live: Live) -> Self {
        Self { live, ..self }
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

impl FromRef<QueryState> for Live {
    fn from_ref(state: &QueryState) -> Self {
        state.live.clone()
    }
}
