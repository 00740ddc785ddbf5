//! `demo`: all of it with a simulated LMS, checked against what the simulation knows must be.

mod admin;
mod author;
mod compare;
mod counts;
mod credentials;
mod drive;
mod parts;
mod read_back;
mod summary;
mod tour;
mod view;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use chrono::Utc;
use lp_devstack::lms::{Simulation, TOPICS};
use lp_domain::Timestamp;
use lp_runtime::Supervisor;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use crate::cli::{Demo, Service};
use crate::serve::Addresses;
use crate::{import, serve, start};
use admin::Admin;
use drive::Drive;
use parts::Parts;
use read_back::Apis;
use tour::{Tour, Urls};

pub(crate) async fn run(options: Demo) -> anyhow::Result<ExitCode> {
    println!("starting Kafka, a schema registry and Postgres …");
    let topics: Vec<&str> = TOPICS.into_iter().chain([lp_events::path::TOPIC]).collect();
    let parts = Parts::start(&options, &topics).await?;
    println!("{}", parts.in_words());
    let outcome = on(&parts, &options).await;
    parts.clean_up().await;
    outcome
}

async fn on(parts: &Parts, options: &Demo) -> anyhow::Result<ExitCode> {
    let settings = parts.settings(&TOPICS)?;
    let telemetry = start::telemetry(&settings)?;
    lp_progress_store::migrate(&start::pool(&parts.progress).await?).await?;
    lp_credentials_store::migrate(&start::pool(&parts.credentials).await?).await?;

    let simulation = Simulation::new(options.seed, options.learners);
    let document = import::document::read(&simulation.import).context("the simulation's own import file")?;
    let now = Timestamp::try_from(Utc::now())?;
    let done = import::apply::apply(&start::pool(&parts.progress).await?, &document, now).await?;
    println!("{}\n", import::report(&done));

    let mut supervisor = Supervisor::new(settings.shutdown_deadline);
    let addresses = serve::spawn(&mut supervisor, Service::All, &settings, &telemetry.metrics_page()).await?;
    let urls = urls(addresses);
    let drive = Drive {
        simulation,
        sender: lp_devstack::lms::Sender::new(&parts.kafka, &parts.registry, Some(&parts.prefix))?,
        admin: Admin::new(client(&parts.secret)?, &urls.admin),
        apis: Apis::new(client(&parts.secret)?, urls.query.clone(), urls.credentials.clone()),
        metrics: telemetry.metrics_page(),
        prefix: parts.prefix.clone(),
    };
    let (cancel, keep, environment) = (supervisor.cancel(), options.keep, parts.environment(&TOPICS));
    let secret = parts.secret.clone();
    let (tell, told) = tokio::sync::oneshot::channel();
    supervisor.spawn("demo", async move {
        let seen = drive.run().await?;
        if let Some(seen) = &seen {
            let tour = Tour::new(&urls, &secret, seen).await?;
            tour.take().await?;
            println!("\nover this data, each asked just now:\n{tour}");
            if keep {
                println!("{}", tour.tokens());
            }
        }
        if keep {
            let environment = environment.join(" \\\n  ");
            println!(
                "other commands (doctor, quarantine list, rebuild --check) look at it with\n  {environment}"
            );
            println!("still running; end it with Ctrl-C");
        } else {
            cancel.cancel();
        }
        let _ = tell.send(seen.is_some());
        cancel.cancelled().await;
        Ok(())
    });
    let ended = supervisor.run().await?;
    let agreed = told.await.unwrap_or(false);
    Ok(if agreed && ended.code() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks as an administrator.
fn client(secret: &str) -> anyhow::Result<reqwest::Client> {
    let token = lp_devstack::lms_api::administrator_token(secret)?;
    let headers = HeaderMap::from_iter([(AUTHORIZATION, format!("JWT {token}").parse()?)]);
    // No bound on a whole answer: a preview of many learners takes its time.
    Ok(reqwest::Client::builder().default_headers(headers).read_timeout(Duration::from_secs(10)).build()?)
}

fn urls(addresses: Addresses) -> Urls {
    let url =
        |address: Option<SocketAddr>| address.map_or_else(String::new, |address| format!("http://{address}"));
    let Addresses { consumer, query, credentials, admin, plugin } = addresses;
    Urls {
        consumer: url(consumer),
        query: url(query),
        credentials: url(credentials),
        admin: url(admin),
        plugin: url(plugin),
    }
}
