//! What handlers share.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRef;
use lp_lms_client::Lms;
use lp_progress_store::plugin::{PluginPath, Wanted, list_paths, number_new};
use lp_progress_store::{Catalogue, ClaimKey, StoreError};
use opaque_keys::PathKey;
use sqlx::{PgConnection, PgPool};

use super::detail::Refused;
use super::visitor::Visitor;

/// Connections that may write, the key of claims, the LMS, and the runs as they were last seen.
#[derive(Clone)]
pub struct PluginState {
    pool: PgPool,
    pub(super) claims: Option<ClaimKey>,
    pub(super) lms: Option<Lms>,
    catalogue: Arc<Mutex<Catalogue>>,
}

impl PluginState {
    /// With the key by which people without an account are invited, and the LMS, where there are these.
    #[must_use]
    pub fn new(pool: PgPool, claims: Option<ClaimKey>, lms: Option<Lms>) -> Self {
        Self { pool, claims, lms, catalogue: Arc::default() }
    }

    /// The runs as they are now; those that are new have their numbers.
    pub(super) async fn catalogue(&self, conn: &mut PgConnection) -> Result<Catalogue, StoreError> {
        let mut catalogue = self.catalogue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = catalogue.version();
        catalogue.refresh(&mut *conn).await?;
        if catalogue.version() != known {
            number_new(conn).await?;
            *self.catalogue.lock().unwrap_or_else(PoisonError::into_inner) = catalogue.clone();
        }
        Ok(catalogue)
    }

    /// The path of a key, as far as the visitor sees it.
    pub(super) async fn seen(
        &self,
        conn: &mut PgConnection,
        visitor: &Visitor,
        key: &str,
    ) -> Result<(Catalogue, PluginPath), Refused> {
        if PathKey::parse(key).is_err() {
            return Err(Refused::no_key());
        }
        let catalogue = self.catalogue(&mut *conn).await?;
        // Postgres keeps no such text.
        if key.contains('\0') {
            return Err(Refused::no_path());
        }
        let found = list_paths(conn, &visitor.viewer, Wanted::Key(key), 1, 0).await?;
        let path = found.into_iter().next().ok_or_else(Refused::no_path)?;
        Ok((catalogue, path))
    }
}

impl FromRef<PluginState> for PgPool {
    fn from_ref(state: &PluginState) -> Self {
        state.pool.clone()
    }
}
