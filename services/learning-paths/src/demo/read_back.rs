//! What came out, read as anybody reads it: over the HTTP APIs.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Requests at once.
const AT_ONCE: usize = 8;

/// One learner in one run, as the query API tells it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct RunState {
    pub(crate) run_key: String,
    pub(crate) title: String,
    pub(crate) achievement: String,
    pub(crate) progress: f64,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) completion: Option<Completion>,
}

/// What the world was told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Completion {
    #[serde(rename = "completion_id")]
    pub(crate) id: Uuid,
    pub(crate) state: String,
    pub(crate) completed_at: DateTime<Utc>,
}

/// One award, as the credentials API tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Award {
    #[serde(rename = "award_id")]
    pub(crate) id: Uuid,
    pub(crate) completion_id: Uuid,
    pub(crate) run_key: String,
    pub(crate) status: String,
    pub(crate) completed_at: DateTime<Utc>,
}

/// Everything of one learner.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Learner {
    pub(crate) runs: Vec<RunState>,
    pub(crate) awards: Vec<Award>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next: Option<String>,
}

/// The two APIs.
#[derive(Debug, Clone)]
pub(crate) struct Apis {
    client: reqwest::Client,
    query: String,
    credentials: String,
}

impl Apis {
    pub(crate) fn new(client: reqwest::Client, query: String, credentials: String) -> Self {
        Self { client, query, credentials }
    }

    /// Everything of all these learners.
    pub(crate) async fn learners(&self, ids: &[i64]) -> anyhow::Result<BTreeMap<i64, Learner>> {
        futures::stream::iter(ids.iter().copied())
            .map(|id| async move { anyhow::Ok((id, self.learner(id).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn learner(&self, id: i64) -> anyhow::Result<Learner> {
        Ok(Learner {
            runs: self.all(&format!("{}/api/v1/learners/{id}/runs", self.query)).await?,
            awards: self.all(&format!("{}/api/v1/learners/{id}/awards", self.credentials)).await?,
        })
    }

    async fn all<T: DeserializeOwned>(&self, url: &str) -> anyhow::Result<Vec<T>> {
        let mut all = vec![];
        let mut next: Option<String> = None;
        loop {
            let mut request = self.client.get(url).query(&[("limit", "200")]);
            if let Some(cursor) = &next {
                request = request.query(&[("cursor", cursor)]);
            }
            let answer = request.send().await?.error_for_status().context("an API refused")?;
            let page: Page<T> = answer.json().await.context("an API answered otherwise than it should")?;
            all.extend(page.items);
            match page.next {
                Some(cursor) => next = Some(cursor),
                None => return Ok(all),
            }
        }
    }
}
