/// A language that we have words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `ar`, from right to left.
    Arabic,
    /// `en`.
    English,
    /// `es`.
    Spanish,
    /// `fr`.
    French,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Arabic, Self::English, Self::Spanish, Self::French];

    /// The language for a tag (BCP 47), by its first part; `None` for one that we have no words in.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(first))
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Arabic => "ar",
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
        }
    }

    /// Whether it is written from right to left.
    #[must_use]
    pub fn is_rtl(self) -> bool {
        self == Self::Arabic
    }
}
