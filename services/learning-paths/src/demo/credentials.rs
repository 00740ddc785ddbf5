//! Credentials of the demo: who issues them, what they say, and one of a learner to look at.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use lp_domain::RunKey;
use reqwest::header::{CONTENT_TYPE, IF_NONE_MATCH};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

/// How long issuing may take, on a busy machine.
const DEADLINE: Duration = Duration::from_mins(2);

/// Defines what is issued for the path of a run, which issues it to all who have completed it, and waits for a learner's; its id.
pub(super) async fn issue(
    client: &reqwest::Client,
    credentials: &str,
    run: &RunKey,
    learner_id: i64,
) -> anyhow::Result<String> {
    let (api, org, number) = (format!("{credentials}/api/v1"), run.org(), run.number());
    let issuer = json!({ "name": format!("University of {org}"), "url": "https://example.org" });
    put(client, format!("{api}/issuers/{org}"), issuer).await?;
    let definition = json!({
        "name": format!("Path {number}"), "description": "Awarded for completing the path.",
        "criteria": "Complete **what the path requires**.", "shows_grade": true, "hours": 120,
        "signatories": [{ "name": "Ada Lovelace", "title": "Dean" }],
    });
    put(client, format!("{api}/definitions/{org}+{number}"), definition).await?;
    let key = run.as_str().replace('+', "%2B");
    let list = format!("{api}/learners/{learner_id}/credentials?run_key={key}");
    timeout(DEADLINE, first(client, &list)).await.context("no credential was issued")?
}

async fn put(client: &reqwest::Client, url: String, body: Value) -> anyhow::Result<()> {
    let request = client.put(&url).header(IF_NONE_MATCH, "*").header(CONTENT_TYPE, "application/json");
    let answer = request.body(body.to_string()).send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    ensure!(status.is_success(), "{url} answers {status}: {text}");
    Ok(())
}

/// The first credential of a list, as soon as there is one.
async fn first(client: &reqwest::Client, list: &str) -> anyhow::Result<String> {
    loop {
        let answer = client.get(list).send().await?.error_for_status()?.text().await?;
        let page: Value = serde_json::from_str(&answer)?;
        if let Some(id) = page["items"][0]["credential_id"].as_str() {
            return Ok(id.to_owned());
        }
        sleep(Duration::from_millis(100)).await;
    }
}
