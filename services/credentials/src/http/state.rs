//! What handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use lp_http::Problem;
use lp_http::problem::Kind;
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::drawing::Drawing;
use crate::issuing::{Secrets, Site};
use crate::store::document_pool;

/// Connections, and who issues.
#[derive(Clone)]
pub struct CredentialsState {
    readers: PgPool,
    pub(super) writers: PgPool,
    pub(super) documents: PgPool,
    issuer: Option<Arc<Issuer>>,
    archives: Arc<Semaphore>,
}

/// Archives that are made at once.
const MOST_ARCHIVES: usize = 2;

/// Who issues, and by which secret.
#[derive(Debug)]
pub struct Issuer {
    /// Where credentials are found.
    pub site: Site,
    /// What only this installation knows.
    pub secrets: Secrets,
    /// Designs and fonts.
    pub drawing: Drawing,
}

impl CredentialsState {
    /// Of connections that read awards alone, and of such as change something. As many as of the first read documents. Without an
    /// issuer nothing is issued.
    #[must_use]
    pub fn new(readers: PgPool, writers: PgPool, issuer: Option<Arc<Issuer>>) -> Self {
        let most = readers.options().get_max_connections();
        let documents = document_pool((*readers.connect_options()).clone(), most);
        Self { readers, writers, documents, issuer, archives: Arc::new(Semaphore::new(MOST_ARCHIVES)) }
    }

    pub(super) fn issuer(&self) -> Result<&Issuer, Problem> {
        self.issuer.as_deref().ok_or_else(|| {
            Problem::new(Kind::Conflict)
                .with_detail("no credentials are issued here: LP_CREDENTIALS_URL is not set")
        })
    }

    /// The same, to be kept for longer.
    pub(super) fn shared_issuer(&self) -> Result<Arc<Issuer>, Problem> {
        self.issuer()?;
        self.issuer.clone().ok_or_else(|| Problem::new(Kind::NotFound))
    }

    /// Room for one more archive.
    pub(super) fn archive(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let too_many = |_| {
            Problem::new(Kind::TooManyRequests)
                .with_detail(format!("{MOST_ARCHIVES} archives are made already: try again in a while"))
        };
        Arc::clone(&self.archives).try_acquire_owned().map_err(too_many)
    }

    /// The same for whoever looks for something public.
    pub(super) fn site(&self) -> Result<&Site, Problem> {
        self.issuer.as_deref().map(|issuer| &issuer.site).ok_or_else(|| Problem::new(Kind::NotFound))
    }
}

impl FromRef<CredentialsState> for PgPool {
    fn from_ref(state: &CredentialsState) -> Self {
        state.readers.clone()
    }
}
