//! Kafka, the registry and Postgres of the demo: embedded ones, or real ones.

use anyhow::Context as _;
use lp_devstack::lms_api;
use lp_devstack::{MockKafka, Postgres, Registry};
use lp_runtime::{Need, Settings, Source};
use sqlx::migrate::MigrateDatabase as _;
use url::Url;

use crate::cli::Demo;

/// What runs for the demo, and how it is reached. Embedded parts end when this is dropped.
pub(crate) struct Parts {
    pub(crate) kafka: String,
    pub(crate) registry: String,
    pub(crate) progress: String,
    pub(crate) credentials: String,
    /// Every topic begins with it, so that a real Kafka's other topics are left alone.
    pub(crate) prefix: String,
    /// What the simulated LMS shares with the services, to sign tokens with.
    pub(crate) secret: String,
    embedded_kafka: Option<MockKafka>,
    embedded_registry: Option<Registry>,
    embedded_postgres: Option<Postgres>,
}

impl Parts {
    /// Starts what is not given.
    pub(crate) async fn start(options: &Demo, topics: &[&str]) -> anyhow::Result<Self> {
        let suffix = uuid::Uuid::new_v4().simple().to_string();
        let prefix = format!("demo-{}", &suffix[..8]);
        let full: Vec<String> = topics.iter().map(|base| lp_kafka::full_topic(Some(&prefix), base)).collect();
        let full: Vec<&str> = full.iter().map(String::as_str).collect();
        let embedded_kafka = match &options.kafka {
            None => Some(MockKafka::start(&full, 3)?),
            Some(servers) => {
                lp_devstack::create_topics(servers, &full, 3).await.context("--kafka")?;
                None
            }
        };
        let embedded_registry = match options.registry {
            None => Some(Registry::start().await?),
            Some(_) => None,
        };
        let embedded_postgres = match options.database {
            None => Some(Postgres::start().await?),
            Some(_) => None,
        };
        let (progress, credentials) = match (&embedded_postgres, &options.database) {
            (Some(postgres), _) => {
                (postgres.create_database("progress").await?, postgres.create_database("credentials").await?)
            }
            (None, url) => {
                let url = url.as_deref().unwrap_or_default();
                let name = &suffix[..8];
                (
                    create(url, &format!("demo_{name}_progress")).await?,
                    create(url, &format!("demo_{name}_credentials")).await?,
                )
            }
        };
        let of =
            |part: Option<String>, given: &Option<String>| part.or_else(|| given.clone()).unwrap_or_default();
        Ok(Self {
            kafka: of(embedded_kafka.as_ref().map(MockKafka::bootstrap_servers), &options.kafka),
            registry: of(embedded_registry.as_ref().map(Registry::url), &options.registry),
            progress,
            credentials,
            prefix,
            secret: uuid::Uuid::new_v4().simple().to_string(),
            embedded_kafka,
            embedded_registry,
            embedded_postgres,
        })
    }

    /// The settings of services on these parts; logs are for people and only tell of trouble, unless the environment says
    /// otherwise.
    pub(crate) fn settings(&self, topics: &[&str]) -> anyhow::Result<Settings> {
        let passed = ["LP_LOG", "LP_LOG_FORMAT", "LP_OTLP_ENDPOINT"];
        let mut source = Source::default();
        source.set("LP_LOG", "warn");
        source.set("LP_LOG_FORMAT", "text");
        for name in passed {
            if let Ok(value) = std::env::var(name) {
                source.set(name, value);
            }
        }
        source.set("LP_DATABASE_URL", &self.progress);
        source.set("LP_CREDENTIALS_DATABASE_URL", &self.credentials);
        source.set("LP_KAFKA_BOOTSTRAP_SERVERS", &self.kafka);
        source.set("LP_KAFKA_TOPIC_PREFIX", &self.prefix);
        source.set("LP_KAFKA_TOPICS", topics.join(","));
        source.set("LP_KAFKA_GROUP_ID", format!("{}-progress", self.prefix));
        source.set("LP_CREDENTIALS_KAFKA_GROUP_ID", format!("{}-credentials", self.prefix));
        source.set("LP_SCHEMA_REGISTRY_URL", &self.registry);
        source.set("LP_HTTP_REQUESTS_PER_MINUTE", "0");
        // Nobody finds it there; it names the issuer.
        source.set("LP_CREDENTIALS_URL", "https://credentials.localhost");
        source.set("LP_CREDENTIALS_SECRET", &self.secret);
        source.set("LP_JWT_SECRET_KEY", &self.secret);
        source.set("LP_JWT_ISSUER", lms_api::ISSUER);
        source.set("LP_JWT_AUDIENCE", lms_api::AUDIENCE);
        for listen in [
            "LP_CONSUMER_LISTEN",
            "LP_QUERY_LISTEN",
            "LP_CREDENTIALS_LISTEN",
            "LP_ADMIN_LISTEN",
            "LP_PLUGIN_LISTEN",
        ] {
            source.set(listen, "127.0.0.1:0");
        }
        Ok(Settings::load(&source, &[Need::ProgressDatabase, Need::CredentialsDatabase, Need::EventBus])?)
    }

    /// What runs, in words.
    pub(crate) fn in_words(&self) -> String {
        let word = |embedded: bool| if embedded { "embedded" } else { "given" };
        format!(
            "Kafka {} ({}), registry {} ({}), Postgres ({})",
            self.kafka,
            word(self.embedded_kafka.is_some()),
            self.registry,
            word(self.embedded_registry.is_some()),
            word(self.embedded_postgres.is_some()),
        )
    }

    /// What other commands need to look at the demo; nothing of a database that was given, whose address may hold a password.
    pub(crate) fn environment(&self, topics: &[&str]) -> Vec<String> {
        let mut lines = vec![
            format!("LP_KAFKA_BOOTSTRAP_SERVERS={}", self.kafka),
            format!("LP_KAFKA_TOPIC_PREFIX={}", self.prefix),
            format!("LP_KAFKA_TOPICS={}", topics.join(",")),
            format!("LP_SCHEMA_REGISTRY_URL={}", self.registry),
        ];
        if self.embedded_postgres.is_some() {
            lines.push(format!("LP_DATABASE_URL={}", self.progress));
            lines.push(format!("LP_CREDENTIALS_DATABASE_URL={}", self.credentials));
        }
        lines
    }

    /// Removes what was made on a real Postgres.
    pub(crate) async fn clean_up(self) {
        if self.embedded_postgres.is_none() {
            for url in [&self.progress, &self.credentials] {
                if let Err(error) = sqlx::Postgres::force_drop_database(url).await {
                    eprintln!("a database of the demo is left behind: {error}");
                }
            }
        }
    }
}

/// A database beside the one that the URL names.
async fn create(url: &str, name: &str) -> anyhow::Result<String> {
    let mut url = Url::parse(url).context("--database is not of the form postgres://user@host/database")?;
    url.set_path(name);
    sqlx::Postgres::create_database(url.as_str())
        .await
        .context("--database: cannot create a database there")?;
    Ok(url.into())
}
