//! What the API of `learning-paths-plugin` shows and asks for: runs by its numbers, and enrolments as it counts them.

mod enrolments;
mod kept;
mod known;
mod paths;

pub use enrolments::{PluginEnrolment, count_enrolments, list_enrolments, of_run};
pub use kept::{Kept, KeptPath, draw_after_kept, intervals, keep_path, keep_skill};
pub use known::{CourseDates, Known, course_dates, known, skill_ids};
pub use paths::{PluginPath, Viewer, Wanted, count_paths, list_paths, number_new};

use lp_domain::LearnerId;
use sqlx::PgConnection;

use crate::StoreError;
use crate::people::{self, Found, Who};

/// The learner of a username, whatever its case; `None` when nobody, or nobody in particular, has it.
///
/// # Errors
/// When the database refuses.
pub async fn learner_by_username(
    conn: &mut PgConnection,
    username: &str,
) -> Result<Option<LearnerId>, StoreError> {
    if username.contains('\0') {
        return Ok(None);
    }
    let found = people::find(conn, &[&Who::Username(username.to_owned())]).await?;
    Ok(found.into_iter().find_map(|found| if let Found::One(learner) = found { Some(learner) } else { None }))
}
