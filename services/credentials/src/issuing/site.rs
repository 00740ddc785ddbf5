//! Where credentials are found, and who issues them.

use lp_open_badges::{Did, DidError, StatusPurpose, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;
use uuid::Uuid;

/// RFC 3986, section 2.3, and what keys have between their parts.
const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':').remove(b'+');

/// The address of the service, as everybody reaches it. It stands in every credential for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    base: String,
    did: Did,
}

impl Site {
    /// At this address.
    ///
    /// # Errors
    /// When it is none that a `did:web` issuer can have: `https`, a host's name, no query.
    pub fn new(base: &Url) -> Result<Self, DidError> {
        Ok(Self { base: base.as_str().trim_end_matches('/').to_owned(), did: Did::web(base)? })
    }

    /// The issuer.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.did
    }

    /// The address without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A credential's page; it is its id, too.
    #[must_use]
    pub fn credential(&self, credential_id: Uuid) -> Uri {
        self.at(&format!("credentials/{credential_id}"))
    }

    /// What is achieved by completing a revision of a run.
    #[must_use]
    pub fn achievement(&self, run_key: &str, revision: i32) -> Uri {
        self.at(&format!("achievements/{}/revisions/{revision}", utf8_percent_encode(run_key, UNRESERVED)))
    }

    /// A status list.
    pub(crate) fn list(&self, purpose: StatusPurpose, list_id: i32) -> Uri {
        self.at(&format!("status/{}/{list_id}", word(purpose)))
    }

    /// A picture.
    #[must_use]
    pub fn image(&self, digest: &str) -> Uri {
        self.at(&format!("images/{digest}"))
    }

    #[expect(clippy::expect_used, reason = "a did:web address has no character that a URI may not have")]
    fn at(&self, place: &str) -> Uri {
        Uri::parse(format!("{}/{place}", self.base)).expect("an address below an address")
    }
}

/// As addresses and tables have it.
pub(super) fn word(purpose: StatusPurpose) -> &'static str {
    match purpose {
        StatusPurpose::Revocation => "revocation",
        StatusPurpose::Suspension => "suspension",
    }
}
