//! Credentials as everybody gets them, and what others' software says of them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use chrono::{SecondsFormat, Utc};
use lp_devstack::lms::{Award, Expected, Simulation};
use lp_devstack::until;
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::openedx::Django;
use crate::stack::{Service, Stack};
use crate::verifiers::{Said, agree};

/// The issuer's address, where nobody listens.
pub(crate) const SITE: &str = "https://credentials.example.org";
/// What makes the credentials service issue.
pub(crate) const ISSUING: [(&str, &str); 4] = [
    ("LP_CREDENTIALS_URL", SITE),
    ("LP_CREDENTIALS_SECRET", "a secret that stays the same for good"),
    ("LP_CREDENTIALS_STATUS_DELAY_SECONDS", "0"),
    ("LP_CREDENTIALS_SUSPENSION", "on"),
];

/// The credentials service, as its administrator sees it, with an issuer and what it issues for the simulation's paths.
pub(crate) async fn defined(stack: &Stack) -> anyhow::Result<Admin> {
    let service = Admin::start_as(stack, "credentials", &ISSUING).await?;
    let new = [("content-type", "application/json"), ("if-none-match", "*")];
    let profile = json!({ "name": "Example University", "url": "https://example.org" });
    service.ask("PUT", "/issuers/DemoX", &new, profile.to_string()).await?;
    for path in ["DATA", "WEB", "SAFETY"] {
        let definition =
            json!({ "name": path, "description": "For the path.", "criteria": "All of **it**." });
        service.ask("PUT", &format!("/definitions/DemoX+{path}"), &new, definition.to_string()).await?;
    }
    Ok(service)
}

/// What everybody gets at an address of the issuer.
pub(crate) async fn public(service: &Service, url: &str) -> anyhow::Result<String> {
    let place = url.strip_prefix(SITE).with_context(|| format!("{url} is not of the issuer"))?;
    Ok(reqwest::get(format!("{}{place}", service.url)).await?.error_for_status()?.text().await?)
}

/// A credential, and all that is needed to check it now.
async fn case(service: &Service, url: &str) -> anyhow::Result<Value> {
    let credential = public(service, url).await?;
    let parsed: Value = serde_json::from_str(&credential)?;
    let mut lists = vec![];
    for entry in parsed["credentialStatus"].as_array().context("two entries")? {
        lists.push(public(service, entry["statusListCredential"].as_str().context("a list")?).await?);
    }
    let did: Value = serde_json::from_str(&public(service, &format!("{SITE}/.well-known/did.json")).await?)?;
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    Ok(json!({ "credential": credential, "did": did, "lists": lists, "now": now }))
}

/// Waits until the credentials of everybody stand as is expected, one a completion; in the order of what is expected.
async fn issued(service: &Admin, expected: &[Expected]) -> anyhow::Result<Vec<Value>> {
    until("credentials stand as they should", async || {
        let mut all = vec![];
        for Expected { learner, run_key, award, .. } in expected {
            let list = service.get(&format!("/learners/{learner}/credentials")).await?;
            let items = list["items"].as_array().context("items")?;
            let of_run: Vec<&Value> = items.iter().filter(|one| one["run_key"] == run_key.as_str()).collect();
            let statuses: Vec<&Value> = of_run.iter().map(|one| &one["status"]).collect();
            let wanted: &[&str] = match award {
                Award::None => &[],
                Award::Valid => &["valid"],
                Award::Revoked => &["revoked"],
            };
            ensure!(statuses == wanted, "{learner} {run_key}: {statuses:?}, not {wanted:?}");
            all.extend(of_run.into_iter().cloned());
        }
        Ok(all)
    })
    .await
}

/// Waits until lists are signed with all that changed.
async fn until_listed(stack: &Stack) -> anyhow::Result<()> {
    until("lists are signed", async || {
        let waiting =
            stack.number("credentials", "SELECT count(*) FROM status_lists WHERE changed_at IS NOT NULL");
        ensure!(waiting.await? == 0, "some wait");
        Ok(())
    })
    .await
}

