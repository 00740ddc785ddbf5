//! The only style of the pages, in them, so that they fetch none.

/// What stands in the one `style` element of each page.
pub const STYLE: &str = include_str!("../templates/style.css");

macro_rules! hash {
    () => {
        "sha256-vCV2bKcnCfjcff7U9drszLm057dh2WUzo3FkHDzRKIM="
    };
}

/// The source expression of [`STYLE`] for the `style-src` of a content security policy (CSP Level 3, 2.3.1), without its quotes.
pub const STYLE_HASH: &str = hash!();

/// A content security policy under which the pages are whole: no script, no frame, no form, only our style and the pictures that a page
/// names.
pub const CONTENT_SECURITY_POLICY: &str = concat!(
    "default-src 'none'; style-src '",
    hash!(),
    "'; img-src http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
);

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_hash_is_that_of_the_style() {
        assert_eq!(STYLE_HASH, format!("sha256-{}", STANDARD.encode(Sha256::digest(STYLE))));
    }

    #[test]
    fn the_style_fetches_nothing_and_stays_in_its_element() {
        for part in ["url(", "@import", "</", "\r"] {
            assert!(!STYLE.contains(part), "{part}");
        }
    }
}
