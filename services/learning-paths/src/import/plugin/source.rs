//! The plugin's tables, wherever they are: in any of the three kinds of database that Django sites have. Only read.
//!
//! Each value is asked for as text, which all three give alike but for dates' spelling; so one set of queries serves all.

use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};
use uuid::Uuid;

/// How a database spells things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Postgres,
    MySql,
    Sqlite,
}

/// A snapshot of the plugin's database.
pub(super) struct Source {
    conn: AnyConnection,
    dialect: Dialect,
}

/// A row: its values in the order in which they were asked for.
pub(super) struct Values(Vec<Option<String>>);

impl Source {
    /// Begins to read. What goes wrong is told without the address, which may hold a password.
    pub(super) async fn open(dsn: &str) -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let (dialect, begin): (_, &[&str]) = match dsn.split(':').next() {
            Some("postgres" | "postgresql") => (
                Dialect::Postgres,
                &["SET TIME ZONE 'UTC'", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"],
            ),
            Some("mysql" | "mariadb") => (
                Dialect::MySql,
                &[
                    "SET time_zone = '+00:00'",
                    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
                ],
            ),
            Some("sqlite") => (Dialect::Sqlite, &["PRAGMA query_only = on", "BEGIN"]),
            _ => bail!("--from-plugin takes postgres://…, mysql://… or sqlite://…"),
        };
        let mut conn = AnyConnection::connect(dsn).await.context("the plugin's database does not answer")?;
        for statement in begin {
            sqlx::raw_sql(*statement).execute(&mut conn).await.context("the plugin's database")?;
        }
        Ok(Self { conn, dialect })
    }

    /// These columns of a table, of the rows that `rest` names (`{name}` is a column). Strings in it are ours, never a value.
    pub(super) async fn select(
        &mut self,
        columns: &[&str],
        table: &str,
        rest: &str,
    ) -> sqlx::Result<Vec<Values>> {
        let columns: Vec<String> = columns.iter().map(|column| self.text(column)).collect();
        let mut sql = format!("SELECT {} FROM {table} ", columns.join(", "));
        for piece in rest.split('{') {
            match piece.split_once('}') {
                Some((name, after)) => {
                    sql.push_str(&self.quoted(name));
                    sql.push_str(after);
                }
                None => sql.push_str(piece),
            }
        }
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.conn).await?;
        rows.iter().map(|row| Values::of(row, columns.len())).collect()
    }

    /// Whether there is such a table. To ask for its rows would end the snapshot where there is none.
    pub(super) async fn has(&mut self, table: &str) -> sqlx::Result<bool> {
        let (tables, name) = match self.dialect {
            Dialect::Postgres | Dialect::MySql => ("information_schema.tables", "table_name"),
            Dialect::Sqlite => ("sqlite_master", "name"),
        };
        Ok(!self.select(&[name], tables, &format!("WHERE {{{name}}} = '{table}'")).await?.is_empty())
    }

    /// A column as text; of `table.column` the second is quoted.
    fn text(&self, column: &str) -> String {
        let column = self.quoted(column);
        match self.dialect {
            Dialect::MySql => format!("CAST({column} AS CHAR)"),
            Dialect::Postgres | Dialect::Sqlite => format!("CAST({column} AS TEXT)"),
        }
    }

    fn quoted(&self, name: &str) -> String {
        let (table, column) = name.rsplit_once('.').map_or(("", name), |(table, column)| (table, column));
        let dot = if table.is_empty() { "" } else { "." };
        match self.dialect {
            // SQLite takes a name in double quotes for a text where there is no such column.
            Dialect::MySql | Dialect::Sqlite => format!("{table}{dot}`{column}`"),
            Dialect::Postgres => format!("{table}{dot}\"{column}\""),
        }
    }
}

impl Values {
    fn of(row: &AnyRow, columns: usize) -> sqlx::Result<Self> {
        (0..columns).map(|at| row.try_get(at)).collect::<sqlx::Result<_>>().map(Self)
    }

    /// A text that may be missing.
    pub(super) fn text(&self, at: usize) -> Option<&str> {
        self.0.get(at).and_then(Option::as_deref)
    }

    /// A text; empty when it is missing.
    pub(super) fn word(&self, at: usize) -> String {
        self.text(at).unwrap_or_default().to_owned()
    }

    pub(super) fn number(&self, at: usize) -> anyhow::Result<i64> {
        Ok(self.text(at).context("a number is missing")?.parse()?)
    }

    pub(super) fn some_number(&self, at: usize) -> anyhow::Result<Option<i64>> {
        Ok(self.text(at).map(str::parse).transpose()?)
    }

    pub(super) fn fraction(&self, at: usize) -> anyhow::Result<f64> {
        Ok(self.text(at).context("a number is missing")?.parse()?)
    }

    pub(super) fn is_set(&self, at: usize) -> bool {
        matches!(self.text(at), Some("1" | "true" | "t"))
    }

    pub(super) fn uuid(&self, at: usize) -> anyhow::Result<Uuid> {
        Ok(Uuid::parse_str(self.text(at).context("a UUID is missing")?)?)
    }

    /// An instant: Django keeps UTC, whatever the database makes of it.
    pub(super) fn instant(&self, at: usize) -> anyhow::Result<DateTime<Utc>> {
        let text = self.text(at).context("a date is missing")?;
        let bare = text.trim_end_matches("+00:00").trim_end_matches("+00").replace('T', " ");
        let parsed = NaiveDateTime::parse_from_str(&bare, "%Y-%m-%d %H:%M:%S%.f");
        Ok(parsed.with_context(|| format!("{text} is no date in UTC"))?.and_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Values {
        Values(texts.iter().map(|text| Some((*text).to_owned())).collect())
    }

    #[test]
    fn dates_flags_and_uuids_are_read_as_each_database_spells_them() {
        let dates = [
            "2026-01-02 03:04:05.678901",
            "2026-01-02 03:04:05.678901+00",
            "2026-01-02T03:04:05.678901+00:00",
        ];
        let all = values(&dates);
        let read: Vec<_> = (0..3).map(|at| all.instant(at).unwrap().timestamp_micros()).collect();
        assert_eq!(read, [1_767_323_045_678_901; 3]);
        assert!(values(&["2026-01-02 03:04:05+02"]).instant(0).is_err(), "another zone");
        let flags = values(&["1", "true", "t", "0", "false", "f"]);
        assert_eq!((0..6).filter(|at| flags.is_set(*at)).count(), 3);
        let uuids = values(&["11111111-1111-4111-8111-111111111111", "11111111111141118111111111111111"]);
        assert_eq!(uuids.uuid(0).unwrap(), uuids.uuid(1).unwrap());
    }
}
