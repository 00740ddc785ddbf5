//! Configuration: typed, checked whole, read once at start.

mod parts;
mod read;
mod source;
pub mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

pub use source::Source;

use read::Reader;

/// Every setting with its value, grouped by what it is for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The databases.
    pub databases: Databases,
    /// Kafka.
    pub kafka: Kafka,
    /// The schema registry.
    pub registry: Registry,
    /// The LMS's REST API.
    pub lms: LmsApi,
    /// How messages are taken in.
    pub intake: Intake,
    /// How credentials are issued.
    pub credentials: Credentials,
    /// Where services listen, and what they take on.
    pub http: Http,
    /// What reports show.
    pub reports: Reports,
    /// Logs and traces.
    pub telemetry: TelemetrySettings,
    /// How long the process may take to end.
    pub shutdown_deadline: Duration,
}

/// The databases. Each address is a secret: it may hold a password.
#[derive(Debug, Clone)]
pub struct Databases {
    /// `LP_DATABASE_URL`.
    pub progress: Option<SecretString>,
    /// `LP_READER_DATABASE_URL`.
    pub reader: Option<SecretString>,
    /// `LP_LIVE_DATABASE_URL`.
    pub live: Option<SecretString>,
    /// `LP_CREDENTIALS_DATABASE_URL`.
    pub credentials: Option<SecretString>,
    /// `LP_DATABASE_MAX_CONNECTIONS`.
    pub max_connections: u32,
}

impl Databases {
    /// The progress database.
    ///
    /// # Errors
    /// When it is not set.
    pub fn progress(&self) -> Result<&str, SettingsError> {
        required(self.progress.as_ref(), "LP_DATABASE_URL")
    }

    /// The progress database as the query API reads it.
    ///
    /// # Errors
    /// When neither of its two settings is set.
    pub fn reader(&self) -> Result<&str, SettingsError> {
        required(self.reader.as_ref().or(self.progress.as_ref()), "LP_READER_DATABASE_URL")
    }

    /// The progress database as live streams read it.
    ///
    /// # Errors
    /// When none of its three settings is set.
    pub fn live(&self) -> Result<&str, SettingsError> {
        self.live.as_ref().map_or_else(|| self.reader(), |live| Ok(live.expose_secret()))
    }

    /// The credentials database.
    ///
    /// # Errors
    /// When it is not set.
    pub fn credentials(&self) -> Result<&str, SettingsError> {
        required(self.credentials.as_ref(), "LP_CREDENTIALS_DATABASE_URL")
    }
}

fn required<'a>(value: Option<&'a SecretString>, name: &str) -> Result<&'a str, SettingsError> {
    value.map(SecretString::expose_secret).ok_or_else(|| SettingsError::missing(name))
}

/// Kafka, by Open edX's own settings.
#[derive(Debug, Clone)]
pub struct Kafka {
    /// `LP_KAFKA_BOOTSTRAP_SERVERS`, separated by commas.
    pub bootstrap_servers: Option<String>,
    /// `LP_KAFKA_TOPIC_PREFIX`.
    pub topic_prefix: Option<String>,
    /// `LP_KAFKA_TOPICS`, without prefix.
    pub topics: Vec<String>,
    /// `LP_KAFKA_GROUP_ID`.
    pub group_id: String,
    /// `LP_CREDENTIALS_KAFKA_GROUP_ID`.
    pub credentials_group_id: String,
    /// `LP_KAFKA_SECURITY_PROTOCOL`, as librdkafka's `security.protocol`.
    pub security_protocol: String,
    /// `LP_KAFKA_SASL_MECHANISM`, as librdkafka's `sasl.mechanism`.
    pub sasl_mechanism: Option<String>,
    /// `LP_KAFKA_SASL_USERNAME`.
    pub sasl_username: Option<String>,
    /// `LP_KAFKA_SASL_PASSWORD`.
    pub sasl_password: Option<SecretString>,
    /// `LP_KAFKA_CA_FILE`.
    pub ca_file: Option<PathBuf>,
}

impl Kafka {
    /// The brokers.
    ///
    /// # Errors
    /// When they are not set.
    pub fn bootstrap_servers(&self) -> Result<&str, SettingsError> {
        self.bootstrap_servers.as_deref().ok_or_else(|| SettingsError::missing("LP_KAFKA_BOOTSTRAP_SERVERS"))
    }
}

/// The schema registry.
#[derive(Debug, Clone)]
pub struct Registry {
    /// `LP_SCHEMA_REGISTRY_URL`.
    pub url: Option<Url>,
    /// `LP_SCHEMA_REGISTRY_USERNAME` and `LP_SCHEMA_REGISTRY_PASSWORD`, both or none.
    pub basic_auth: Option<(String, SecretString)>,
    /// `LP_SCHEMA_REGISTRY_TIMEOUT_MS`.
    pub timeout: Duration,
}

