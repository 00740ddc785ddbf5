use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use super::{Process, free_port, until};

/// Apache Kafka: one node, broker and controller.
pub struct Kafka {
    dir: PathBuf,
    libs: String,
    port: u16,
    process: Option<Process>,
}

impl Kafka {
    /// Formats a new node in `dir` and starts it.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn start(parts: &Path, dir: &Path) -> anyhow::Result<Self> {
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
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let mut java = self.java("kafka.Kafka");
        self.process = Some(Process::start("kafka", &self.dir, java.arg("server.properties"))?);
        let port = self.port;
        until("Kafka listens", async || Ok(TcpStream::connect(("127.0.0.1", port))?)).await?;
        Ok(())
    }

    /// Kills it as a crash would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.take().context("it runs")?.kill()
    }

    /// What clients connect to.
    #[must_use]
    pub fn servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}
