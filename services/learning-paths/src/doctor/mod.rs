//! `doctor`: what is wrong with the set-up, and what to do about it.

mod configuration;
mod databases;
mod kafka;
mod registry;
mod report;

use std::process::ExitCode;

use lp_runtime::Source;

use report::Report;

pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    let source = Source::from_process();
    let mut report = Report::default();
    let (findings, settings) = configuration::check(&source);
    report.add("Configuration", findings);
    if let Some(settings) = settings {
        report.add("Progress database", databases::progress(&settings.databases).await);
        report.add("Credentials database", databases::credentials(&settings.databases).await);
        report.add("Kafka", kafka::check(&settings).await);
        report.add("Schema registry", registry::check(&settings.registry, &settings.kafka).await);
    }
    println!("{}", report.text());
    Ok(if report.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
