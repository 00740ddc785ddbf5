//! The closed shape of what we sign: no key that a context does not define, none that is empty.

mod achievement;
mod credential;
mod evidence;
mod identity;
mod image;
mod profile;
mod result;
mod status;
mod subject;
pub(crate) mod words;

pub use achievement::{Achievement, AchievementType, Alignment, Criteria};
pub use credential::OpenBadgeCredential;
pub use evidence::Evidence;
pub use identity::IdentityObject;
pub use image::Image;
pub use profile::Profile;
pub use result::{AchievementResult, ResultDescription, ResultStatus};
pub use status::{BitstringStatusListEntry, StatusPurpose};
pub use subject::AchievementSubject;
