//! The admin API, asked as anybody asks it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH, IF_NONE_MATCH};
use reqwest::{Client, RequestBuilder};
use serde::Deserialize;
use serde_json::{Value, json};

/// How often a job is looked at.
const POLL: Duration = Duration::from_millis(100);

/// So long may a job not get on.
const STALLED: Duration = Duration::from_secs(45);

/// The API, for who has a token that lets them.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    client: Client,
    url: String,
}

/// A job, as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Job {
    #[serde(rename = "job_id")]
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) total_rows: u64,
    pub(crate) done_rows: u64,
    #[serde(default)]
    pub(crate) outcomes: BTreeMap<String, u64>,
}

/// How many learners a change would bring where; each counts once, beside `learners`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Counts {
    pub(crate) learners: u64,
    pub(crate) gains: u64,
    pub(crate) revoked: u64,
    pub(crate) grace: u64,
    pub(crate) review: u64,
    pub(crate) keeps: u64,
    pub(crate) up: u64,
    pub(crate) down: u64,
    pub(crate) same: u64,
}

impl Admin {
    pub(crate) fn new(client: Client, url: &str) -> Self {
        Self { client, url: format!("{url}/api/v1") }
    }

    /// Makes something.
    pub(crate) async fn post(&self, place: &str, body: &Value) -> anyhow::Result<Value> {
        let (_, text) = asked(self.client.post(self.at(place)).json(body)).await?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes the draft of a run that has none; what names this state of it.
    pub(crate) async fn draft(&self, run: &str, definition: &Value) -> anyhow::Result<String> {
        let request = self.client.put(self.at(&format!("/runs/{run}/draft"))).header(IF_NONE_MATCH, "*");
        let (headers, _) = asked(request.json(&json!({ "definition": definition }))).await?;
        Ok(headers.get(ETAG).context("a draft without its ETag")?.to_str()?.to_owned())
    }

    /// Publishes the draft; the revision's number.
    pub(crate) async fn publish(&self, run: &str, etag: &str) -> anyhow::Result<u64> {
        let request = self.client.post(self.at(&format!("/runs/{run}/publish"))).header(IF_MATCH, etag);
        let (_, text) = asked(request).await?;
        let published: Value = serde_json::from_str(&text)?;
        published["revision"].as_u64().context("a publication without its revision")
    }

    /// What a change would do to a run's learners: the last of the lines that come while they are looked at.
    pub(crate) async fn what_if(&self, run: &str, change: &Value) -> anyhow::Result<Counts> {
        let (_, text) =
            asked(self.client.post(self.at(&format!("/runs/{run}/what-if"))).json(change)).await?;
        counts(&text)
    }

    /// Takes a table in as a job, and looks at it until it is done.
    pub(crate) async fn job(&self, run: &str, table: String) -> anyhow::Result<Job> {
        let request = self.client.post(self.at("/jobs")).query(&[("run_key", run)]);
        let (_, text) = asked(request.header(CONTENT_TYPE, "text/csv").body(table)).await?;
        let mut job: Job = serde_json::from_str(&text)?;
        let (place, mut changed) = (format!("/jobs/{}", job.id), Instant::now());
        while job.state != "done" {
            let Job { done_rows, total_rows, .. } = job;
            ensure!(changed.elapsed() < STALLED, "a job does not get on: {done_rows} of {total_rows} rows");
            tokio::time::sleep(POLL).await;
            let (_, text) = asked(self.client.get(self.at(&place))).await?;
            job = serde_json::from_str(&text)?;
            if job.done_rows != done_rows {
                changed = Instant::now();
            }
        }
        Ok(job)
    }

    fn at(&self, place: &str) -> String {
        format!("{}{place}", self.url)
    }
}

/// The answer to a request that must succeed.
async fn asked(request: RequestBuilder) -> anyhow::Result<(HeaderMap, String)> {
    let answer = request.send().await.context("the admin API does not answer")?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = answer.text().await.context("the admin API broke off")?;
    ensure!(status.is_success(), "the admin API refused: {status} {text}");
    Ok((headers, text))
}

fn counts(lines: &str) -> anyhow::Result<Counts> {
    let last: Value = serde_json::from_str(lines.lines().last().unwrap_or_default())?;
    let done = last.get("done").with_context(|| format!("a preview broke off: {last}"))?;
    Ok(Counts::deserialize(&done["counts"])?)
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            (self.gains, "would complete it"),
            (self.revoked + self.grace + self.review, "would lose their completion"),
            (self.keeps, "would keep their completion"),
            (self.up, "would be further on"),
            (self.down, "would be less far on"),
            (self.same, "would stay where they are"),
        ];
        let some: Vec<String> =
            all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        write!(f, "of {} learners {}", self.learners, some.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_told_by_its_last_line_which_must_be_there() {
        let counts_of =
            r#"{"learners":9,"gains":2,"revoked":1,"grace":0,"review":1,"keeps":0,"up":0,"down":0,"same":5}"#;
        let progress = format!(r#"{{"progress":{{"counts":{counts_of},"affected":[]}}}}"#);
        let done = format!(r#"{{"done":{{"counts":{counts_of},"digest":"00"}}}}"#);
        let told = counts(&format!("{{\"total\":9}}\n{progress}\n{done}\n")).unwrap();
        assert_eq!(
            told.to_string(),
            "of 9 learners 2 would complete it, 2 would lose their completion, 5 would stay where they are"
        );
        for broken in ["", "{\"total\":9}\n", "{\"total\":9}\n{\"error\":\"it broke off\"}\n"] {
            assert!(counts(broken).is_err(), "{broken}");
        }
        assert!(counts(&progress).is_err(), "not yet the last");
    }
}
