//! Python environments, made once for each list of requirements.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::step::quiet;
use crate::workspace;

/// The interpreter of the environment that has these requirements (a file of the tree).
pub(crate) fn environment(name: &str, requirements: &str, options: &[&str]) -> anyhow::Result<PathBuf> {
    let dir = lp_devstack::cache_dir().join("python").join(name);
    let requirements = workspace::root().join(requirements);
    let wanted = fs::read_to_string(&requirements)?;
    let (python, stamp) = (dir.join("bin/python"), dir.join("requirements.txt"));
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(python);
    }
    println!("making a Python environment in {} …", dir.display());
    quiet(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir))
        .context("Python 3.11 or later with venv is needed")?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(options);
    quiet(pip.arg("-r").arg(&requirements))?;
    // Last, so that half an environment is made again.
    fs::write(stamp, wanted)?;
    Ok(python)
}

/// The interpreter that has Open edX's event bus.
pub(crate) fn openedx() -> anyhow::Result<PathBuf> {
    environment("openedx", "tests/openedx/requirements.txt", &[])
}

/// The interpreter that has Schemathesis.
pub(crate) fn schemathesis() -> anyhow::Result<PathBuf> {
    environment("schemathesis", "tests/schemathesis/requirements.txt", &[])
}

/// The tests of the pip package.
pub(crate) fn pytest(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    command.current_dir(workspace::root().join("integrations/openedx")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
