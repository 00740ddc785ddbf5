//! Every setting there is: one row each, from which values are read, checked and documented.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable. In the configuration file: the same without `LP_`, in lower case.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: Option<&'static str>,
    /// What values it takes.
    pub kind: Kind,
    /// What it is, in one or two sentences.
    pub help: &'static str,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// Any text, never printed.
    Secret,
    /// `postgres://user:password@host:port/database`, never printed.
    Postgres,
    /// `http://` or `https://`.
    Http,
    /// Addresses `host:port`, separated by commas.
    Hosts,
    /// Names of Kafka topics, separated by commas.
    Topics,
    /// Texts, separated by commas.
    List,
    /// Origins of pages, `https://apps.example.com`, separated by commas.
    Origins,
    /// An IP address and a port, `127.0.0.1:8101`.
    Listen,
    /// A whole number within bounds.
    Number {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// A file that can be read.
    File,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A filter of log lines, as `tracing-subscriber` reads it.
    Filter,
}

impl Setting {
    /// Its name in the configuration file.
    #[must_use]
    pub fn key(&self) -> String {
        self.name.trim_start_matches("LP_").to_ascii_lowercase()
    }

    /// Whether its value must never be seen.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::Postgres)
    }
}

const fn number(min: u64, max: u64) -> Kind {
    Kind::Number { min, max }
}

const fn setting(
    name: &'static str,
    default: Option<&'static str>,
    kind: Kind,
    help: &'static str,
) -> Setting {
    Setting { name, default, kind, help }
}

/// Where the configuration file lies; of the environment only.
pub const CONFIG_FILE: Setting = setting(
    "LP_CONFIG_FILE",
    None,
    Kind::File,
    "A TOML file with any of these settings, named without `LP_` in lower case (`database_url = \"…\"`). The \
     environment wins over it. Not itself a setting of the file.",
);