impl Registry {
    /// Where it is.
    ///
    /// # Errors
    /// When it is not set.
    pub fn url(&self) -> Result<&Url, SettingsError> {
        self.url.as_ref().ok_or_else(|| SettingsError::missing("LP_SCHEMA_REGISTRY_URL"))
    }
}

/// The LMS's REST API.
#[derive(Debug, Clone)]
pub struct LmsApi {
    /// `LP_LMS_URL`, `LP_LMS_CLIENT_ID` and `LP_LMS_CLIENT_SECRET`, all or none.
    pub login: Option<(Url, String, SecretString)>,
    /// `LP_LMS_CALLS_PER_MINUTE`.
    pub calls_per_minute: u32,
}

/// How messages are taken in.
#[derive(Debug, Clone)]
pub struct Intake {
    /// `LP_BATCH_MAX_MESSAGES`.
    pub batch_max_messages: usize,
    /// `LP_BATCH_MAX_WAIT_MS`.
    pub batch_max_wait: Duration,
    /// `LP_POISON_LIMIT`.
    pub poison_limit: u32,
    /// `LP_FUTURE_SKEW_SECONDS`.
    pub future_skew: Duration,
    /// `LP_WATCHDOG_SECONDS`.
    pub watchdog: Duration,
    /// `LP_CLAIMS_KEY`.
    pub claims_key: Option<SecretString>,
}

/// How credentials are issued.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// `LP_CREDENTIALS_URL` and `LP_CREDENTIALS_SECRET`, both or none.
    pub issuer: Option<(Url, SecretString)>,
    /// `LP_CREDENTIALS_STATUS_DELAY_SECONDS`.
    pub status_delay: Duration,
    /// `LP_CREDENTIALS_SUSPENSION`.
    pub has_suspension: bool,
    /// `LP_CREDENTIALS_CERTIFICATE_DESIGN`.
    pub certificate_design: Option<PathBuf>,
    /// `LP_CREDENTIALS_TRANSCRIPT_DESIGN`.
    pub transcript_design: Option<PathBuf>,
}

/// Where services listen, and what they take on.
#[derive(Debug, Clone)]
pub struct Http {
    /// `LP_CONSUMER_LISTEN`.
    pub consumer_listen: SocketAddr,
    /// `LP_QUERY_LISTEN`.
    pub query_listen: SocketAddr,
    /// `LP_CREDENTIALS_LISTEN`.
    pub credentials_listen: SocketAddr,
    /// `LP_ADMIN_LISTEN`.
    pub admin_listen: SocketAddr,
    /// `LP_PLUGIN_LISTEN`.
    pub plugin_listen: SocketAddr,
    /// `LP_API_TOKEN`.
    pub api_token: Option<SecretString>,
    /// `LP_JWT_PUBLIC_KEYS`.
    pub jwt_public_keys: Option<String>,
    /// `LP_JWT_PUBLIC_KEYS_FILE`.
    pub jwt_public_keys_file: Option<PathBuf>,
    /// `LP_JWT_SECRET_KEY`.
    pub jwt_secret_key: Option<SecretString>,
    /// `LP_JWT_ISSUER`, one or several.
    pub jwt_issuers: Vec<String>,
    /// `LP_JWT_AUDIENCE`, one or several.
    pub jwt_audience: Vec<String>,
    /// `LP_IDENTITY_WORKERS`.
    pub identity_workers: Vec<String>,
    /// `LP_CORS_ORIGINS`.
    pub cors_origins: Vec<String>,
    /// `LP_HTTP_REQUEST_TIMEOUT_MS`.
    pub request_timeout: Duration,
    /// `LP_HTTP_MAX_BODY_BYTES`.
    pub max_body_bytes: usize,
    /// `LP_HTTP_MAX_CONCURRENT_REQUESTS`.
    pub max_concurrent_requests: usize,
    /// `LP_HTTP_REQUESTS_PER_MINUTE`; none when it is 0.
    pub requests_per_minute: Option<NonZeroU32>,
    /// `LP_HTTP_MAX_CONNECTIONS`.
    pub max_connections: usize,
    /// `LP_HTTP_WRITE_TIMEOUT_MS`.
    pub write_timeout: Duration,
    /// `LP_LIVE_MAX_STREAMS`.
    pub max_streams: usize,
    /// `LP_LIVE_MAX_STREAMS_PER_LEARNER`.
    pub max_streams_per_learner: usize,
}

