//! What all types of keys have in common: each is the text that it prints.

/// Parsing, printing and serialising for a type with `read(Named) -> Result<Self, KeyError>` and `as_str`.
macro_rules! text_key {
    ($key:ident) => {
        impl $key {
            /// Parses a key of this type.
            ///
            /// # Errors
            /// When `text` is no key, or one of another type.
            pub fn parse(text: &str) -> Result<Self, $crate::KeyError> {
                Self::read($crate::named::Named::read(text)?)
            }
        }

        impl std::str::FromStr for $key {
            type Err = $crate::KeyError;

            fn from_str(text: &str) -> Result<Self, $crate::KeyError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $key {
            type Error = $crate::KeyError;

            fn try_from(text: String) -> Result<Self, $crate::KeyError> {
                Self::parse(&text)
            }
        }

        impl std::fmt::Display for $key {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $key {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl From<$key> for String {
            fn from(key: $key) -> Self {
                key.as_str().into()
            }
        }

        impl serde::Serialize for $key {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $key {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// [`text_key!`] for a type that holds its text and nothing else.
macro_rules! only_text_key {
    ($key:ident) => {
        impl $key {
            /// The key as it prints.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What follows the namespace and its colon.
            fn rest(&self) -> &str {
                self.0.split_once(':').map_or("", |(_, rest)| rest)
            }
        }

        impl From<$key> for std::sync::Arc<str> {
            fn from(key: $key) -> Self {
                key.0
            }
        }

        $crate::text_key::text_key!($key);
    };
}

pub(crate) use {only_text_key, text_key};
