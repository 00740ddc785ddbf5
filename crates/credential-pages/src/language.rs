/// A language that the pages are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `en`.
    English,
    /// `es`.
    Spanish,
    /// `fr`.
    French,
    /// `ar`, from right to left.
    Arabic,
}

/// The parameter of a page's address that says its language, as the links between languages write it.
pub const LANGUAGE_PARAMETER: &str = "lang";

impl Language {
    /// All of them, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::English, Self::Spanish, Self::French, Self::Arabic];

    /// The language to answer in: the one that the address asks for, else the one that the browser likes best, else English.
    ///
    /// `parameter` is the value of [`LANGUAGE_PARAMETER`], `accept_language` the header of that name (RFC 9110, 12.5.4; matched by
    /// the basic filtering of RFC 4647 on first parts). What cannot be read is passed over. An answer chosen so varies by the header.
    #[must_use]
    pub fn choose(parameter: Option<&str>, accept_language: Option<&str>) -> Self {
        parameter
            .and_then(Self::of_tag)
            .or_else(|| accept_language.and_then(Self::liked_best))
            .unwrap_or(Self::English)
    }

    /// The language for a tag (BCP 47), by its first part.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(first))
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::Arabic => "ar",
        }
    }

    /// Its direction, as HTML's `dir` has it.
    pub(crate) fn direction(self) -> &'static str {
        if self == Self::Arabic { "rtl" } else { "ltr" }
    }

    /// Its name in itself.
    pub(crate) fn name(self) -> &'static str {
        &self.messages().name
    }

    /// Of those with the greatest weight, the first.
    fn liked_best(header: &str) -> Option<Self> {
        let mut best = None;
        for (tag, weight) in header.split(',').filter_map(weighted) {
            let language = if tag == "*" { Some(Self::English) } else { Self::of_tag(tag) };
            if let Some(language) = language
                && weight > best.map_or(0.0, |(_, best)| best)
            {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// `en-GB;q=0.8` as a range and its weight; `None` when it cannot be read.
fn weighted(entry: &str) -> Option<(&str, f32)> {
    let Some((tag, parameter)) = entry.split_once(';') else { return Some((entry.trim(), 1.0)) };
    let (name, weight) = parameter.split_once('=')?;
    let weight: f32 = weight.trim().parse().ok()?;
    let good = name.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&weight);
    good.then_some((tag.trim(), weight))
}

#[cfg(test)]
mod tests {
    use proptest::proptest;

    use super::Language::{self, Arabic, English, French, Spanish};

    #[test]
    fn the_address_decides_before_the_browser() {
        assert_eq!(Language::choose(Some("fr"), Some("es")), French);
        assert_eq!(Language::choose(Some("AR-EG"), None), Arabic);
        assert_eq!(Language::choose(Some("de"), Some("es")), Spanish);
        assert_eq!(Language::choose(None, None), English);
    }

    #[test]
    fn the_browser_gets_what_it_likes_best_of_what_there_is() {
        let cases = [
            ("fr-CA, es;q=0.9", French),
            ("de, es;q=0.3 , fr ; q=0.8", French),
            ("pt-BR,es-419;q=0.9,en;q=0.8", Spanish),
            ("ar;q=0.5,es;q=0.5", Arabic),
            ("fr;q=0, *", English),
            ("fr;q=0", English),
            ("*", English),
            ("*;q=0.1, ar;q=0.2", Arabic),
            ("de", English),
            ("", English),
            ("fr;q=2, es;q=x, ar;level=1, \u{661}", English),
            ("FR", French),
            ("fra", English),
        ];
        for (header, language) in cases {
            assert_eq!(Language::choose(None, Some(header)), language, "{header}");
        }
    }

    proptest! {
        #[test]
        fn nothing_a_browser_sends_is_a_fault(parameter in ".*", header in "[a-z*]{0,3}(-|;|q|=|,|\\.|[0-9]| ){0,20}.*") {
            let chosen = Language::choose(Some(&parameter), Some(&header));
            assert!(Language::of_tag(&parameter).is_none_or(|asked| asked == chosen));
        }
    }
}
