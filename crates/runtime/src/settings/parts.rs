//! The parts that settings describe, as services take them.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::Context as _;
use lp_http::auth::{AuthConfig, KeySources, Keys};
use lp_http::{Auth, Limits, ServiceToken};
use lp_kafka::{Connection, ConsumerSettings, full_topic};
use lp_lms_client::Lms;
use lp_progress_store::ClaimKey;
use lp_schema_registry::RegistryClient;
use secrecy::{ExposeSecret as _, SecretString};

use super::{Http, Kafka, LmsApi, Registry, Settings, SettingsError};

impl Kafka {
    /// How to reach the brokers.
    ///
    /// # Errors
    /// When none is configured.
    pub fn connection(&self) -> Result<Connection, SettingsError> {
        Ok(Connection {
            bootstrap_servers: self.bootstrap_servers()?.to_owned(),
            security_protocol: self.security_protocol.clone(),
            sasl_mechanism: self.sasl_mechanism.clone(),
            sasl_username: self.sasl_username.clone(),
            sasl_password: self.sasl_password.clone(),
            ca_file: self.ca_file.clone(),
        })
    }

    /// A topic's full name.
    #[must_use]
    pub fn topic(&self, base: &str) -> String {
        full_topic(self.topic_prefix.as_deref(), base)
    }
}

impl Settings {
    /// The key by which invited people without an account are known, if there is one.
    #[must_use]
    pub fn claim_key(&self) -> Option<ClaimKey> {
        self.intake.claims_key.clone().map(ClaimKey::new)
    }
}

impl LmsApi {
    /// The LMS's client, if the LMS is configured.
    ///
    /// # Errors
    /// When the URL cannot be used, or TLS cannot be set up.
    pub fn client(&self) -> anyhow::Result<Option<Lms>> {
        let Some((url, id, secret)) = &self.login else { return Ok(None) };
        let calls_per_minute = NonZeroU32::new(self.calls_per_minute).unwrap_or(NonZeroU32::MIN);
        let settings = lp_lms_client::Settings::new(url.clone(), id.clone(), secret.clone());
        Ok(Some(Lms::new(&lp_lms_client::Settings { calls_per_minute, ..settings })?))
    }
}

impl Registry {
    /// The registry's client.
    ///
    /// # Errors
    /// When the registry is not configured, or TLS cannot be set up.
    pub fn client(&self) -> anyhow::Result<RegistryClient> {
        Ok(RegistryClient::new(lp_schema_registry::Settings {
            base_url: self.url()?.clone(),
            basic_auth: self.basic_auth.clone(),
            timeout: self.timeout,
        })?)
    }
}

impl Http {
    /// Who is let in to guarded routes.
    ///
    /// # Errors
    /// When keys of tokens cannot be used.
    pub fn auth(&self) -> anyhow::Result<Auth> {
        let secret = |secret: &SecretString| secret.expose_secret().as_bytes().to_vec();
        let sources = KeySources {
            jwk_set: self.jwt_public_keys.clone(),
            jwk_set_file: self.jwt_public_keys_file.clone(),
            secret: self.jwt_secret_key.as_ref().map(secret),
        };
        let keys = self.has_keys().then(|| Keys::load(sources)).transpose();
        Ok(Auth::new(AuthConfig {
            keys: keys.context("the keys of tokens (LP_JWT_PUBLIC_KEYS or its file) cannot be used")?,
            issuers: self.jwt_issuers.clone(),
            audience: self.jwt_audience.clone(),
            operator: self.api_token.as_ref().map(|token| ServiceToken::new(token.expose_secret())),
            origins: self.cors_origins.iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?,
            identity_workers: self.identity_workers.clone(),
        }))
    }

    /// What a service takes on; `drain` is how long requests in hand may take when it ends.
    #[must_use]
    pub fn limits(&self, drain: Duration) -> Limits {
        Limits {
            request_timeout: self.request_timeout,
            max_body_bytes: self.max_body_bytes,
            max_concurrent_requests: self.max_concurrent_requests,
            requests_per_minute: self.requests_per_minute,
            max_connections: self.max_connections,
            write_timeout: self.write_timeout,
            drain,
            ..Limits::default()
        }
    }
}

impl Settings {
    /// How a group consumes these topics, named without prefix.
    ///
    /// # Errors
    /// When no broker is configured.
    pub fn consumer<'a>(
        &self,
        group_id: &str,
        topics: impl IntoIterator<Item = &'a str>,
    ) -> Result<ConsumerSettings, SettingsError> {
        let topics = topics.into_iter().map(|base| self.kafka.topic(base)).collect();
        Ok(ConsumerSettings {
            batch_max_messages: self.intake.batch_max_messages,
            batch_max_wait: self.intake.batch_max_wait,
            poison_limit: self.intake.poison_limit,
            watchdog: self.intake.watchdog,
            ..ConsumerSettings::new(self.kafka.connection()?, group_id, topics)
        })
    }
}
