use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use opaque_keys::CourseKey;
use tokio::time::Instant;

use crate::call::Calls;
use crate::{CourseWindow, Settings, SetupError};

/// The LMS, as this service may ask it; clones share token, limiter, breaker and cache.
///
/// Any operation may be dropped while it runs. What was sent by then may have been done.
#[derive(Clone)]
pub struct Lms(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) calls: Calls,
    /// Courses, or that there is none, and when that was told.
    pub(crate) courses: Mutex<HashMap<CourseKey, (Instant, Option<CourseWindow>)>>,
}

impl Lms {
    /// A client that connects at the first question.
    ///
    /// # Errors
    /// When the URL is of no use, or the TLS library cannot be set up.
    pub fn new(settings: &Settings) -> Result<Self, SetupError> {
        Ok(Self(Arc::new(Inner { calls: Calls::new(settings)?, courses: Mutex::default() })))
    }
}

/// Nothing of what it holds.
impl fmt::Debug for Lms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lms").finish_non_exhaustive()
    }
}
