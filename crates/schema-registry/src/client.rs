use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use metrics::counter;
use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::OnceCell;
use url::Url;

use crate::RegistryError;
use crate::http::{Answer, Http};

/// Where the registry is, and how to ask it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its URL, with the path under which it serves Confluent's API: none for Confluent's own and Karapace,
    /// `/apis/ccompat/v7` for Apicurio.
    pub base_url: Url,
    /// Name and password of HTTP basic authentication.
    pub basic_auth: Option<(String, SecretString)>,
    /// How long one request may take.
    pub timeout: Duration,
}

/// The most ids that are remembered as missed; past it, the next ones are tried over each time.
const MISSED_MAX: usize = 1_000;
/// How often a failed question is asked again.
const RETRIES: usize = 2;

type Cells<K, V> = Mutex<HashMap<K, Arc<OnceCell<V>>>>;

/// Asks the registry, once for each thing it tells; clones share the cache.
#[derive(Debug, Clone)]
pub struct RegistryClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    http: Http,
    schemas: Cells<u32, Arc<str>>,
    ids: Cells<(String, String), u32>,
    /// Ids that the registry did not know when last asked. They are asked for anew, but not tried over with waits in
    /// between: a batch full of them must reach the poison limit before the watchdog.
    missed: Mutex<HashSet<u32>>,
}

#[derive(Deserialize)]
struct SchemaAnswer {
    schema: String,
    #[serde(default, rename = "schemaType")]
    schema_type: Option<String>,
}

#[derive(Deserialize)]
struct IdAnswer {
    id: u32,
}

impl RegistryClient {
    /// A client with an empty cache; connects at the first question.
    ///
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, RegistryError> {
        let http = Http::new(settings)?;
        let inner =
            Inner { http, schemas: Mutex::default(), ids: Mutex::default(), missed: Mutex::default() };
        Ok(Self(Arc::new(inner)))
    }

    /// The text of a schema. Ids are for ever, so an answer is kept; errors never are. Callers that ask for the same id at
    /// once share one request.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] when the registry knows no such id: at first after some tries, for its replicas may lag,
    /// and from then on after one; the others when it cannot be asked.
    pub async fn schema_by_id(&self, id: u32) -> Result<Arc<str>, RegistryError> {
        once(&self.0.schemas, id, || async {
            let id_text = id.to_string();
            let asked: Result<SchemaAnswer, _> =
                self.ask("schema", Method::GET, &["schemas", "ids", &id_text], None, id).await;
            self.note_missed(id, matches!(asked, Err(RegistryError::NotFound { .. })));
            let answer = asked?;
            match answer.schema_type.as_deref() {
                None | Some("AVRO") => Ok(answer.schema.into()),
                Some(_) => Err(RegistryError::NotAvro { id }),
            }
        })
        .await
    }

    /// The id of a schema under a subject, registered if it is not yet.
    ///
    /// # Errors
    /// [`RegistryError::Rejected`] when the registry refuses the schema, for example as incompatible; others when it
    /// cannot be asked.
    pub async fn register(&self, subject: &str, schema_text: &str) -> Result<u32, RegistryError> {
        once(&self.0.ids, (subject.to_owned(), schema_text.to_owned()), || async {
            // As Open edX's own producer asks.
            let body = serde_json::json!({ "schema": schema_text, "schemaType": "AVRO", "references": [] });
            let path = ["subjects", subject, "versions"];
            let answer: IdAnswer = self.ask("register", Method::POST, &path, Some(&body), 0).await?;
            Ok(answer.id)
        })
        .await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        method: Method,
        segments: &[&str],
        body: Option<&serde_json::Value>,
        id: u32,
    ) -> Result<T, RegistryError> {
        let attempt = || async {
            let answer = self.0.http.send(method.clone(), segments, body).await;
            let result = answer.and_then(|answer| match answer {
                Answer::Ok(body) => serde_json::from_slice(&body).map_err(|_| RegistryError::Rejected {
                    why: "not the JSON that was asked for".to_owned(),
                }),
                Answer::NotFound => Err(RegistryError::NotFound { id }),
            });
            let outcome = match &result {
                Ok(_) => "ok",
                Err(RegistryError::NotFound { .. }) => "not_found",
                Err(RegistryError::Unavailable(_)) => "unavailable",
                Err(RegistryError::Rejected { .. } | RegistryError::NotAvro { .. }) => "rejected",
            };
            counter!("lp_registry_requests_total", "operation" => operation, "outcome" => outcome)
                .increment(1);
            result
        };
        let delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(1))
            .with_max_times(RETRIES)
            .with_jitter();
        let missed = self.missed().contains(&id);
        attempt
            .retry(delays)
            .when(|error| match error {
                RegistryError::Unavailable(_) => true,
                RegistryError::NotFound { .. } => !missed,
                RegistryError::Rejected { .. } | RegistryError::NotAvro { .. } => false,
            })
            .await
    }

    fn note_missed(&self, id: u32, is_missed: bool) {
        let mut missed = self.missed();
        if !is_missed {
            missed.remove(&id);
        } else if missed.len() < MISSED_MAX {
            missed.insert(id);
        }
    }

    fn missed(&self) -> MutexGuard<'_, HashSet<u32>> {
        self.0.missed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of `key`, from the cache or from `ask`, which runs once however many wait for it.
async fn once<K, V, F>(cells: &Cells<K, V>, key: K, ask: impl FnOnce() -> F) -> Result<V, RegistryError>
where
    K: Eq + Hash + Clone,
    V: Clone,
    F: Future<Output = Result<V, RegistryError>>,
{
    let cell = {
        let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry(key.clone()).or_default())
    };
    let result = cell.get_or_try_init(ask).await.cloned();
    if result.is_err() {
        // Nothing is kept of an error, not even a place in the cache.
        let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.get(&key).is_some_and(|kept| !kept.initialized()) {
            cells.remove(&key);
        }
    }
    result
}
