//! All real parts, and our services as processes on them.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use lp_devstack::Postgres;
use lp_devstack::lms::{Message, Sender, TOPICS};
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::apis::Apis;
use lp_devstack::Process;
use lp_devstack::until;
use lp_devstack::{Apicurio, Kafka, free_port};

/// The prefix of all topics.
pub(crate) const PREFIX: &str = "e2e";
/// The topic of path events, without prefix.
pub(crate) const PATHS: &str = "learning-path-lifecycle";
/// What a process may take to end.
pub(crate) const SHUTDOWN: Duration = Duration::from_secs(10);

/// The parts, migrated databases and topics; everything ends when dropped.
pub(crate) struct Stack {
    // Dropped first to last: clients before servers.
    pub(crate) kafka: Kafka,
    pub(crate) registry: Apicurio,
    pub(crate) postgres: Postgres,
    pub(crate) dir: TempDir,
}

/// A service and where it listens.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Stack {
    /// `None` where there are no real parts.
    pub(crate) async fn start() -> anyhow::Result<Option<Self>> {
        let Some(parts) = env::var_os("LP_E2E").map(PathBuf::from) else {
            println!("did not run: LP_E2E names no directory of real parts");
            return Ok(None);
        };
        let dir = tempfile::Builder::new().prefix("learning-paths-e2e-").tempdir()?;
        let (kafka, registry, postgres) = tokio::try_join!(
            Kafka::start(&parts, dir.path()),
            Apicurio::start(&parts, dir.path()),
            Postgres::start()
        )?;
        for database in ["progress", "credentials"] {
            postgres.create_database(database).await?;
        }
        let stack = Self { kafka, registry, postgres, dir };
        let topics: Vec<String> = TOPICS.iter().chain([&PATHS]).map(|topic| full(topic)).collect();
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        let servers = stack.kafka.servers();
        until("Kafka makes topics", async || lp_devstack::create_topics(&servers, &topics, 3).await).await?;
        stack.run(&["migrate"])?;
        Ok(Some(stack))
    }

    /// The one binary with its settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let binary = env::var_os("LP_E2E_BINARY").context("LP_E2E_BINARY names no binary")?;
        let mut command = Command::new(binary);
        command
            .args(arguments)
            .env("LP_DATABASE_URL", self.postgres.url("progress"))
            .env("LP_CREDENTIALS_DATABASE_URL", self.postgres.url("credentials"))
            .env("LP_KAFKA_BOOTSTRAP_SERVERS", self.kafka.servers())
            .env("LP_KAFKA_TOPIC_PREFIX", PREFIX)
            .env("LP_KAFKA_TOPICS", TOPICS.join(","))
            .env("LP_SCHEMA_REGISTRY_URL", self.registry.url())
            .env("LP_SCHEMA_REGISTRY_TIMEOUT_MS", "1000")
            // Tests ask as fast as they can, as few callers.
            .env("LP_HTTP_REQUESTS_PER_MINUTE", "0")
            .env("LP_SHUTDOWN_DEADLINE_MS", SHUTDOWN.as_millis().to_string());
        Ok(command)
    }

    /// Runs a command of the binary to its good end.
    pub(crate) fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments)?.output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{arguments:?} ended with {}: {text}{errors}", output.status);
        Ok(text)
    }

    /// Imports a document of paths and enrolments.
    pub(crate) fn import(&self, document: &str) -> anyhow::Result<()> {
        let file = self.dir.path().join("import.yaml");
        std::fs::write(&file, document)?;
        self.run(&["import", file.to_str().context("a path in UTF-8")?]).map(drop)
    }

    /// Starts a service (`consumer`, `query`, `credentials`).
    pub(crate) fn serve(&self, service: &str, extra: &[(&str, &str)]) -> anyhow::Result<Service> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let mut command = self.command(&["serve", service])?;
        command.env(format!("LP_{}_LISTEN", service.to_uppercase()), &address).envs(extra.iter().copied());
        let process = Process::start(service, self.dir.path(), &mut command)?;
        Ok(Service { process, url: format!("http://{address}") })
    }

    /// The query and credentials services, and their APIs.
    pub(crate) fn apis(&self) -> anyhow::Result<(Service, Service, Apis)> {
        let (query, credentials) = (self.serve("query", &[])?, self.serve("credentials", &[])?);
        let apis = Apis::new(&query.url, &credentials.url);
        Ok((query, credentials, apis))
    }

    /// Sends messages as the simulated LMS does; the real producer is [`crate::openedx::produce`].
    pub(crate) async fn send(&self, messages: &[Message]) -> anyhow::Result<()> {
        let mut sender = Sender::new(&self.kafka.servers(), &self.registry.url(), Some(PREFIX))?;
        sender.send(messages, |_| {}).await
    }

    /// One number out of a database.
    pub(crate) async fn number(&self, database: &str, query: &'static str) -> anyhow::Result<i64> {
        let mut conn = sqlx::PgConnection::connect(&self.postgres.url(database)).await?;
        let number = sqlx::query_scalar(query).fetch_one(&mut conn).await?;
        conn.close().await?;
        Ok(number)
    }

    /// How many messages of the LMS are behind the consumer.
    pub(crate) async fn consumed(&self) -> anyhow::Result<i64> {
        self.number("progress", "SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_offsets").await
    }

    /// Waits until so many messages are behind the consumer.
    pub(crate) async fn until_consumed(&self, messages: usize) -> anyhow::Result<()> {
        let wanted = i64::try_from(messages)?;
        until("the consumer is there", async || {
            let consumed = self.consumed().await?;
            ensure!(consumed >= wanted, "{consumed} of {wanted}");
            Ok(())
        })
        .await
    }

    /// A digest of all facts and verdicts.
    pub(crate) async fn digest(&self) -> anyhow::Result<[u8; 32]> {
        let mut conn = sqlx::PgConnection::connect(&self.postgres.url("progress")).await?;
        Ok(lp_progress_store::digest(&mut conn).await?)
    }
}

impl Service {
    /// Waits until it says that it can do its work.
    pub(crate) async fn until_ready(&self) -> anyhow::Result<()> {
        let url = format!("{}/health/ready", self.url);
        until("the service is ready", async || Ok(reqwest::get(&url).await?.error_for_status().map(drop)?))
            .await
    }
}

/// A topic with its prefix.
pub(crate) fn full(topic: &str) -> String {
    format!("{PREFIX}-{topic}")
}