/// Has them judged by others: those that are revoked or suspended, and only those, have their bit set; one that says something else than was
/// signed is not believed.
async fn others_agree(service: &Service, credentials: &[Value]) -> anyhow::Result<()> {
    let (mut cases, mut expected): (Vec<Value>, Vec<Said>) = (vec![], vec![]);
    for one in credentials {
        cases.push(case(service, one["url"].as_str().context("a url")?).await?);
        expected.push(Some(match one["status"].as_str() {
            Some("revoked") => vec!["revocation"],
            Some("suspended") => vec!["suspension"],
            _ => vec![],
        }));
    }
    let mut forged = cases[0].clone();
    let text = forged["credential"].as_str().context("a text")?;
    forged["credential"] = json!(text.replace("Learner ", "Another "));
    ensure!(forged != cases[0], "there is no name in it");
    cases.push(forged);
    expected.push(None);
    agree(&cases, &expected)
}

/// What was told of a credential.
pub(crate) struct Told {
    event_id: Value,
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// By credential and change. One event id a change, however often it came.
pub(crate) fn of_credentials(received: &[Value]) -> BTreeMap<(String, i64), Told> {
    let mut all = BTreeMap::new();
    for signal in received {
        let kind = signal["kind"].as_str().unwrap_or_default().to_owned();
        if kind.starts_with("credential_") {
            let (event_id, data) = (signal["event_id"].clone(), signal["data"].clone());
            let of = (data["credential_id"].as_str().unwrap().to_owned(), data["change"].as_i64().unwrap());
            let told = all.entry(of).or_insert_with(|| Told { event_id: event_id.clone(), kind, data });
            assert_eq!(told.event_id, event_id, "{}", told.data);
        }
    }
    all
}

/// The page, for people, has what counted by title; so has what is signed, with key and date.
async fn says_what_counted(service: &Service, one: &Value) -> anyhow::Result<()> {
    let url = one["url"].as_str().context("a url")?;
    let signed: Value = serde_json::from_str(&public(service, url).await?)?;
    let narrative = signed["evidence"][0]["narrative"].as_str().context("a narrative")?;
    let line = narrative.lines().find(|line| line.starts_with("- ")).context("nothing counted")?;
    let (title, rest) =
        line.trim_start_matches("- ").split_once(" (course-v1:").context(narrative.to_owned())?;
    ensure!(rest.contains("), 20"), "no date: {line}");
    let place = url.strip_prefix(SITE).context("of the issuer")?;
    let asked = reqwest::Client::new().get(format!("{}{place}", service.url)).header("accept", "text/html");
    let page = asked.send().await?.error_for_status()?.text().await?;
    ensure!(page.contains(title), "{title} is not in {page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_verified_by_others_told_to_django_and_seen_to_be_revoked() {
    let Some(stack) = Stack::start().await.unwrap() else { return };
    let simulation = Simulation::new(21, 30);
    stack.import(&simulation.import).unwrap();
    let credentials = defined(&stack).await.unwrap();
    let _consumer = stack.serve("consumer", &[]).unwrap();
    let django = Django::start(&stack).unwrap();
    let [first, last] = &simulation.phases[..] else { panic!("two phases") };

    stack.send(&first.messages).await.unwrap();
    let all = issued(&credentials, &first.expected).await.unwrap();
    others_agree(&credentials.service, &all).await.unwrap();
    says_what_counted(&credentials.service, &all[0]).await.unwrap();

    stack.send(&last.messages).await.unwrap();
    let after = issued(&credentials, &last.expected).await.unwrap();
    until_listed(&stack).await.unwrap();
    others_agree(&credentials.service, &after).await.unwrap();

    let ids = |all: &[Value]| -> BTreeSet<String> {
        all.iter().map(|one| one["credential_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&all), ids(&after), "a revocation makes no other one");
    let ended = after.iter().filter(|one| one["status"] == "revoked").count();
    assert!(ended > 0, "nothing was revoked");
    let received = until("Django hears of each credential and of each end", async || {
        let mut received = django.received();
        received.retain(|signal| signal["kind"].as_str().is_some_and(|kind| kind.starts_with("credential_")));
        ensure!(received.len() >= all.len() + ended, "{} signals", received.len());
        Ok(received)
    })
    .await
    .unwrap();
    assert_eq!(received.len(), all.len() + ended, "each once");
    let told = of_credentials(&received);
    for one in &after {
        let id = one["credential_id"].as_str().unwrap().to_owned();
        let Told { kind, data, .. } = &told[&(id.clone(), 1)];
        assert_eq!((kind.as_str(), &data["reason"]), ("credential_awarded", &json!("issued")));
        assert_eq!((&data["url"], &data["completion_id"]), (&one["url"], &one["completion_id"]));
        let learner = &one["learner_id"];
        assert_eq!((&data["user"]["id"], &data["path"]["key"]), (learner, &one["run_key"]));
        assert_eq!(data["user"]["pii"]["name"], format!("Learner {learner}"));
        let end =
            told.get(&(id, 2)).map(|told| (told.kind.as_str(), &told.data["status"], &told.data["reason"]));
        let wanted = ("credential_revoked", &one["status"], &json!("requirement_no_longer_met"));
        assert_eq!(end, (one["status"] == "revoked").then_some(wanted));
    }

    let run = after.iter().find(|one| one["status"] == "valid").unwrap()["run_key"].as_str().unwrap();
    let given = given_by_hand(&credentials, run).await.unwrap();
    let suspended = suspended_at_once(&credentials, run).await.unwrap();
    assert!(suspended.contains(&given["credential_id"]), "the one by hand, too");
    until_listed(&stack).await.unwrap();
    let of_run =
        credentials.get(&format!("/credentials?limit=200&run_key={}", run.replace('+', "%2B"))).await;
    let of_run = of_run.unwrap()["items"].as_array().unwrap().clone();
    let statuses: Vec<&Value> = of_run.iter().map(|one| &one["status"]).collect();
    assert!(!statuses.contains(&&json!("valid")), "{statuses:?}");
    assert_eq!(of_run.iter().filter(|one| one["status"] == "suspended").count(), suspended.len());
    others_agree(&credentials.service, &of_run).await.unwrap();
}

/// A credential for somebody of whom no event ever told.
async fn given_by_hand(service: &Admin, run: &str) -> anyhow::Result<Value> {
    let gift = json!({ "learner_id": 9_001, "run_key": run, "revision": 1, "reason": "learnt elsewhere",
        "username": "learner-9001", "name": "Learner 9001" });
    service.post("/credentials", &gift).await?;
    until("the credential is there", async || {
        let list = service.get("/learners/9001/credentials").await?;
        Ok(list["items"].get(0).context("none yet")?.clone())
    })
    .await
}

/// Suspends all of a run that stand, as a job; their ids.
async fn suspended_at_once(service: &Admin, run: &str) -> anyhow::Result<Vec<Value>> {
    let body = json!({ "action": "suspend", "reason": "asked about", "run_key": run, "status": "valid" });
    let job = service.post("/credential-jobs", &body).await?;
    let place = format!("/credential-jobs/{}", job["job_id"].as_str().context("a job")?);
    until("the job is done", async || {
        let job = service.get(&place).await?;
        ensure!(job["state"] == "done" && job["outcomes"]["done"] == job["total_rows"], "{job}");
        Ok(())
    })
    .await?;
    let rows = service.get(&format!("{place}/rows?limit=200")).await?;
    Ok(rows["items"].as_array().context("rows")?.iter().map(|row| row["credential_id"].clone()).collect())
}