impl Http {
    fn has_keys(&self) -> bool {
        self.jwt_public_keys.is_some() || self.jwt_public_keys_file.is_some() || self.jwt_secret_key.is_some()
    }
}

/// What reports show.
#[derive(Debug, Clone)]
pub struct Reports {
    /// `LP_REPORT_MIN_GROUP`.
    pub min_group: u32,
}

/// Logs and traces.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// `LP_LOG`.
    pub log: String,
    /// `LP_LOG_FORMAT`.
    pub log_format: Format,
    /// `LP_OTLP_ENDPOINT`.
    pub otlp_endpoint: Option<Url>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}

/// What a command cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `LP_DATABASE_URL`.
    ProgressDatabase,
    /// `LP_READER_DATABASE_URL` or `LP_DATABASE_URL`.
    ReaderDatabase,
    /// `LP_CREDENTIALS_DATABASE_URL`.
    CredentialsDatabase,
    /// `LP_KAFKA_BOOTSTRAP_SERVERS` and `LP_SCHEMA_REGISTRY_URL`.
    EventBus,
    /// No guarded route may be open to the world: the query API's.
    QueryListen,
    /// No guarded route may be open to the world: the credentials API's.
    CredentialsListen,
    /// No guarded route may be open to the world: the admin API's.
    AdminListen,
    /// No guarded route may be open to the world: the plugin's API's.
    PluginListen,
}

/// Everything that is wrong with the configuration, at once. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    problems: Vec<String>,
}

impl SettingsError {
    fn missing(name: &str) -> Self {
        Self { problems: vec![format!("{name} is not set")] }
    }

