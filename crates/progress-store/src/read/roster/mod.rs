//! The learners of a run: filtered, sorted, in pages or portions by keyset.

mod days;
mod filter;
mod list;
mod runs;

pub use filter::{Direction, RosterFilter, RosterOrder, RosterPlace, RosterSort};
pub use list::{Names, RosterRow, Whose, list_roster};
pub use runs::{RosterRun, names_are_granted, path_roster_runs, roster_run};

/// The role that sees learners' names beside what a roster is made of.
pub const NAMES_READER_ROLE: &str = "lp_names_reader";

/// Connections for rosters, in `role`, which the login must be a member of. Statements are planned for what is asked, since which
/// index serves hangs on the sort and the filters; and one whose client is gone ends within a second.
#[must_use]
pub fn roster_pool(
    login: sqlx::postgres::PgConnectOptions,
    role: &str,
    max_connections: u32,
) -> sqlx::PgPool {
    let login = login.options([
        ("plan_cache_mode", "force_custom_plan"),
        ("client_connection_check_interval", "1s"),
        ("jit", "off"),
        // No learner comes twice in a portion.
        ("enable_memoize", "off"),
    ]);
    lp_postgres::reader(login, "learning-paths-rosters", role, max_connections)
}
