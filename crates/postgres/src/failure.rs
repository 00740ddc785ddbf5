use sqlx::Error;

/// Whether the same may succeed when it is tried again: a lost connection, a deadlock, a shutdown, a full disk.
#[must_use]
pub fn is_transient(error: &Error) -> bool {
    // 25P03 a transaction left idle too long, 40 rollback, 55P03 lock timeout, 58 system.
    is_away(error) || has_code(error, &["25P03", "40", "55P03", "58"])
}

/// Whether the database is away or too busy, whatever was asked of it.
#[must_use]
pub fn is_away(error: &Error) -> bool {
    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed => true,
        // Connection exceptions, no resources left, a database that takes no connections for now, shut down or cancelled by an
        // operator or a timeout.
        _ => has_code(error, &["08", "53", "55000", "57"]),
    }
}

/// Whether the database would refuse the same again: a value out of range, a constraint.
#[must_use]
pub fn is_about_the_data(error: &Error) -> bool {
    has_code(error, &["22", "23"])
}

/// What is wrong, in plain words, without data and addresses. `role` is the group role that the login must be a member of,
/// `setting` names the login's setting.
#[must_use]
pub fn in_words(error: &Error, role: &str, setting: &str) -> String {
    if has_code(error, &["42501"]) {
        format!("the database login may not read: grant it the role {role}")
    } else if has_code(error, &["42P01", "42703"]) {
        "the database is not migrated: run `learning-paths migrate`".into()
    } else if has_code(error, &["28P01", "28000", "3D000"]) {
        format!("the database refuses the login: check {setting}")
    } else if is_away(error) {
        "the database does not answer".into()
    } else {
        "the database refuses what is asked".into()
    }
}

/// Whether Postgres gave a code that begins with one of these.
fn has_code(error: &Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| codes.iter().any(|begin| code.starts_with(begin)))
}
