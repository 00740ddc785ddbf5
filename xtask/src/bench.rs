//! Benchmarks, with release builds and real parts.

use anyhow::Context as _;

use crate::step::shown;
use crate::{parts, python, workspace};

/// `bench ingest`.
pub(crate) fn ingest(options: &[String]) -> anyhow::Result<()> {
    let parts = parts::java()?;
    let python = python::openedx()?;
    shown(&mut workspace::cargo(&[
        "build",
        "--quiet",
        "--release",
        "-p",
        "learning-paths",
        "-p",
        "lp-benches",
    ]))?;
    // A release build lies beside the debug one that runs this.
    let release = workspace::built("../release")?;
    let mut bench = std::process::Command::new(release.join("lp-benches"));
    bench.arg("ingest").arg("--binary").arg(release.join("learning-paths"));
    shown(bench.arg("--parts").arg(parts).arg("--python").arg(python).args(options))
}

/// `bench what-if`, `bench bulk`: those that need nothing but Postgres.
pub(crate) fn of_the_store(name: &str, options: &[String]) -> anyhow::Result<()> {
    shown(&mut workspace::cargo(&["build", "--quiet", "--release", "-p", "lp-benches"]))?;
    let mut bench = std::process::Command::new(workspace::built("../release")?.join("lp-benches"));
    shown(bench.arg(name).args(options))
}

/// `bench read`: a service of ours beside the plugin.
pub(crate) fn read(options: &[String]) -> anyhow::Result<()> {
    let python = python::environment("plugin-progress", "benches/openedx/progress.txt", &[])?;
    let python = python.to_str().context("a path that is no text")?;
    of_the_service("read", &[&["--python".to_owned(), python.to_owned()], options].concat())
}

/// `bench credentials`: a service of ours on a real Kafka.
pub(crate) fn credentials(options: &[String]) -> anyhow::Result<()> {
    let parts = parts::java()?;
    let parts = parts.to_str().context("a path that is no text")?;
    of_the_service("credentials", &[&["--parts".to_owned(), parts.to_owned()], options].concat())
}

/// `bench live`: those that run a service of ours too.
pub(crate) fn of_the_service(name: &str, options: &[String]) -> anyhow::Result<()> {
    let packages = ["-p", "learning-paths", "-p", "lp-benches"];
    shown(workspace::cargo(&["build", "--quiet", "--release"]).args(packages))?;
    let release = workspace::built("../release")?;
    let mut bench = std::process::Command::new(release.join("lp-benches"));
    shown(bench.arg(name).arg("--binary").arg(release.join("learning-paths")).args(options))
}
