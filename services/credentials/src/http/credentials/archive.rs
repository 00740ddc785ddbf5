//! `GET /api/v1/credentials/archive`.

use std::io::{self, Write};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use futures::stream;
use lp_domain::RunKey;
use lp_http::csv::file;
use lp_http::{Caller, Permission, Problem, Query, Target};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use utoipa::IntoParams;
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::drawing::Format;
use crate::http::bodies::Refusals;
use crate::http::files::Wanted;
use crate::http::shown::Shown;
use crate::http::state::{CredentialsState, Issuer};
use crate::store::issuing::credentials::{CredentialFilter, list_credentials};

/// Credentials that are read at once.
const PAGE: i64 = 50;
/// Files, and pieces of the archive, that wait for whoever takes them.
const AHEAD: usize = 4;

/// Of which run.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ArchiveQuery {
    /// The run.
    #[param(value_type = String, example = "path-v1:OpenedX+DATA+2026+open")]
    run_key: RunKey,
}

/// All credentials of a run as one archive, made while it is sent: of each the signed document and the certificate, but of those that
/// were withdrawn. For those who may see learners' names.
#[utoipa::path(
    get,
    path = "/api/v1/credentials/archive",
    tag = "credentials",
    params(ArchiveQuery),
    responses(
        (status = 200, description = "A ZIP archive of `{credential_id}.json` and `{credential_id}.pdf`.", body = Vec<u8>,
         content_type = "application/zip"),
        Refusals,
    )
)]
pub(crate) async fn download_archive(
    State(state): State<CredentialsState>,
    caller: Caller,
    Query(ArchiveQuery { run_key }): Query<ArchiveQuery>,
) -> Result<Response, Problem> {
    for permission in [Permission::ReadAwards, Permission::ReadNames] {
        caller.require(permission, Target::Org(run_key.org())).await?;
    }
    let (issuer, room) = (state.shared_issuer()?, state.archive()?);
    let (entries, taken) = channel(AHEAD);
    let (pieces, sent) = channel(AHEAD);
    tokio::spawn(async move {
        if let Err(error) = gather(&state, &issuer, &run_key, &entries).await {
            tracing::warn!(error = &*error as &dyn std::error::Error, "an archive broke off");
            // So that nobody takes what there is for all.
            let _ = entries.send(Err(io::Error::other("the archive broke off"))).await;
        }
    });
    tokio::task::spawn_blocking(move || write(taken, &pieces, room));
    let pieces = stream::unfold(sent, async |mut sent| Some((sent.recv().await?, sent)));
    Ok(file("credentials.zip", "application/zip", pieces))
}

/// A file of the archive.
struct Entry {
    name: String,
    bytes: Vec<u8>,
    /// A PDF is compressed already.
    method: CompressionMethod,
}

/// Reads and draws all files, as they are taken.
async fn gather(
    state: &CredentialsState,
    issuer: &Arc<Issuer>,
    run_key: &RunKey,
    entries: &Sender<io::Result<Entry>>,
) -> anyhow::Result<()> {
    let filter =
        CredentialFilter { run_key: Some(run_key.as_str().to_owned()), ..CredentialFilter::default() };
    let mut after: Option<Uuid> = None;
    loop {
        let page = list_credentials(&mut *state.writers.acquire().await?, &filter, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.credential_id);
        for credential in page {
            for entry in files_of(state, issuer, credential.credential_id).await? {
                if entries.send(Ok(entry)).await.is_err() {
                    // Nobody takes it any more.
                    return Ok(());
                }
            }
        }
    }
}

async fn files_of(state: &CredentialsState, issuer: &Arc<Issuer>, id: Uuid) -> anyhow::Result<Vec<Entry>> {
    let mut conn = state.documents.acquire().await?;
    let Some(shown) = Shown::read(&mut conn, id).await? else { return Ok(Vec::new()) };
    let wanted = Wanted::read(&mut conn, &issuer.site, &shown, Format::Certificate, None).await?;
    // Not held while it is drawn.
    drop(conn);
    let (Some(signed), Some(wanted)) = (shown.signed, wanted) else { return Ok(Vec::new()) };
    let pdf = wanted.bytes(&issuer.drawing).await?;
    let entry = |kind: &str, bytes, method| Entry { name: format!("{id}.{kind}"), bytes, method };
    Ok(vec![
        entry("json", signed.document.into_bytes(), CompressionMethod::Deflated),
        entry("pdf", pdf, CompressionMethod::Stored),
    ])
}

/// Writes the archive, as it is sent.
fn write(
    mut entries: Receiver<io::Result<Entry>>,
    pieces: &Sender<io::Result<Vec<u8>>>,
    _room: OwnedSemaphorePermit,
) {
    let mut archive = ZipWriter::new_stream(Pieces { sender: pieces, piece: Vec::new() });
    let mut write = || -> io::Result<()> {
        while let Some(entry) = entries.blocking_recv() {
            let Entry { name, bytes, method } = entry?;
            archive.start_file(name, SimpleFileOptions::default().compression_method(method))?;
            archive.write_all(&bytes)?;
        }
        Ok(())
    };
    let ended = write().and_then(|()| archive.finish()?.into_inner().flush());
    if let Err(error) = ended {
        let _ = pieces.blocking_send(Err(error));
    }
}

/// Sends what is written, some kilobytes at a time.
struct Pieces<'a> {
    sender: &'a Sender<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
}

/// The size of a piece, in bytes.
const PIECE: usize = 64 << 10;

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.piece);
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
