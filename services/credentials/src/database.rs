//! What a failure of the database means to a caller, and to who watches the service.

use lp_http::Problem;

/// 503 when the database is away or too busy, 500 when it refuses what we ask.
pub(crate) fn problem(error: &sqlx::Error) -> Problem {
    if is_away(error) { Problem::unavailable(error) } else { Problem::internal(error) }
}

/// What is wrong, in plain words, without data and addresses.
pub(crate) fn in_words(error: &sqlx::Error) -> String {
    match code(error).as_deref() {
        Some("42501") => "the database login may not read: grant it the role lp_credentials_reader".into(),
        Some("42P01" | "42703") => "the database is not migrated: run `learning-paths migrate`".into(),
        Some("28P01" | "28000" | "3D000") => {
            "the database refuses the login: check LP_CREDENTIALS_DATABASE_URL".into()
        }
        _ if is_away(error) => "the database does not answer".into(),
        _ => "the database refuses what is asked".into(),
    }
}

/// Whether the database would refuse the same again: a value out of range, a constraint.
pub(crate) fn is_about_the_data(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code.get(..2), Some("22" | "23")))
}

fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Connection exceptions, no resources left, shut down or cancelled by an operator or a timeout.
        sqlx::Error::Database(_) => {
            code(error).is_some_and(|code| matches!(code.get(..2), Some("08" | "53" | "57")))
        }
        _ => false,
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_no_fault_of_ours() {
        for away in [sqlx::Error::PoolTimedOut, sqlx::Error::Io(std::io::ErrorKind::ConnectionRefused.into())]
        {
            assert_eq!(problem(&away).kind().status(), 503, "{away}");
        }
        assert_eq!(problem(&sqlx::Error::RowNotFound).kind().status(), 500);
    }
}
