//! `import FILE`.

pub(crate) mod apply;
mod check;
#[cfg(test)]
mod database_tests;
pub(crate) mod document;
mod plugin;
mod problems;
#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use chrono::Utc;
use lp_domain::Timestamp;
use lp_runtime::Need;

use crate::{rebuild, start};
use apply::Done;
pub(crate) use problems::Problems;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 << 20;

pub(crate) async fn run(file: &Path, dry_run: bool) -> anyhow::Result<ExitCode> {
    let settings = start::settings(&[Need::ProgressDatabase])?;
    let document = document::read(&text(file)?)?;
    let pool = start::pool(settings.databases.progress()?).await?;
    let now = Timestamp::try_from(Utc::now())?;
    if dry_run {
        let done = apply::dry_run(&pool, &document, now).await?;
        println!("{}\n\ndry run: nothing was written", report(&done));
        return Ok(ExitCode::SUCCESS);
    }
    let done = apply::apply(&pool, &document, now).await?;
    println!("{}", report(&done));
    // Also those whom an import that broke off left to be judged.
    rebuild::waiting(&pool).await?;
    Ok(ExitCode::SUCCESS)
}

/// `import --from-plugin DSN`.
pub(crate) async fn from_plugin(dsn: &str, dry_run: bool) -> anyhow::Result<ExitCode> {
    let settings = start::settings(&[Need::ProgressDatabase])?;
    let pool = start::pool(settings.databases.progress()?).await?;
    let now = Timestamp::try_from(Utc::now())?;
    let report = plugin::import(&pool, dsn, settings.claim_key().as_ref(), now, dry_run).await?;
    print!("{report}");
    if dry_run {
        println!("\ndry run: nothing was written");
    } else {
        rebuild::waiting(&pool).await?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let reader: Box<dyn std::io::Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?)
    };
    reader.take(MAX_BYTES + 1).read_to_string(&mut text).context("cannot read the file as UTF-8")?;
    anyhow::ensure!(text.len() as u64 <= MAX_BYTES, "the file is larger than {} MiB", MAX_BYTES >> 20);
    Ok(text)
}

pub(crate) fn report(done: &Done) -> String {
    if done.is_nothing() {
        return "nothing to do: everything is so already".into();
    }
    let paths = done.paths.iter().map(|path| format!("path {path}: new or changed"));
    let runs = done.runs.iter().map(|(run, what)| format!("run {run}: {what}"));
    let enrolments = done
        .enrolments
        .iter()
        .map(|(run, (new, already))| format!("enrolments in {run}: {new} new, {already} there already"));
    paths.chain(runs).chain(enrolments).collect::<Vec<_>>().join("\n")
}
