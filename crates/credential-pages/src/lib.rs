#![doc = include_str!("../README.md")]

mod achievement;
mod html;
mod language;
mod linkedin;
mod markdown;
mod messages;
mod not_found;
mod page;
mod status;
mod style;
mod verify;
mod web_url;

pub use achievement::AchievementPage;
pub use language::{LANGUAGE_PARAMETER, Language};
pub use not_found::NotFoundPage;
pub use page::{Alignment, Course, Issuer, Links, Signatory, VerifyPage};
pub use status::Status;
pub use style::{CONTENT_SECURITY_POLICY, STYLE, STYLE_HASH};
pub use web_url::{WebUrl, WebUrlError};
