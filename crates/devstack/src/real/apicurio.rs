use std::path::Path;
use std::process::Command;

use super::{Process, free_port, until};

/// The Apicurio registry, in memory.
pub struct Apicurio {
    port: u16,
    /// Held for its end.
    process: Process,
}

impl Apicurio {
    /// Starts it, empty.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn start(parts: &Path, dir: &Path) -> anyhow::Result<Self> {
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
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/apis/ccompat/v7", self.port)
    }

    /// Stops it in its tracks: it accepts connections and never answers; or lets it go on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn freeze(&self, frozen: bool) -> anyhow::Result<()> {
        use nix::sys::signal::Signal::{SIGCONT, SIGSTOP};
        self.process.signal(if frozen { SIGSTOP } else { SIGCONT })
    }
}
