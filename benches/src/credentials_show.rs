//! Certificates and verify pages over HTTP, from a service that has issued.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lp_credentials_store::issuing::credentials::{CredentialFilter, list_credentials};

use sqlx::{Connection as _, PgConnection};

use crate::credentials::{Stage, database};
use crate::credentials_issue::service;
use crate::figure::{Figure, median, quantile};
use crate::ours::resident;
use crate::read::{CONNECTIONS, filled, many, pgbench, statement};
use crate::read_load::{Asked, ask};

const STORE: &str = "credentials-store";
/// Credentials that are asked for: pgbench has a script for each, and takes no more than 128.
const ASKED: i64 = 100;
/// Certificates that are asked for at once: as many as the service draws.
const DRAWN_AT_ONCE: usize = 2;

/// Of the credentials of the first round.
pub(crate) async fn measure(stage: &Stage, length: Duration, rounds: usize) -> anyhow::Result<Vec<Figure>> {
    let url = stage.postgres.url(&database(0));
    let mut conn = PgConnection::connect(&url).await?;
    let credentials = list_credentials(&mut conn, &CredentialFilter::default(), None, ASKED).await?;
    let scripts = tempfile::tempdir()?;
    let mut files = vec![];
    for (number, credential) in credentials.iter().enumerate() {
        let file = scripts.path().join(format!("{number}.sql"));
        fs::write(
            &file,
            script(&credential.credential_id.to_string(), &credential.completion_id.to_string())?,
        )?;
        files.push(file);
    }
    let files: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
    let service = service(stage, 0).await?;
    let ids: Arc<Vec<String>> =
        Arc::new(credentials.iter().map(|credential| credential.credential_id.to_string()).collect());
    let asked = |file: &'static str, header: &str| {
        let ids = Arc::clone(&ids);
        // Numbers of learners are from 1.
        let path = move |number: i64| {
            let id = &ids[usize::try_from(number - 1).unwrap_or_default()];
            format!("/credentials/{id}{file}")
        };
        let (address, header) = (service.address, header.to_owned());
        Asked { address, path: Arc::new(path), header, learners: ASKED }
    };
    let pages = asked("", "Accept: text/html");
    let pace = async |asked: &Asked| {
        let taken = ask(asked, CONNECTIONS, length, Duration::ZERO).await?;
        anyhow::Ok(many(taken.len())? / length.as_secs_f64())
    };
    // The first asking warms both.
    pace(&pages).await?;
    pgbench(&stage.postgres, &url, length, &files)?;
    let (mut https, mut banks, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..rounds {
        let (http, bank) = (pace(&pages).await?, pgbench(&stage.postgres, &url, length, &files)?);
        https.push(http);
        banks.push(bank);
        ratios.push(http / bank);
    }
    let certificates = asked("/certificate.pdf", "Accept: application/pdf");
    let mut p99s = vec![];
    for _ in 0..rounds {
        let mut taken = ask(&certificates, DRAWN_AT_ONCE, length, Duration::ZERO).await?;
        p99s.push(quantile(&mut taken, 0.99));
    }
    let megabytes = resident(service.child.id())? * 1.048_576;
    Ok(vec![
        Figure::plain("credentials_certificate_p99", median(&mut p99s), "ms"),
        Figure::at_most("credentials_resident_memory", megabytes, "MB", 96.0),
        Figure::plain("credentials_pages_by_http", median(&mut https), "requests/s"),
        Figure::plain("credentials_pages_by_pgbench", median(&mut banks), "1/s"),
        Figure::at_least("credentials_page_to_pgbench", median(&mut ratios), "times", 0.4),
    ])
}

/// All that a page is read by.
fn script(credential_id: &str, completion_id: &str) -> anyhow::Result<String> {
    let (id, completions) = (format!("'{credential_id}'"), format!("'{{{completion_id}}}'::uuid[]"));
    let shown = statement(STORE, &["JOIN definition_versions", "WHERE c.credential_id = $1"], &[])?;
    let award = statement(STORE, &["FROM awards a", "WHERE completion_id = ANY($1)"], &[])?;
    let lines = [filled(&shown, &[&id]), filled(&award, &[&completions])];
    Ok(lines.map(|line| format!("{line};\n")).concat())
}
