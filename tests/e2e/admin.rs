//! The admin API, or another, asked as an administrator.

use anyhow::Context as _;
use lp_http::auth::testing::{
    AUDIENCE, IDENTITY_WORKER, ISSUER, SECRET, TestKey, claims, jwk_set, service_token, token,
};
use serde_json::{Value, json};

use crate::stack::{Service, Stack};

/// The key of claims, which all services share.
pub(crate) const CLAIMS: (&str, &str) = ("LP_CLAIMS_KEY", "a secret that all of the services share");

/// A running service, of administration if nothing else is said.
pub(crate) struct Admin {
    pub(crate) service: Service,
    client: reqwest::Client,
    token: String,
}

impl Admin {
    pub(crate) async fn start(stack: &Stack) -> anyhow::Result<Self> {
        Self::start_with(stack, &[]).await
    }

    /// With settings besides.
    pub(crate) async fn start_with(stack: &Stack, extra: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_as(stack, "admin", extra).await
    }

    /// Another service that knows the same administrator.
    pub(crate) async fn start_as(
        stack: &Stack,
        service: &str,
        extra: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let keys = jwk_set(&[TestKey::First]);
        let keys = [
            ("LP_JWT_PUBLIC_KEYS", keys.as_str()),
            ("LP_JWT_ISSUER", ISSUER),
            ("LP_JWT_AUDIENCE", AUDIENCE),
            ("LP_JWT_SECRET_KEY", SECRET),
            ("LP_IDENTITY_WORKERS", IDENTITY_WORKER),
            CLAIMS,
        ];
        let service = stack.serve(service, &[&keys, extra].concat())?;
        service.until_ready().await?;
        let token = token(1, &json!({ "administrator": true }));
        Ok(Self { service, client: reqwest::Client::new(), token })
    }

    /// Sends a request that must succeed; the answer's body, or null.
    pub(crate) async fn ask(
        &self,
        method: &str,
        place: &str,
        headers: &[(&str, &str)],
        body: impl Into<String>,
    ) -> anyhow::Result<(reqwest::header::HeaderMap, Value)> {
        let url = format!("{}/api/v1{place}", self.service.url);
        let mut request = self
            .client
            .request(method.parse()?, url)
            .header("authorization", format!("JWT {}", self.token))
            .body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await?;
        let (status, headers, text) = (answer.status(), answer.headers().clone(), answer.text().await?);
        anyhow::ensure!(status.is_success(), "{method} {place}: {status} {text}");
        Ok((headers, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// The answer as it is written.
    pub(crate) async fn text(&self, method: &str, place: &str, body: &str) -> anyhow::Result<String> {
        let url = format!("{}/api/v1{place}", self.service.url);
        let request = self.client.request(method.parse()?, url).body(body.to_owned());
        let headers =
            [("authorization", format!("JWT {}", self.token)), ("content-type", "application/json".into())];
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        Ok(request.send().await?.error_for_status()?.text().await?)
    }

    pub(crate) async fn get(&self, place: &str) -> anyhow::Result<Value> {
        Ok(self.ask("GET", place, &[], "").await?.1)
    }

    pub(crate) async fn post(&self, place: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.ask("POST", place, &[("content-type", "application/json")], body.to_string()).await?.1)
    }

    /// Edits what is at `place`, as it stands there.
    pub(crate) async fn edit(&self, place: &str, body: &Value) -> anyhow::Result<Value> {
        let (headers, _) = self.ask("GET", place, &[], "").await?;
        let etag = headers.get("etag").context("an etag")?.to_str()?;
        let headers = [("content-type", "application/json"), ("if-match", etag)];
        Ok(self.ask("PATCH", place, &headers, body.to_string()).await?.1)
    }

    /// Writes a draft of a run, and publishes it.
    pub(crate) async fn publish(&self, run: &str, courses: &[&str]) -> anyhow::Result<()> {
        let items = courses
            .iter()
            .enumerate()
            .map(|(n, key)| json!({ "id": format!("c{n}"), "key": key, "title": "T" }));
        let leaves = (0..courses.len()).map(|n| json!({ "item": format!("c{n}") }));
        let definition = json!({ "items": items.collect::<Vec<_>>(),
            "requirement": { "all_of": leaves.collect::<Vec<_>>() } });
        self.publish_definition(run, &definition).await
    }

    /// Publishes this as a run's next revision.
    pub(crate) async fn publish_definition(&self, run: &str, definition: &Value) -> anyhow::Result<()> {
        let headers = [("content-type", "application/json"), ("if-none-match", "*")];
        let body = json!({ "definition": definition }).to_string();
        let (draft, _) = self.ask("PUT", &format!("/runs/{run}/draft"), &headers, body).await?;
        let etag = draft.get("etag").context("an etag")?.to_str()?;
        self.ask("POST", &format!("/runs/{run}/publish"), &[("if-match", etag)], "").await?;
        Ok(())
    }

    /// Retires a learner as the LMS's driver does; the answer's status.
    pub(crate) async fn retire(&self, learner: i64, username: &str) -> anyhow::Result<u16> {
        let worker = json!({ "preferred_username": IDENTITY_WORKER, "user_id": null, "grant_type": "client-credentials" });
        let token = service_token(&claims(1, &worker));
        let request = self.client.post(format!("{}/api/v1/retire_user/", self.service.url));
        let body = json!({ "lms_user_id": learner, "original_username": username });
        let request = request
            .header("authorization", format!("JWT {token}"))
            .header("content-type", "application/json");
        Ok(request.body(body.to_string()).send().await?.status().as_u16())
    }

    /// Tries to publish what cannot be, over the draft of `etag`; the draft's etag, and what was answered.
    pub(crate) async fn try_publish(
        &self,
        run: &str,
        etag: Option<&str>,
        definition: &Value,
    ) -> anyhow::Result<(String, String)> {
        let version = etag.map_or(("if-none-match", "*"), |etag| ("if-match", etag));
        let headers = [("content-type", "application/json"), version];
        let body = json!({ "definition": definition }).to_string();
        let (draft, _) = self.ask("PUT", &format!("/runs/{run}/draft"), &headers, body).await?;
        let etag = draft.get("etag").context("an etag")?.to_str()?.to_owned();
        match self.ask("POST", &format!("/runs/{run}/publish"), &[("if-match", &etag)], "").await {
            Ok(_) => anyhow::bail!("it was published"),
            Err(refused) => Ok((etag, refused.to_string())),
        }
    }

    /// A path `OpenedX+N` with a published run of these courses.
    pub(crate) async fn author(&self, run: &str, courses: &[&str]) -> anyhow::Result<()> {
        self.post("/paths", &json!({ "org": "OpenedX", "number": "N", "title": "A path" })).await?;
        self.post("/runs", &json!({ "run_key": run })).await?;
        self.publish(run, courses).await
    }

    /// Takes a table of rows in as a job; its place.
    pub(crate) async fn job(&self, run: &str, table: String) -> anyhow::Result<String> {
        let place = format!("/jobs?run_key={}", run.replace('+', "%2B"));
        let (_, job) = self.ask("POST", &place, &[("content-type", "text/csv")], table).await?;
        Ok(format!("/jobs/{}", job["job_id"].as_str().context("an id")?))
    }
}
