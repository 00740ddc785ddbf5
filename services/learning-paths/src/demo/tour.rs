//! What there is to look at, over the demo's own data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, ensure};
use lp_domain::RunKey;
use reqwest::header::AUTHORIZATION;

use super::read_back::{Learner, RunState};
use super::{author, credentials};

/// Where each API listens.
#[derive(Debug, Clone)]
pub(super) struct Urls {
    pub(super) consumer: String,
    pub(super) query: String,
    pub(super) credentials: String,
    pub(super) admin: String,
    pub(super) plugin: String,
}

/// Addresses by what they show, and tokens to ask them with.
pub(super) struct Tour {
    /// An administrator's.
    administrator: String,
    /// That of the learner whom the tour is about.
    learner: String,
    learner_id: i64,
    stops: Vec<Stop>,
}

struct Stop {
    group: &'static str,
    what: &'static str,
    url: String,
    whose: Whose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Nobodys,
    Learners,
    Administrators,
}

impl Tour {
    /// About a learner who has completed a run.
    pub(super) async fn new(
        urls: &Urls,
        secret: &str,
        seen: &BTreeMap<i64, Learner>,
    ) -> anyhow::Result<Self> {
        let (learner_id, run) = completed(seen).context("nobody has completed anything")?;
        let key = RunKey::parse(&run.run_key)?;
        let credential =
            credentials::issue(&super::client(secret)?, &urls.credentials, &key, learner_id).await?;
        let all = seen.values().flat_map(|learner| &learner.runs);
        let runs: BTreeSet<&str> = all.map(|run| run.run_key.as_str()).collect();
        let mut stops = stops(urls, learner_id, run, &runs)?;
        stops.extend(of_credential(&urls.credentials, &credential, run));
        Ok(Self {
            administrator: lp_devstack::lms_api::administrator_token(secret)?,
            learner: lp_devstack::lms_api::learner_token(secret, learner_id)?,
            learner_id,
            stops,
        })
    }

    /// What to ask them with.
    pub(super) fn tokens(&self) -> String {
        let Self { administrator, learner, learner_id, stops } = self;
        let first = stops.iter().find(|stop| stop.whose == Whose::Learners).map_or("", |stop| &stop.url);
        format!(
            "tokens of an administrator and of learner {learner_id}, for a day\n  TOKEN={administrator}\n  LEARNER={learner}\n  \
             curl --header \"Authorization: JWT $LEARNER\" {first}"
        )
    }

    /// Asks every address, and says which one does not answer as it should.
    pub(super) async fn take(&self) -> anyhow::Result<()> {
        let client = reqwest::Client::new();
        for Stop { url, whose, .. } in &self.stops {
            let request = match whose {
                Whose::Nobodys => client.get(url),
                Whose::Learners => client.get(url).header(AUTHORIZATION, format!("JWT {}", self.learner)),
                Whose::Administrators => {
                    client.get(url).header(AUTHORIZATION, format!("JWT {}", self.administrator))
                }
            };
            // Of a stream only that it begins.
            let status = request.send().await?.status();
            ensure!(status == 200, "{url} answers {status}");
        }
        Ok(())
    }
}

impl fmt::Display for Tour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        for Stop { group, what, url, .. } in &self.stops {
            if *group != before {
                writeln!(f, "{group}")?;
                before = group;
            }
            writeln!(f, "  {what:<28} {url}")?;
        }
        Ok(())
    }
}

/// What the learner shows to others.
fn of_credential(credentials: &str, id: &str, run: &RunState) -> Vec<Stop> {
    let own = format!("{credentials}/credentials/{id}");
    let stop = |what, url| Stop { group: "everybody", what, url, whose: Whose::Nobodys };
    vec![
        stop("certificate (PDF)", format!("{own}/certificate.pdf")),
        stop("transcript (PDF)", format!("{own}/transcript.pdf")),
        stop("verify page (in a browser)", own.clone()),
        stop(
            "what it is for (in a browser)",
            // The simulation publishes one revision.
            format!("{credentials}/achievements/{}/revisions/1", run.run_key),
        ),
        stop("signed credential", format!("{own}/credential.json")),
        stop("issuer's keys", format!("{credentials}/.well-known/did.json")),
    ]
}

/// A learner with a run that they were enrolled in before they did the work, so that there was a moment before.
fn completed(seen: &BTreeMap<i64, Learner>) -> Option<(i64, &RunState)> {
    seen.iter().find_map(|(id, learner)| {
        let run = learner.runs.iter().find(|run| run.completed_at.is_some() && run.run_key != author::RUN)?;
        Some((*id, run))
    })
}

fn stops(urls: &Urls, id: i64, run: &RunState, runs: &BTreeSet<&str>) -> anyhow::Result<Vec<Stop>> {
    use Whose::{Administrators as A, Learners as L, Nobodys as N};
    let Urls { consumer, query, credentials, admin, plugin } = urls;
    let key = RunKey::parse(&run.run_key)?;
    let (org, number) = (key.org(), key.number());
    let before = run.completed_at.context("the run is not completed")? - chrono::TimeDelta::seconds(1);
    let moment = before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let runs: Vec<&str> = runs.iter().take(2).copied().collect();
    // A plus stands for a space in a query.
    let compared = runs.join(",").replace('+', "%2B");
    let (one, report) = (format!("/learners/{id}/runs/{key}"), format!("/reports/runs/{key}"));
    let of = |api: &str, place: String| format!("{api}/api/v1{place}");
    let stops = [
        ("a learner", "paths to choose from", of(query, "/paths".into()), L),
        ("a learner", "one path", of(query, format!("/paths/{org}/{number}")), L),
        ("a learner", "one run", of(query, format!("/runs/{key}")), L),
        ("a learner", "my learning", of(query, "/me/learning".into()), L),
        ("a learner", "what counts, what is missing", of(query, one.clone()), L),
        ("a learner", "the same a moment before", of(query, format!("{one}?as_of={moment}")), L),
        ("a learner", "as it happens (curl -N)", of(query, format!("/learners/{id}/live")), L),
        ("a learner", "awards", of(credentials, format!("/learners/{id}/awards")), L),
        ("a manager", "learners of a run", of(query, format!("/runs/{key}/learners")), A),
        ("a manager", "the same as a table", of(query, format!("/runs/{key}/learners/export")), A),
        ("a manager", "report of a run", of(query, report.clone()), A),
        ("a manager", "who is at risk", of(query, format!("{report}/at-risk")), A),
        ("a manager", "report of an organisation", of(query, format!("/reports/orgs/{org}")), A),
        ("a manager", "runs beside each other", of(query, format!("/reports/compare?runs={compared}")), A),
        ("a manager", "paths, managed", of(admin, "/paths".into()), A),
        ("a manager", "who did what", of(admin, "/audit".into()), A),
        ("an operator", "consumers", of(query, "/consumers".into()), A),
        ("an operator", "readiness", format!("{consumer}/health/ready"), N),
        ("an operator", "metrics", format!("{consumer}/metrics"), N),
        ("to try", "query API", format!("{query}/docs/"), N),
        ("to try", "admin API", format!("{admin}/docs/"), N),
        ("to try", "credentials API", format!("{credentials}/docs/"), N),
        ("to try", "plugin's API", format!("{plugin}/docs/"), N),
        (
            "clients of learning-paths-plugin",
            "paths",
            format!("{plugin}/api/learning_paths/v1/learning-paths/"),
            L,
        ),
    ];
    Ok(stops.map(|(group, what, url, whose)| Stop { group, what, url, whose }).into())
}
