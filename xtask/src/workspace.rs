//! Where things are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Where this very program was built, and the other binaries are.
pub(crate) fn built(binary: &str) -> anyhow::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(binary))
}

/// Cargo at the root; queries are checked against the committed files.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments).env("SQLX_OFFLINE", "true").env_remove("DATABASE_URL");
    command
}
