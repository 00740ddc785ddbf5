#![doc = include_str!("../README.md")]

mod baking;
mod canon;
mod did;
mod keys;
mod multibase;
mod proof;
mod shape;
mod status_list;
mod value;

pub use baking::{BakeError, bake_png, bake_svg, read_png, read_svg};
pub use canon::{CONTEXTS, CanonError};
pub use did::{Did, DidDocument, DidError};
pub use keys::{KeyError, PublicKey, SecretKey};
pub use proof::{Document, Proof, SignError, Signer, VerifyError, sign, verify};
pub use shape::{
    Achievement, AchievementResult, AchievementSubject, AchievementType, Alignment, BitstringStatusListEntry,
    Criteria, Evidence, IdentityObject, Image, OpenBadgeCredential, Profile, ResultDescription, ResultStatus,
    StatusPurpose,
};
pub use status_list::{
    BitsError, BitstringStatusListCredential, IndexError, LIST_LENGTH, Places, StatusBits, StatusIndex,
};
pub use value::{Instant, InstantError, Language, LanguageError, Text, TextError, Uri, UriError};
