//! What the standards fix, as types of one value.

/// `words!(Name = "word")` and `words!(Name = ["word", …])`: a type that is written as this and read from nothing else.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident = [$($word:literal),+ $(,)?]) => {
        words!(@ $(#[$doc])* $name, [&'static str; [$($word),+].len()], [$($word),+], Vec<String>);
    };
    ($(#[$doc:meta])* $name:ident = $word:literal) => {
        words!(@ $(#[$doc])* $name, &'static str, $word, String);
    };
    (@ $(#[$doc:meta])* $name:ident, $kind:ty, $words:expr, $read:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub(crate) struct $name;

        impl $name {
            const WORDS: $kind = $words;
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::WORDS.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if <$read>::deserialize(deserializer)? == Self::WORDS {
                    Ok(Self)
                } else {
                    Err(serde::de::Error::custom(format_args!("only {:?} may stand here", Self::WORDS)))
                }
            }
        }
    };
}

pub(crate) use words;
