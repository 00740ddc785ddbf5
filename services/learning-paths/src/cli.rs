//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lp_runtime::{Need, Settings, SettingsError};

/// Follows learners across the courses of learning paths, from Open edX's events.
///
/// Settings come from the environment and from the TOML file that `LP_CONFIG_FILE` names; docs/operating.md lists them.
#[derive(Debug, Parser)]
#[command(name = "learning-paths", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a service until SIGTERM.
    Serve {
        /// Which one.
        service: Service,
    },
    /// Brings the databases to this version. Safe to run twice, and at once.
    Migrate,
    /// Imports paths, runs and enrolments from a YAML file (docs/import-format.md), or all that learning-paths-plugin keeps
    /// (docs/moving-from-the-plugin.md). Safe to repeat.
    Import {
        /// The file; `-` is standard input.
        #[arg(required_unless_present = "from_plugin", conflicts_with = "from_plugin")]
        file: Option<PathBuf>,
        /// The LMS's database, which is only read: `mysql://…`, `postgres://…`, `sqlite://…`.
        #[arg(long, value_name = "DSN")]
        from_plugin: Option<String>,
        /// Only prints what would be done.
        #[arg(long)]
        dry_run: bool,
    },
    /// Messages that could not be read.
    Quarantine {
        #[command(subcommand)]
        action: Quarantine,
        /// In which database.
        #[arg(long, global = true, value_enum, default_value = "progress")]
        database: Database,
    },
    /// How far each partition of Kafka is read.
    Offsets {
        #[command(subcommand)]
        action: Offsets,
        /// In which database.
        #[arg(long, global = true, value_enum, default_value = "progress")]
        database: Database,
    },
    /// The keys that credentials are signed with.
    Keys {
        #[command(subcommand)]
        action: Keys,
    },
    /// Makes all progress anew from the journal of facts.
    Rebuild {
        /// Only compares, names the learners that differ, and fails when there are any.
        #[arg(long)]
        check: bool,
    },
    /// Runs everything on embedded parts with a simulated LMS, and checks what comes out.
    Demo(Demo),
    /// Checks the set-up and says what to do about each failure.
    Doctor,
    /// Prints the OpenAPI document of an API.
    Openapi {
        /// Which one.
        api: ApiName,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// Kafka to facts to progress to path events.
    Consumer,
    /// The query API.
    Query,
    /// Awards from path events, and their API.
    Credentials,
    /// The admin API.
    Admin,
    /// The API of learning-paths-plugin.
    Plugin,
    /// The five in one process.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApiName {
    /// Learners' progress.
    Query,
    /// Learners' awards.
    Credentials,
    /// Paths, runs, and who may do what.
    Admin,
    /// What clients of learning-paths-plugin ask for.
    Plugin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    /// That of the progress consumer.
    Progress,
    /// That of the credentials service.
    Credentials,
}

impl Database {
    pub(crate) fn need(self) -> Need {
        match self {
            Self::Progress => Need::ProgressDatabase,
            Self::Credentials => Need::CredentialsDatabase,
        }
    }

    pub(crate) fn url(self, settings: &Settings) -> Result<&str, SettingsError> {
        match self {
            Self::Progress => settings.databases.progress(),
            Self::Credentials => settings.databases.credentials(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Offsets {
    /// Lists what is stored: the next offset of each partition and the epoch of its owner.
    List,
    /// Goes on with a topic that was made anew, or whose oldest messages are gone unread: moves its stored offsets to the
    /// oldest that Kafka has. What is there is read again, which changes nothing; what is lost stays lost.
    Accept {
        /// Its full name, as `list` gives it.
        topic: String,
        /// Only this partition.
        #[arg(long)]
        partition: Option<i32>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Lists them, the newest first; never a secret.
    List,
    /// Makes the first one. The service does so by itself; where there is one, it is shown.
    Generate,
    /// Makes another one, which signs from now on. What was signed before stays good.
    Rotate,
    /// Gives up a former key that others may have: nobody accepts what it signed any more, and the service signs all of it anew.
    /// Rotate first.
    GiveUp {
        /// The key, as `list` gives it.
        public_key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// Lists them, oldest first.
    List {
        /// Only those with this reason.
        #[arg(long)]
        reason: Option<String>,
        /// Also those that were replayed.
        #[arg(long)]
        replayed: bool,
        /// Only those after this number.
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// At most so many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=10_000))]
        limit: i64,
    },
    /// Shows one: where it came from, why it could not be read, its headers.
    Show {
        /// Its number.
        id: i64,
        /// Writes the payload's bytes, which may hold personal data, to standard output instead.
        #[arg(long)]
        payload: bool,
    },
    /// Reads them again with this version.
    Replay {
        /// Their numbers.
        #[arg(required_unless_present = "all")]
        ids: Vec<i64>,
        /// All that were not replayed.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Demo {
    /// The same seed gives the same learners, events and outcomes.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many learners.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) learners: u32,
    /// Keeps running at the end, and prints where to look.
    #[arg(long)]
    pub(crate) keep: bool,
    /// A real Kafka instead of the embedded one.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka: Option<String>,
    /// A real schema registry instead of the embedded one.
    #[arg(long, value_name = "URL")]
    pub(crate) registry: Option<String>,
    /// A real Postgres (a role that may create databases) instead of a throw-away one.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}
