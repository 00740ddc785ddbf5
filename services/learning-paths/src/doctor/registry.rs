//! Whether the schema registry answers, and knows our events.

use std::time::Duration;

use lp_runtime::settings::{Kafka, Registry};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;

use super::report::{Finding, failure, note, well};

const COMPLETED: &str = "org.openedx.learning.path.completed.v1";
const REVOKED: &str = "org.openedx.learning.path.completion.revoked.v1";

pub(super) async fn check(settings: &Registry, kafka: &Kafka) -> Vec<Finding> {
    let Ok(url) = settings.url() else { return vec![note("not checked: LP_SCHEMA_REGISTRY_URL is not set")] };
    match subjects(settings, url).await {
        Ok(subjects) => {
            let mut findings = vec![well(format!("{url} answers and knows {} subjects", subjects.len()))];
            findings.extend(ours(&subjects, kafka.topic_prefix.as_deref()));
            findings
        }
        Err(finding) => vec![finding],
    }
}

async fn subjects(settings: &Registry, url: &url::Url) -> Result<Vec<String>, Finding> {
    let unreachable = |error: reqwest::Error| {
        failure(
            format!("{url} does not answer ({})", error.without_url()),
            "check that the registry runs and LP_SCHEMA_REGISTRY_URL is its address from here",
        )
    };
    let client = reqwest::Client::builder()
        .timeout(settings.timeout.min(Duration::from_secs(10)))
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(unreachable)?;
    let mut request = client.get(format!("{}/subjects", url.as_str().trim_end_matches('/')));
    if let Some((username, password)) = &settings.basic_auth {
        request = request.basic_auth(username, Some(password.expose_secret()));
    }
    let answer = request.send().await.map_err(unreachable)?;
    match answer.status() {
        StatusCode::OK => answer.json().await.map_err(|_| {
            failure(
                format!("{url} answers, but not as a schema registry does"),
                "LP_SCHEMA_REGISTRY_URL needs the base path where there is one (Apicurio: /apis/ccompat/v7)",
            )
        }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(failure(
            format!("{url} refuses us ({})", answer.status()),
            "set LP_SCHEMA_REGISTRY_USERNAME and LP_SCHEMA_REGISTRY_PASSWORD",
        )),
        status => Err(failure(
            format!("{url}/subjects answers {status}"),
            "LP_SCHEMA_REGISTRY_URL needs the base path where there is one (Apicurio: /apis/ccompat/v7)",
        )),
    }
}

/// Subjects are named `{topic}-{event type}.CloudEvent`, as Open edX's producer names them.
fn ours(subjects: &[String], prefix: Option<&str>) -> Vec<Finding> {
    let topic = lp_kafka::full_topic(prefix, lp_events::path::TOPIC);
    let known = |event: &&str| subjects.contains(&format!("{topic}-{event}.CloudEvent"));
    let missing: Vec<&str> = [COMPLETED, REVOKED].into_iter().filter(|event| !known(event)).collect();
    if missing.is_empty() {
        return vec![well("the schemas of both our events are registered")];
    }
    vec![note(format!(
        "not registered yet: {}; the first event of each kind registers its schema",
        missing.join(", ")
    ))]
}