    /// One line a problem.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl std::error::Error for SettingsError {}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is wrong:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl Settings {
    /// Reads and checks everything, and that what the command needs is there.
    ///
    /// # Errors
    /// All problems together.
    pub fn load(source: &Source, needs: &[Need]) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(source);
        let settings = Self::read(&mut reader);
        settings.check_together(&mut reader);
        for need in needs {
            settings.check_need(*need, &mut reader);
        }
        if reader.problems.is_empty() { Ok(settings) } else { Err(reader.problems.into()) }
    }

    fn read(r: &mut Reader<'_>) -> Self {
        let username = r.text("LP_SCHEMA_REGISTRY_USERNAME");
        let password = r.secret("LP_SCHEMA_REGISTRY_PASSWORD");
        if username.is_some() != password.is_some() {
            r.problem(
                "LP_SCHEMA_REGISTRY_USERNAME",
                "and LP_SCHEMA_REGISTRY_PASSWORD go together; one of them is not set",
            );
        }
        Self {
            databases: Databases {
                progress: r.secret("LP_DATABASE_URL"),
                reader: r.secret("LP_READER_DATABASE_URL"),
                live: r.secret("LP_LIVE_DATABASE_URL"),
                credentials: r.secret("LP_CREDENTIALS_DATABASE_URL"),
                max_connections: r.number("LP_DATABASE_MAX_CONNECTIONS"),
            },
            kafka: Kafka {
                bootstrap_servers: r.text("LP_KAFKA_BOOTSTRAP_SERVERS"),
                topic_prefix: r.text("LP_KAFKA_TOPIC_PREFIX"),
                topics: r.list("LP_KAFKA_TOPICS"),
                group_id: r.text("LP_KAFKA_GROUP_ID").unwrap_or_default(),
                credentials_group_id: r.text("LP_CREDENTIALS_KAFKA_GROUP_ID").unwrap_or_default(),
                security_protocol: r.text("LP_KAFKA_SECURITY_PROTOCOL").unwrap_or_default(),
                sasl_mechanism: r.text("LP_KAFKA_SASL_MECHANISM"),
                sasl_username: r.text("LP_KAFKA_SASL_USERNAME"),
                sasl_password: r.secret("LP_KAFKA_SASL_PASSWORD"),
                ca_file: r.file("LP_KAFKA_CA_FILE"),
            },
            registry: Registry {
                url: r.url("LP_SCHEMA_REGISTRY_URL"),
                basic_auth: username.zip(password),
                timeout: r.millis("LP_SCHEMA_REGISTRY_TIMEOUT_MS"),
            },
            lms: LmsApi { login: Self::lms_login(r), calls_per_minute: r.number("LP_LMS_CALLS_PER_MINUTE") },
            intake: Intake {
                batch_max_messages: r.number("LP_BATCH_MAX_MESSAGES"),
                batch_max_wait: r.millis("LP_BATCH_MAX_WAIT_MS"),
                poison_limit: r.number("LP_POISON_LIMIT"),
                future_skew: r.seconds("LP_FUTURE_SKEW_SECONDS"),
                watchdog: r.seconds("LP_WATCHDOG_SECONDS"),
                claims_key: r.secret("LP_CLAIMS_KEY"),
            },
            credentials: Credentials {
                issuer: Self::issuer(r),
                status_delay: r.seconds("LP_CREDENTIALS_STATUS_DELAY_SECONDS"),
                has_suspension: r.text("LP_CREDENTIALS_SUSPENSION").is_some_and(|word| word == "on"),
                certificate_design: r.file("LP_CREDENTIALS_CERTIFICATE_DESIGN"),
                transcript_design: r.file("LP_CREDENTIALS_TRANSCRIPT_DESIGN"),
            },
            http: Http {
                consumer_listen: r.listen("LP_CONSUMER_LISTEN"),
                query_listen: r.listen("LP_QUERY_LISTEN"),
                credentials_listen: r.listen("LP_CREDENTIALS_LISTEN"),
                admin_listen: r.listen("LP_ADMIN_LISTEN"),
                plugin_listen: r.listen("LP_PLUGIN_LISTEN"),
                api_token: r.secret("LP_API_TOKEN"),
                jwt_public_keys: r.text("LP_JWT_PUBLIC_KEYS"),
                jwt_public_keys_file: r.file("LP_JWT_PUBLIC_KEYS_FILE"),
                jwt_secret_key: r.secret("LP_JWT_SECRET_KEY"),
                jwt_issuers: r.list("LP_JWT_ISSUER"),
                jwt_audience: r.list("LP_JWT_AUDIENCE"),
                identity_workers: r.list("LP_IDENTITY_WORKERS"),
                cors_origins: r.list("LP_CORS_ORIGINS"),
                request_timeout: r.millis("LP_HTTP_REQUEST_TIMEOUT_MS"),
                max_body_bytes: r.number("LP_HTTP_MAX_BODY_BYTES"),
                max_concurrent_requests: r.number("LP_HTTP_MAX_CONCURRENT_REQUESTS"),
                requests_per_minute: NonZeroU32::new(r.number("LP_HTTP_REQUESTS_PER_MINUTE")),
                max_connections: r.number("LP_HTTP_MAX_CONNECTIONS"),
                write_timeout: r.millis("LP_HTTP_WRITE_TIMEOUT_MS"),
                max_streams: r.number("LP_LIVE_MAX_STREAMS"),
                max_streams_per_learner: r.number("LP_LIVE_MAX_STREAMS_PER_LEARNER"),
            },
            reports: Reports { min_group: r.number("LP_REPORT_MIN_GROUP") },
            telemetry: TelemetrySettings {
                log: r.text("LP_LOG").unwrap_or_default(),
                log_format: match r.text("LP_LOG_FORMAT").as_deref() {
                    Some("text") => Format::Text,
                    _ => Format::Json,
                },
                otlp_endpoint: r.url("LP_OTLP_ENDPOINT"),
            },
            shutdown_deadline: r.millis("LP_SHUTDOWN_DEADLINE_MS"),
        }
    }

    /// Where the LMS is and as whom to ask it: three settings that go together.
    fn lms_login(r: &mut Reader<'_>) -> Option<(Url, String, SecretString)> {
        let (url, id, secret) =
            (r.url("LP_LMS_URL"), r.text("LP_LMS_CLIENT_ID"), r.secret("LP_LMS_CLIENT_SECRET"));
        let set = [url.is_some(), id.is_some(), secret.is_some()];
        if set.contains(&true) && set.contains(&false) {
            r.problem(
                "LP_LMS_URL",
                "goes together with LP_LMS_CLIENT_ID and LP_LMS_CLIENT_SECRET; one is not set",
            );
        }
        Some((url?, id?, secret?))
    }

    /// Who issues credentials: two settings that go together.
    fn issuer(r: &mut Reader<'_>) -> Option<(Url, SecretString)> {
        let (url, secret) = (r.url("LP_CREDENTIALS_URL"), r.secret("LP_CREDENTIALS_SECRET"));
        if url.is_some() != secret.is_some() {
            r.problem("LP_CREDENTIALS_URL", "and LP_CREDENTIALS_SECRET go together; one of them is not set");
        }
        if url.as_ref().is_some_and(|url| url.scheme() != "https" || url.domain().is_none()) {
            r.problem("LP_CREDENTIALS_URL", "is no https address with a host's name, which did:web wants");
        }
        Some((url?, secret?))
    }

    /// What no setting alone can say.
    fn check_together(&self, r: &mut Reader<'_>) {
        let kafka = &self.kafka;
        let login = [
            ("LP_KAFKA_SASL_MECHANISM", kafka.sasl_mechanism.is_some()),
            ("LP_KAFKA_SASL_USERNAME", kafka.sasl_username.is_some()),
            ("LP_KAFKA_SASL_PASSWORD", kafka.sasl_password.is_some()),
        ];
        let sasl = kafka.security_protocol.starts_with("SASL");
        for (name, set) in login {
            if sasl && !set {
                r.problem(
                    name,
                    format!("is needed with LP_KAFKA_SECURITY_PROTOCOL={}", kafka.security_protocol),
                );
            } else if !sasl && set {
                r.problem(name, "is set, but LP_KAFKA_SECURITY_PROTOCOL is not SASL_SSL or SASL_PLAINTEXT");
            }
        }
        let exposed = |url: &Option<SecretString>| url.as_ref().map(|url| url.expose_secret().to_owned());
        if let (Some(progress), Some(credentials)) =
            (exposed(&self.databases.progress), exposed(&self.databases.credentials))
            && same_database(&progress, &credentials)
        {
            r.problem(
                "LP_CREDENTIALS_DATABASE_URL",
                "is the same database as LP_DATABASE_URL; the two services keep theirs apart",
            );
        }
        if self.http.has_keys() {
            for (name, list) in
                [("LP_JWT_ISSUER", &self.http.jwt_issuers), ("LP_JWT_AUDIENCE", &self.http.jwt_audience)]
            {
                if list.is_empty() {
                    r.problem(
                        name,
                        "is needed where keys of tokens are set: any token of these keys would hold",
                    );
                }
            }
        }
        if self.intake.claims_key.as_ref().is_some_and(|key| key.expose_secret().len() < 32) {
            r.problem("LP_CLAIMS_KEY", "is too short; take a random text of 32 characters or more");
        }
        if self.credentials.issuer.as_ref().is_some_and(|(_, secret)| secret.expose_secret().len() < 32) {
            r.problem("LP_CREDENTIALS_SECRET", "is too short; take a random text of 32 characters or more");
        }
        if self.http.jwt_secret_key.as_ref().is_some_and(|secret| secret.expose_secret().len() < 16) {
            r.problem("LP_JWT_SECRET_KEY", "is too short to be the LMS's JWT_SECRET_KEY");
        }
        if self.http.api_token.as_ref().is_some_and(|token| token.expose_secret().len() < 16) {
            r.problem("LP_API_TOKEN", "is too short; take a random text of 16 characters or more");
        }
    }

    fn check_need(&self, need: Need, r: &mut Reader<'_>) {
        let missing = match need {
            Need::ProgressDatabase => self.databases.progress().err(),
            Need::ReaderDatabase => self.databases.reader().err(),
            Need::CredentialsDatabase => self.databases.credentials().err(),
            Need::EventBus => {
                let registry = self.registry.url().err();
                r.problems.extend(registry.map(|error| error.problems).unwrap_or_default());
                self.kafka.bootstrap_servers().err()
            }
            Need::QueryListen => self.open_to_the_world("LP_QUERY_LISTEN", self.http.query_listen),
            Need::AdminListen => self.open_to_the_world("LP_ADMIN_LISTEN", self.http.admin_listen),
            Need::PluginListen => self.open_to_the_world("LP_PLUGIN_LISTEN", self.http.plugin_listen),
            Need::CredentialsListen => {
                self.open_to_the_world("LP_CREDENTIALS_LISTEN", self.http.credentials_listen)
            }
        };
        for problem in missing.map(|error| error.problems).unwrap_or_default() {
            // A value that was refused is not also missing.
            let name = problem.split(' ').next().unwrap_or_default();
            if !r.problems.iter().any(|known| known.starts_with(name)) {
                r.problems.push(problem);
            }
        }
    }

    fn open_to_the_world(&self, name: &str, address: SocketAddr) -> Option<SettingsError> {
        let open = self.http.api_token.is_none() && !self.http.has_keys();
        (open && !address.ip().to_canonical().is_loopback()).then(|| SettingsError {
            problems: vec![format!(
                "{name} is {address}, which other machines can reach, and neither LP_JWT_PUBLIC_KEYS nor LP_API_TOKEN is \
                 set, so anyone could read learners' progress there: set one of them, or listen on 127.0.0.1"
            )],
        })
    }
}

fn same_database(one: &str, other: &str) -> bool {
    let place = |url: &str| {
        let url = Url::parse(url).ok()?;
        Some((url.host_str()?.to_owned(), url.port().unwrap_or(5432), url.path().to_owned()))
    };
    place(one).is_some_and(|one| Some(one) == place(other))
}
