use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::{DEADLINE, Process, free_port};

/// Apache Kafka: one node, broker and controller.
pub struct Kafka {
    dir: PathBuf,
    libs: String,
    port: u16,
    process: Option<Process>,
}

impl Kafka {
    /// Formats a new node in `dir` and starts it. `parts` holds `kafka-4.3.0/libs`.
    ///
    /// # Errors
    /// When Java or Kafka is not there, or it does not listen.
    pub async fn start(parts: &Path, dir: &Path) -> anyhow::Result<Self> {
        // A port that is free now may be taken before Kafka has it.
        let mut last = None;
        for _ in 0..3 {
            match Self::start_on(parts, dir, free_port()?, free_port()?).await {
                Ok(kafka) => return Ok(kafka),
                Err(error) => last = Some(error),
            }
        }
        Err(last.context("it was tried")?)
    }

    async fn start_on(parts: &Path, dir: &Path, port: u16, controller: u16) -> anyhow::Result<Self> {
        let data = dir.join(format!("kafka-{port}"));
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
    /// When it ends, or does not listen in time.
    pub async fn resume(&mut self) -> anyhow::Result<()> {
        let mut java = self.java("kafka.Kafka");
        let mut process = Process::start("kafka", &self.dir, java.arg("server.properties"))?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            ensure!(process.ended()?.is_none(), "Kafka ended at once:\n{}", process.log());
            ensure!(begun.elapsed() < DEADLINE, "Kafka does not listen:\n{}", process.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.process = Some(process);
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
