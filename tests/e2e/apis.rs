//! What came out, read as anybody reads it.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;

/// The two APIs.
pub(crate) struct Apis {
    client: reqwest::Client,
    query: String,
    credentials: String,
}

/// One learner's runs and awards, as the APIs tell them.
#[derive(Debug, Default)]
pub(crate) struct Learner {
    pub(crate) runs: Vec<Value>,
    pub(crate) awards: Vec<Value>,
}

impl Apis {
    pub(crate) fn new(query: &str, credentials: &str) -> Self {
        Self { client: reqwest::Client::new(), query: query.to_owned(), credentials: credentials.to_owned() }
    }

    /// Everything of these learners.
    pub(crate) async fn learners(
        &self,
        ids: impl Iterator<Item = i64>,
    ) -> anyhow::Result<BTreeMap<i64, Learner>> {
        let mut all = BTreeMap::new();
        for id in ids {
            let (runs, awards) = tokio::try_join!(
                self.items(format!("{}/api/v1/learners/{id}/runs", self.query)),
                self.items(format!("{}/api/v1/learners/{id}/awards", self.credentials)),
            )?;
            all.insert(id, Learner { runs, awards });
        }
        Ok(all)
    }

    async fn items(&self, url: String) -> anyhow::Result<Vec<Value>> {
        let request = self.client.get(url).query(&[("limit", "200")]);
        let body = request.send().await?.error_for_status()?.text().await?;
        let mut body: Value = serde_json::from_str(&body)?;
        // No learner of the simulation has more than a page.
        anyhow::ensure!(body["next"].is_null(), "more than a page");
        serde_json::from_value(body["items"].take()).context("a list of items")
    }
}
