//! Whether the databases answer, are of this version, and have their roles.

use lp_runtime::settings::Databases;
use sqlx::Connection as _;
use sqlx::migrate::{Migrate as _, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::report::{Finding, failure, note, well};

/// Where sqlx keeps what was applied.
const APPLIED: &str = "_sqlx_migrations";

pub(super) async fn progress(databases: &Databases) -> Vec<Finding> {
    let Ok(url) = databases.progress() else { return vec![note("not checked: LP_DATABASE_URL is not set")] };
    let mut findings = match connect(url, "LP_DATABASE_URL").await {
        Ok(mut conn) => {
            let mut findings = vec![well("answers")];
            findings.push(migrations(&mut conn, &lp_progress_store::MIGRATOR).await);
            findings.extend(quarantined(&mut conn, "").await);
            findings
        }
        Err(finding) => return vec![finding],
    };
    if let Ok(reader) = databases.reader() {
        let role = lp_progress_store::read::READER_ROLE;
        findings.push(read_as(reader, role, "LP_READER_DATABASE_URL or LP_DATABASE_URL").await);
    }
    findings
}

pub(super) async fn credentials(databases: &Databases) -> Vec<Finding> {
    let Ok(url) = databases.credentials() else {
        return vec![note("not checked: LP_CREDENTIALS_DATABASE_URL is not set")];
    };
    let mut conn = match connect(url, "LP_CREDENTIALS_DATABASE_URL").await {
        Ok(conn) => conn,
        Err(finding) => return vec![finding],
    };
    let mut findings = vec![well("answers"), migrations(&mut conn, &lp_credentials_store::MIGRATOR).await];
    findings.extend(quarantined(&mut conn, " --database credentials").await);
    findings.push(read_as(url, lp_credentials_store::READER_ROLE, "LP_CREDENTIALS_DATABASE_URL").await);
    findings
}

async fn connect(url: &str, setting: &str) -> Result<PgConnection, Finding> {
    let connected = tokio::time::timeout(std::time::Duration::from_secs(5), PgConnection::connect(url)).await;
    match connected {
        Ok(Ok(conn)) => Ok(conn),
        Ok(Err(error)) => Err(refused(&error, setting)),
        Err(_) => {
            Err(failure("does not answer in time", format!("check host, port and firewall of {setting}")))
        }
    }
}

fn refused(error: &sqlx::Error, setting: &str) -> Finding {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    match code.as_deref() {
        Some("3D000") => failure(
            "the database does not exist",
            format!("create it (CREATE DATABASE …) and run `learning-paths migrate`, or correct {setting}"),
        ),
        Some("28P01" | "28000") => failure(
            "refuses the login",
            format!("correct the user and password of {setting}, or pg_hba.conf"),
        ),
        Some("53300") => {
            failure("has no connection left", "raise max_connections, or lower LP_DATABASE_MAX_CONNECTIONS")
        }
        _ => failure(
            format!("cannot be reached ({error})"),
            format!("check that Postgres runs where {setting} says"),
        ),
    }
}

async fn migrations(conn: &mut PgConnection, migrator: &Migrator) -> Finding {
    let remedy = "run `learning-paths migrate`";
    match conn.dirty_version(APPLIED).await {
        Ok(None) => {}
        Ok(Some(version)) => {
            return failure(
                format!("migration {version} was begun and not finished"),
                "see the log of `learning-paths migrate`; mend the cause, delete that row of _sqlx_migrations, run it again",
            );
        }
        Err(_) => return failure("was never migrated", remedy),
    }
    let applied = match conn.list_applied_migrations(APPLIED).await {
        Ok(applied) => applied,
        Err(error) => return failure(format!("its migrations cannot be read ({error})"), remedy),
    };
    let ours: Vec<i64> = migrator.iter().map(|migration| migration.version).collect();
    let missing = ours.iter().filter(|version| !applied.iter().any(|done| done.version == **version)).count();
    let newer = applied.iter().filter(|done| !ours.contains(&done.version)).count();
    match (missing, newer) {
        (0, 0) => well(format!("migrated, {} migration(s)", ours.len())),
        (0, newer) => note(format!(
            "is ahead of this version by {newer} migration(s); this version still works with it"
        )),
        (missing, _) => failure(format!("lacks {missing} migration(s)"), remedy),
    }
}

/// Whether the login may take the role in which a service reads.
async fn read_as(url: &str, role: &str, setting: &str) -> Finding {
    let options = match url.parse::<PgConnectOptions>() {
        Ok(options) => options.options([("role", role)]),
        Err(error) => return refused(&error, setting),
    };
    match PgConnection::connect_with(&options).await {
        Ok(_) => well(format!("its login may take the role {role}")),
        Err(error) => failure(
            format!("its login cannot take the role {role} ({error})"),
            format!(
                "run `learning-paths migrate`, then as an administrator: GRANT {role} TO <the user of {setting}>"
            ),
        ),
    }
}

async fn quarantined(conn: &mut PgConnection, option: &str) -> Option<Finding> {
    match lp_inbox::count(conn).await.ok()? {
        0 => Some(well("no message waits in quarantine")),
        many => {
            Some(note(format!("{many} message(s) in quarantine: learning-paths quarantine list{option}")))
        }
    }
}