/// Every setting, in the order in which they are documented.
pub const SETTINGS: &[Setting] = &[
    setting(
        "LP_DATABASE_URL",
        None,
        Kind::Postgres,
        "The progress database. Needed by `serve consumer`, `serve admin`, `serve plugin`, `migrate`, `import`, `rebuild`, `quarantine`, `offsets`.",
    ),
    setting(
        "LP_READER_DATABASE_URL",
        None,
        Kind::Postgres,
        "The progress database as the query API reads it: a login in the role `lp_reader`, or a replica. \
         `LP_DATABASE_URL` when not set.",
    ),
    setting(
        "LP_LIVE_DATABASE_URL",
        None,
        Kind::Postgres,
        "The progress database as live streams listen to it: the primary, in the role `lp_reader`, since a replica cannot be \
         listened to. `LP_READER_DATABASE_URL` when not set.",
    ),
    setting(
        "LP_CREDENTIALS_DATABASE_URL",
        None,
        Kind::Postgres,
        "The credentials database, another one than the progress database. Needed by `serve credentials`, `migrate`.",
    ),
    setting(
        "LP_DATABASE_MAX_CONNECTIONS",
        Some("10"),
        number(2, 1000),
        "Connections to Postgres that each service keeps at most; the query API up to 16 more for lists and exports of learners, the credentials service so many each to change, to list and to show.",
    ),
    setting(
        "LP_KAFKA_BOOTSTRAP_SERVERS",
        None,
        Kind::Hosts,
        "Kafka's brokers, as `EVENT_BUS_KAFKA_BOOTSTRAP_SERVERS` of Open edX. Needed by `serve consumer` and \
         `serve credentials`.",
    ),
    setting(
        "LP_KAFKA_TOPIC_PREFIX",
        None,
        Kind::Text,
        "Put before every topic with a hyphen, as `EVENT_BUS_TOPIC_PREFIX` of Open edX.",
    ),
    setting(
        "LP_KAFKA_TOPICS",
        Some("learning-badges-lifecycle,learning-certificate-lifecycle,course-unenrollment-lifecycle"),
        Kind::Topics,
        "Topics that the progress consumer reads, without prefix: those to which your LMS, CMS and exams service \
         write events. The default names those that Open edX has a default for; add the ones that you configured \
         for grades, enrolments and registrations.",
    ),
    setting(
        "LP_KAFKA_GROUP_ID",
        Some("learning-paths-progress"),
        Kind::Text,
        "Consumer group of the progress consumer.",
    ),
    setting(
        "LP_CREDENTIALS_KAFKA_GROUP_ID",
        Some("learning-paths-credentials"),
        Kind::Text,
        "Consumer group of the credentials service.",
    ),
    setting(
        "LP_KAFKA_SECURITY_PROTOCOL",
        Some("PLAINTEXT"),
        Kind::OneOf(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
        "How to speak to the brokers.",
    ),
    setting(
        "LP_KAFKA_SASL_MECHANISM",
        None,
        Kind::OneOf(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        "How to log in, with a `SASL_…` protocol.",
    ),
    setting("LP_KAFKA_SASL_USERNAME", None, Kind::Text, "Name to log in with, as `EVENT_BUS_KAFKA_API_KEY`."),
    setting(
        "LP_KAFKA_SASL_PASSWORD",
        None,
        Kind::Secret,
        "Password to log in with, as `EVENT_BUS_KAFKA_API_SECRET`.",
    ),
    setting(
        "LP_KAFKA_CA_FILE",
        None,
        Kind::File,
        "Certificates (PEM) that the brokers' certificates must come from, instead of the system's.",
    ),
    setting(
        "LP_SCHEMA_REGISTRY_URL",
        None,
        Kind::Http,
        "The schema registry, as `EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL` of Open edX; with a base path where there is \
         one (Apicurio: `/apis/ccompat/v7`). Needed by `serve consumer` and `serve credentials`.",
    ),
    setting("LP_SCHEMA_REGISTRY_USERNAME", None, Kind::Text, "Name for the registry."),
    setting("LP_SCHEMA_REGISTRY_PASSWORD", None, Kind::Secret, "Password for the registry."),
    setting(
        "LP_SCHEMA_REGISTRY_TIMEOUT_MS",
        Some("5000"),
        number(100, 60_000),
        "How long one answer of the registry may take.",
    ),
    setting(
        "LP_BATCH_MAX_MESSAGES",
        Some("2000"),
        number(1, 10_000),
        "Messages that one transaction takes at most.",
    ),
    setting(
        "LP_BATCH_MAX_WAIT_MS",
        Some("50"),
        number(1, 10_000),
        "How long a message waits at most for others to join its transaction.",
    ),
    setting(
        "LP_POISON_LIMIT",
        Some("100"),
        number(1, 1_000_000),
        "So many messages of a partition in a row that cannot be read stop it: the fault is then not theirs.",
    ),
    setting(
        "LP_FUTURE_SKEW_SECONDS",
        Some("300"),
        number(0, 86_400),
        "How far ahead of our clock an event's time may be; beyond, it counts as that far ahead.",
    ),
    setting(
        "LP_WATCHDOG_SECONDS",
        Some("300"),
        number(10, 86_400),
        "A consumer that lags and makes no progress for so long, while Postgres and Kafka answer, ends its process.",
    ),
    setting(
        "LP_CLAIMS_KEY",
        None,
        Kind::Secret,
        "The key under which e-mail addresses and external keys of invited people are hashed: a random text of 32 characters or \
         more, the same for all services, and the same for good. Without it nobody is invited who has no account yet.",
    ),
    setting(
        "LP_LMS_URL",
        None,
        Kind::Http,
        "The LMS, as our services reach it. Needed to enrol learners in the courses of their runs, and to hold facts against its record; with the next two.",
    ),
    setting(
        "LP_LMS_CLIENT_ID",
        None,
        Kind::Text,
        "An OAuth application of the LMS with grant `client-credentials`, whose owner is staff.",
    ),
    setting("LP_LMS_CLIENT_SECRET", None, Kind::Secret, "Its secret."),
    setting(
        "LP_LMS_CALLS_PER_MINUTE",
        Some("100"),
        number(1, 10_000),
        "The most calls a minute of views that the LMS throttles. It takes 120 of one staff user, all its views together; one \
         admin service makes them, however many there are.",
    ),
    setting(
        "LP_CREDENTIALS_URL",
        None,
        Kind::Http,
        "The credentials service as everybody reaches it, `https://credentials.example.org`: it names the issuer (`did:web`) and \
         stands in every credential for good. Needed to issue credentials, with the next one; without both, completions are \
         remembered.",
    ),
    setting(
        "LP_CREDENTIALS_SECRET",
        None,
        Kind::Secret,
        "Seals the keys that credentials are signed with, and makes their ids: a random text of 32 characters or more that stays \
         the same for good. Keep a copy apart from those of the database.",
    ),
    setting(
        "LP_CREDENTIALS_STATUS_DELAY_SECONDS",
        Some("10"),
        number(0, 3_600),
        "How long a revocation or suspension may wait for others, so that one signed list tells of all of them.",
    ),
    setting(
        "LP_CREDENTIALS_SUSPENSION",
        Some("off"),
        Kind::OneOf(&["on", "off"]),
        "`on` gives new credentials a second entry, in a list of the suspended. The schema of Open Badges 3.0 allows one entry \
         only, that of the revoked; most verifiers take both.",
    ),
    setting(
        "LP_CREDENTIALS_CERTIFICATE_DESIGN",
        None,
        Kind::File,
        "An SVG template to draw certificates by instead of ours; crates/certificates says what may be in it.",
    ),
    setting("LP_CREDENTIALS_TRANSCRIPT_DESIGN", None, Kind::File, "The same for transcripts."),
    setting(
        "LP_CONSUMER_LISTEN",
        Some("127.0.0.1:8100"),
        Kind::Listen,
        "Health and metrics of the progress consumer.",
    ),
    setting(
        "LP_QUERY_LISTEN",
        Some("127.0.0.1:8101"),
        Kind::Listen,
        "The query API. Beyond loopback only with `LP_JWT_PUBLIC_KEYS` or `LP_API_TOKEN`.",
    ),
    setting(
        "LP_CREDENTIALS_LISTEN",
        Some("127.0.0.1:8102"),
        Kind::Listen,
        "The credentials API. Beyond loopback only with `LP_JWT_PUBLIC_KEYS` or `LP_API_TOKEN`.",
    ),
    setting(
        "LP_ADMIN_LISTEN",
        Some("127.0.0.1:8103"),
        Kind::Listen,
        "The admin API. Beyond loopback only with `LP_JWT_PUBLIC_KEYS` or `LP_API_TOKEN`; without keys of tokens nobody \
         can change anything.",
    ),
    setting(
        "LP_PLUGIN_LISTEN",
        Some("127.0.0.1:8104"),
        Kind::Listen,
        "The API of the plugin `learning-paths-plugin`. Beyond loopback only with `LP_JWT_PUBLIC_KEYS` or `LP_API_TOKEN`; \
         without keys of tokens nobody can enrol.",
    ),
    setting(
        "LP_JWT_PUBLIC_KEYS",
        None,
        Kind::Text,
        "The public keys of the LMS's tokens: the JSON text of its `JWT_PUBLIC_SIGNING_JWK_SET`, in one line. Needs \
         `LP_JWT_ISSUER` and `LP_JWT_AUDIENCE`.",
    ),
    setting(
        "LP_JWT_PUBLIC_KEYS_FILE",
        None,
        Kind::File,
        "The same in a file, which is read again within seconds of a change.",
    ),
    setting(
        "LP_JWT_SECRET_KEY",
        None,
        Kind::Secret,
        "`JWT_SECRET_KEY` of the LMS, with which it signs the tokens of services unless told otherwise. Whoever has it \
         can forge any token; see below for how to do without.",
    ),
    setting("LP_JWT_ISSUER", None, Kind::List, "`JWT_ISSUER` of the LMS; several are possible."),
    setting("LP_JWT_AUDIENCE", None, Kind::List, "`JWT_AUDIENCE` of the LMS; several are possible."),
    setting(
        "LP_IDENTITY_WORKERS",
        None,
        Kind::List,
        "Usernames of the LMS's workers that may retire and rename learners, as its `RETIREMENT_SERVICE_WORKER_USERNAME` \
         and `USERNAME_REPLACEMENT_WORKER`. Administrators may too.",
    ),
    setting(
        "LP_CORS_ORIGINS",
        None,
        Kind::Origins,
        "Origins of the pages (MFEs) that may ask with learners' cookies, as `CORS_ORIGIN_WHITELIST` of the LMS.",
    ),
    setting(
        "LP_API_TOKEN",
        None,
        Kind::Secret,
        "The operator's own token, sent as `Authorization: Bearer …`; it sees everything and changes nothing. 16 \
         characters or more. Without it and without keys the APIs listen on loopback only, open to all there.",
    ),
    setting(
        "LP_HTTP_REQUEST_TIMEOUT_MS",
        Some("10000"),
        number(100, 600_000),
        "How long a request may take.",
    ),
    setting(
        "LP_HTTP_MAX_BODY_BYTES",
        Some("65536"),
        number(1024, 67_108_864),
        "The largest body of a request.",
    ),
    setting(
        "LP_HTTP_MAX_CONCURRENT_REQUESTS",
        Some("256"),
        number(1, 100_000),
        "Requests at once; more are answered 503 with `Retry-After`.",
    ),
    setting(
        "LP_HTTP_REQUESTS_PER_MINUTE",
        Some("1200"),
        number(0, 1_000_000),
        "Requests a minute that one caller may make of one process, as many of them at once; more are answered 429 with \
         `Retry-After`. The operator's token and `LP_IDENTITY_WORKERS` are not counted. 0: no bound.",
    ),
    setting(
        "LP_HTTP_MAX_CONNECTIONS",
        Some("1024"),
        number(1, 100_000),
        "Connections at once; more wait. Those of live streams are counted on their own.",
    ),
    setting(
        "LP_HTTP_WRITE_TIMEOUT_MS",
        Some("10000"),
        number(100, 600_000),
        "How long a client may take nothing of what is sent to it; then it is cut off.",
    ),
    setting(
        "LP_LIVE_MAX_STREAMS",
        Some("5000"),
        number(1, 100_000),
        "Live streams at once in each process of the query API; more are answered 503. Let it have as many open files and some \
         hundred more.",
    ),
    setting(
        "LP_LIVE_MAX_STREAMS_PER_LEARNER",
        Some("10"),
        number(1, 100_000),
        "Live streams of one learner at once in each process; more are answered 429.",
    ),
    setting(
        "LP_REPORT_MIN_GROUP",
        Some("0"),
        number(0, 1_000),
        "Reports hide counts of fewer learners than these, and what such counts would follow from. 0 hides nothing.",
    ),
    setting(
        "LP_SHUTDOWN_DEADLINE_MS",
        Some("20000"),
        number(100, 600_000),
        "How long the process may take to end once it is told to (SIGTERM, SIGINT). Keep it below what your \
         platform waits before it kills.",
    ),
    setting("LP_LOG", Some("info"), Kind::Filter, "Which log lines: `info`, `warn,lp_kafka=debug`, …."),
    setting("LP_LOG_FORMAT", Some("json"), Kind::OneOf(&["json", "text"]), "JSON lines, or text for people."),
    setting(
        "LP_OTLP_ENDPOINT",
        None,
        Kind::Http,
        "An OpenTelemetry collector (OTLP over HTTP, port 4318 by custom) that gets traces. None when not set.",
    ),
];

/// The row of a setting.
#[must_use]
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

impl Kind {
    /// What values it takes, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Secret => "text, secret".into(),
            Self::Postgres => "`postgres://…`, secret".into(),
            Self::Http => "`http(s)://…`".into(),
            Self::Hosts => "`host:port,…`".into(),
            Self::Topics => "topics, by commas".into(),
            Self::List => "texts, by commas".into(),
            Self::Origins => "`https://host,…`".into(),
            Self::Listen => "`address:port`".into(),
            Self::Number { min, max } => format!("{min} to {max}"),
            Self::File => "a file".into(),
            Self::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
            Self::Filter => "a log filter".into(),
        }
    }
}

/// All settings as the table of `docs/operating.md`.
#[must_use]
pub fn markdown() -> String {
    let mut table = String::from("| setting | default | values | what it is |\n|---|---|---|---|\n");
    for setting in std::iter::once(&CONFIG_FILE).chain(SETTINGS) {
        let default =
            setting.default.map(|value| format!("`{}`", value.replace(',', ", "))).unwrap_or_default();
        let values = setting.kind.words();
        table.extend(["| `", setting.name, "` | ", &default, " | ", &values, " | ", setting.help, " |\n"]);
    }
    table
}
