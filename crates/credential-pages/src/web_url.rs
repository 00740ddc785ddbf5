use std::fmt;

use url::{ParseError, Url};

/// An absolute URL of the web, `http` or `https`, with no user name or password in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUrl(Url);

/// Why a text is no [`WebUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebUrlError {
    /// It is no absolute URL.
    #[error("not an absolute URL")]
    NotAbsolute(#[source] ParseError),
    /// It is of another scheme, such as `javascript`.
    #[error("neither http nor https")]
    Scheme,
    /// What stands before an `@` is easily taken for the host.
    #[error("a user name or password in a URL")]
    UserInfo,
}

impl WebUrl {
    /// Reads a URL as browsers do (WHATWG URL), which also encodes what does not belong into one.
    ///
    /// # Errors
    /// [`WebUrlError`], when pages must not link to it.
    pub fn parse(text: &str) -> Result<Self, WebUrlError> {
        let url = Url::parse(text).map_err(WebUrlError::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(WebUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebUrlError::UserInfo);
        }
        Ok(Self(url))
    }

    /// The URL as it is written on pages.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_to() {
        let refused = |text| WebUrl::parse(text).unwrap_err();
        for text in ["javascript:alert(1)", "JaVa\nScript:alert(1)", "data:text/html,x", "ftp://example.org/"]
        {
            assert_eq!(refused(text), WebUrlError::Scheme, "{text}");
        }
        for text in ["", "/credentials/1", "//example.org/", "https://"] {
            assert!(matches!(refused(text), WebUrlError::NotAbsolute(_)), "{text}");
        }
        assert_eq!(refused("https://example.org@evil.example/"), WebUrlError::UserInfo);
        assert_eq!(refused("https://:secret@evil.example/"), WebUrlError::UserInfo);
    }

    #[test]
    fn what_does_not_belong_into_a_url_is_encoded() {
        let url = WebUrl::parse(" https://Example.org/\"<\u{202e}>?a=\"<b>#\"<\n> ").unwrap();
        assert_eq!(url.as_str(), "https://example.org/%22%3C%E2%80%AE%3E?a=%22%3Cb%3E#%22%3C%3E");
    }
}
