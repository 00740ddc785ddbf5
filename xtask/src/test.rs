//! All checks, in the order in which they fail soonest.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use lp_devstack::{Kafka, MariaDb, Postgres};

use crate::step::{quiet, shown, step};
use crate::{npm, parts, python, sqlx_files, workspace};

/// Every step; the first failure ends it.
pub(crate) async fn run(quick: bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    step("formatting", async { shown(&mut workspace::cargo(&["fmt", "--all", "--check"])) }).await?;
    step("query files", sqlx_files::run(true)).await?;
    step("clippy", async {
        shown(&mut workspace::cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })
    .await?;
    step("licences, bans, sources", async { deny() }).await?;
    let pythons = if quick { None } else { Some(step("Python environments", async { pythons() }).await?) };
    step("tests", tests(pythons.as_ref())).await?;
    if let Some(pythons) = &pythons {
        step("tests of the pip package", async { shown(&mut python::pytest(&pythons.openedx)) }).await?;
        let parts = step("Kafka and the registry", async { parts::java() }).await?;
        step("the Kafka engine on a real Kafka", kafka_engine(&parts)).await?;
        step("end to end on real parts", async {
            let mut cargo =
                workspace::cargo(&["test", "--workspace", "--test", "e2e", "--", "--test-threads=1"]);
            cargo.env("LP_E2E", &parts).env("LP_OPENEDX_PYTHON", &pythons.openedx);
            cargo.env("LP_SCHEMATHESIS_PYTHON", &pythons.schemathesis);
            cargo.env("LP_OPEN_BADGES_PYTHON", &pythons.open_badges);
            cargo.env("LP_OPEN_BADGES_NODE_MODULES", npm::modules("open-badges", "tests/open-badges")?);
            shown(cargo.env("LP_E2E_BINARY", workspace::built("learning-paths")?))
        })
        .await?;
    }
    println!("\nall good in {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Tests that need a broker of their own; it is the only one, so they run one by one.
async fn kafka_engine(parts: &Path) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let kafka = Kafka::start(parts, dir.path()).await?;
    let mut cargo =
        workspace::cargo(&["test", "--workspace", "--test", "engine", "--", "--ignored", "--test-threads=1"]);
    shown(cargo.env("LP_TEST_KAFKA", kafka.servers()))
}

fn deny() -> anyhow::Result<()> {
    let mut deny = Command::new(parts::cargo_deny()?);
    deny.current_dir(workspace::root()).args([
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]);
    quiet(&mut deny)
}

/// Interpreters by what they have installed.
struct Pythons {
    opaque_keys: std::path::PathBuf,
    openedx: std::path::PathBuf,
    schemathesis: std::path::PathBuf,
    plugin: std::path::PathBuf,
    open_badges: std::path::PathBuf,
}

fn pythons() -> anyhow::Result<Pythons> {
    Ok(Pythons {
        opaque_keys: python::environment(
            "opaque-keys",
            "crates/opaque-keys/tests/oracle/requirements.txt",
            &["--no-deps"],
        )?,
        openedx: python::openedx()?,
        schemathesis: python::schemathesis()?,
        plugin: python::environment("plugin", "services/plugin-api/tests/oracle/requirements.txt", &[])?,
        open_badges: python::environment("open-badges", "tests/open-badges/requirements.txt", &[])?,
    })
}

async fn tests(pythons: Option<&Pythons>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let dir = tempfile::tempdir()?;
    let mariadb = match pythons {
        Some(_) => Some(MariaDb::start(&parts::mariadb()?, dir.path()).await?),
        None => None,
    };
    let mut cargo = workspace::cargo(&["test", "--workspace"]);
    cargo.env("DATABASE_URL", postgres.url("postgres"));
    if let Some(pythons) = pythons {
        cargo.env("LP_OPAQUE_KEYS_PYTHON", &pythons.opaque_keys).env("LP_OPENEDX_PYTHON", &pythons.openedx);
        cargo.env("LP_PLUGIN_PYTHON", &pythons.plugin).env("LP_OPEN_BADGES_PYTHON", &pythons.open_badges);
        cargo.env("LP_CHROMIUM", parts::debian("chromium", "chromium")?);
        parts::debian("pdftotext", "poppler-utils")?;
        parts::debian("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "fonts-noto-core")?;
        parts::debian("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "fonts-noto-cjk")?;
        cargo.env("LP_POPPLER", "1").env("LP_VERAPDF_CLASSPATH", parts::verapdf()?);
        cargo.env("LP_PAGES_NODE_MODULES", npm::modules("pages", "tests/pages")?);
        // What checks our credentials beside Python; see tests/open-badges.
        cargo.env("LP_OPEN_BADGES_NODE_MODULES", npm::modules("open-badges", "tests/open-badges")?);
        cargo.env("LP_OPEN_BADGES_SCHEMA", parts::open_badges_schema(&pythons.open_badges)?);
    }
    if let Some(mariadb) = &mariadb {
        cargo.env("LP_PLUGIN_MYSQL", mariadb.url());
    }
    shown(&mut cargo)
}
