//! A real Kafka and a real schema registry.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::Process;
use crate::until;

/// A free port of loopback.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Apache Kafka: one node, broker and controller.
pub(crate) struct Kafka {
    dir: PathBuf,
    libs: String,
    port: u16,
    process: Option<Process>,
}

impl Kafka {
    /// Formats a new node in `dir` and starts it.
    pub(crate) async fn start(parts: &Path, dir: &Path) -> anyhow::Result<Self> {
        let (port, controller) = (free_port()?, free_port()?);
        let data = dir.join("kafka-data");
        let properties = format!(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}\ncontroller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
             log.dirs={}\noffsets.topic.replication.factor=1\noffsets.topic.num.partitions=3\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
             share.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n\
             group.initial.rebalance.delay.ms=0\nauto.create.topics.enable=false\n",
            data.display()
        );
        fs::write(dir.join("server.properties"), properties)?;
        let libs = format!("{}/*", parts.join("kafka-4.3.0/libs").display());
        let mut kafka = Self { dir: dir.to_owned(), libs, port, process: None };
        let formatted = kafka
            .java("kafka.tools.StorageTool")
            .args(["format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c"])
            .arg(dir.join("server.properties"))
            .output()
            .context("Java does not run")?;
        ensure!(formatted.status.success(), "{}", String::from_utf8_lossy(&formatted.stderr));
        kafka.resume().await?;
        Ok(kafka)
    }

    fn java(&self, class: &str) -> Command {
        let mut java = Command::new("java");
        java.args(["-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", &self.libs, class]).current_dir(&self.dir);
        java
    }

    /// Starts it again.
    pub(crate) async fn resume(&mut self) -> anyhow::Result<()> {
        let mut java = self.java("kafka.Kafka");
        self.process = Some(Process::start("kafka", &self.dir, java.arg("server.properties"))?);
        let port = self.port;
        until("Kafka listens", async || Ok(TcpStream::connect(("127.0.0.1", port))?)).await?;
        Ok(())
    }

    /// Kills it as a crash would.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().context("it runs")?.kill()
    }

    /// What clients connect to.
    pub(crate) fn servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// The Apicurio registry, in memory.
pub(crate) struct Registry {
    port: u16,
    /// Held for its end.
    process: Process,
}

impl Registry {
    /// Starts it, empty.
    pub(crate) async fn start(parts: &Path, dir: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut java = Command::new("java");
        java.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar"])
            .arg(parts.join("apicurio-3.0.9/apicurio-registry-app-3.0.9-runner.jar"))
            .current_dir(dir)
            .env("QUARKUS_HTTP_HOST", "127.0.0.1")
            .env("QUARKUS_HTTP_PORT", port.to_string())
            .env("APICURIO_CCOMPAT_LEGACY_ID_MODE_ENABLED", "true");
        let registry = Self { port, process: Process::start("registry", dir, &mut java)? };
        let subjects = format!("{}/subjects", registry.url());
        until("the registry answers", async || {
            Ok(reqwest::get(&subjects).await?.error_for_status().map(drop)?)
        })
        .await?;
        Ok(registry)
    }

    /// Its Confluent API.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/apis/ccompat/v7", self.port)
    }

    /// Stops it in its tracks: it accepts connections and never answers; or lets it go on.
    pub(crate) fn freeze(&self, frozen: bool) -> anyhow::Result<()> {
        use nix::sys::signal::Signal::{SIGCONT, SIGSTOP};
        self.process.signal(if frozen { SIGSTOP } else { SIGCONT })
    }
}
