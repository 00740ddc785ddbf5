use std::time::Duration;

/// Why the client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The LMS's URL is not one of `http` or `https`.
    #[error("the LMS's URL must be of http or https")]
    Url,
    /// The TLS library cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

/// Why the LMS did not do what was asked. Holds neither names, addresses, keys nor tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LmsError {
    /// It does not answer, answers with a server error, or did so too often lately to be asked now.
    #[error("the LMS is not available")]
    Unavailable {
        /// When to try again, where it is known.
        retry_after: Option<Duration>,
    },
    /// It takes no more calls now, or there would be more of them than it takes.
    #[error("the LMS takes no more calls for now")]
    Throttled {
        /// When to try again, where it is known.
        retry_after: Option<Duration>,
    },
    /// It refuses the application, its secret, or what its owner may do: somebody must mend the settings.
    #[error("the LMS refuses the service's credentials, or its user is not staff")]
    Unauthorized,
    /// The site has not switched bulk enrolment on (`ENABLE_BULK_ENROLLMENT_VIEW`): enrol one by one.
    #[error("the LMS has no bulk enrolment")]
    NoBulk,
    /// The answer is none that this API gives: another version, a proxy, a wrong URL. Somebody must look.
    #[error("the LMS's answer is of no use: {endpoint}, status {status}, {why}")]
    Unexpected {
        /// What was asked, as in the metric.
        endpoint: &'static str,
        /// The HTTP status.
        status: u16,
        /// What is wrong with the answer.
        why: &'static str,
    },
}

impl LmsError {
    /// Whether it may pass by itself: worth another try later, without anybody's doing.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Throttled { .. })
    }

    /// When to try again, where it is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after } | Self::Throttled { retry_after } => *retry_after,
            Self::Unauthorized | Self::NoBulk | Self::Unexpected { .. } => None,
        }
    }
}
