//! Packages of npm, installed once for each lock.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::step::quiet;
use crate::workspace;

/// The `node_modules` of the lock in this directory of the tree.
pub(crate) fn modules(name: &str, tree: &str) -> anyhow::Result<PathBuf> {
    let dir = lp_devstack::cache_dir().join("npm").join(name);
    let tree = workspace::root().join(tree);
    let wanted = fs::read_to_string(tree.join("package-lock.json"))?;
    let (modules, stamp) = (dir.join("node_modules"), dir.join("installed-lock.json"));
    if modules.is_dir() && fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Ok(modules);
    }
    println!("installing npm packages in {} …", dir.display());
    fs::create_dir_all(&dir)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(tree.join(file), dir.join(file))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&dir);
    quiet(&mut npm).context("Node 20 or later with npm is needed")?;
    // Last, so that half an installation is made again.
    fs::write(stamp, wanted)?;
    Ok(modules)
}
