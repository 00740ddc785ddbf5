//! The query files of the crates with SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::ensure;
use lp_devstack::Postgres;
use sqlx::Connection as _;
use sqlx::migrate::Migrator;

use crate::step::shown;
use crate::workspace;

/// Folders under `crates/`; each has its own migrations, so each gets a database.
const CRATES: [&str; 5] = ["audit", "inbox", "outbox", "progress-store", "credentials-store"];

/// Writes them, or says which would change.
pub(crate) async fn run(check: bool) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let mut changed = vec![];
    let mut written_before: BTreeSet<String> = BTreeSet::new();
    for name in CRATES {
        let dir = workspace::root().join("crates").join(name);
        let url = postgres.create_database(&name.replace('-', "_")).await?;
        let mut conn = sqlx::PgConnection::connect(&url).await?;
        Migrator::new(dir.join("migrations")).await?.run(&mut conn).await?;
        conn.close().await?;
        let written = tempfile::tempdir()?;
        // The macros run only when the crate is compiled.
        fs::File::options()
            .append(true)
            .open(dir.join("src/lib.rs"))?
            .set_modified(std::time::SystemTime::now())?;
        let mut cargo = workspace::cargo(&["check", "--quiet", "--package", &format!("lp-{name}")]);
        shown(
            cargo
                .env_remove("SQLX_OFFLINE")
                .env("DATABASE_URL", &url)
                .env("SQLX_OFFLINE_DIR", written.path()),
        )?;
        let (old, mut new) = (files(&dir.join(".sqlx"))?, files(written.path())?);
        // The crates that it depends on may be compiled with it, and write theirs too.
        new.retain(|file, _| !written_before.contains(file));
        ensure!(!new.is_empty(), "lp-{name} was compiled without a query being written");
        written_before.extend(new.keys().cloned());
        if old != new {
            changed.push(name);
            if !check {
                replace(&dir.join(".sqlx"), &new)?;
            }
        }
        println!("lp-{name}: {} queries{}", new.len(), if old == new { "" } else { ", changed" });
    }
    ensure!(
        !check || changed.is_empty(),
        "the query files of {} are not those of its code: cargo xtask sqlx",
        changed.join(", ")
    );
    Ok(())
}

fn files(dir: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let Ok(entries) = fs::read_dir(dir) else { return Ok(BTreeMap::new()) };
    entries
        .map(|entry| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), fs::read_to_string(entry.path())?))
        })
        .collect()
}

fn replace(dir: &Path, new: &BTreeMap<String, String>) -> anyhow::Result<()> {
    if dir.is_dir() {
        fs::remove_dir_all(dir)?;
    }
    fs::create_dir_all(dir)?;
    for (name, text) in new {
        fs::write(dir.join(name), text)?;
    }
    Ok(())
}
