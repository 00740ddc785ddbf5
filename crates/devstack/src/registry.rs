use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A schema registry in process; ends when dropped.
pub struct Registry {
    address: SocketAddr,
    state: Arc<Mutex<Known>>,
    _end: DropGuard,
}

#[derive(Default)]
struct Known {
    schemas: Vec<String>,
    subjects: HashMap<String, Vec<u32>>,
    failing: Option<StatusCode>,
}

type Shared = State<Arc<Mutex<Known>>>;

impl Registry {
    /// Starts an empty registry on a free port of loopback.
    ///
    /// # Errors
    /// When there is no port to be had.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (state, end) = (Arc::new(Mutex::new(Known::default())), CancellationToken::new());
        let router = Router::new()
            .route("/subjects", get(subjects))
            .route("/subjects/{subject}/versions", post(register))
            .route("/schemas/ids/{id}", get(by_id))
            .with_state(Arc::clone(&state));
        let address = listener.local_addr()?;
        let ended = end.clone().cancelled_owned();
        drop(tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await }));
        Ok(Self { address, state, _end: end.drop_guard() })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes it answer everything with this status, or as it should again.
    ///
    /// # Errors
    /// When that is no HTTP status.
    pub fn fail_with(&self, status: Option<u16>) -> anyhow::Result<()> {
        let status = status.map(StatusCode::from_u16).transpose().context("an HTTP status, please")?;
        known(&self.state).failing = status;
        Ok(())
    }
}

fn known(state: &Mutex<Known>) -> MutexGuard<'_, Known> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn error(status: StatusCode, code: u32, message: &str) -> Response {
    (status, Json(json!({ "error_code": code, "message": message }))).into_response()
}

async fn subjects(State(state): Shared) -> Response {
    let known = known(&state);
    match known.failing {
        Some(status) => error(status, 50001, "told to fail"),
        None => Json(known.subjects.keys().cloned().collect::<Vec<_>>()).into_response(),
    }
}

async fn register(State(state): Shared, Path(subject): Path<String>, Json(body): Json<Value>) -> Response {
    let mut known = known(&state);
    if let Some(status) = known.failing {
        return error(status, 50001, "told to fail");
    }
    let Some(schema) = body["schema"].as_str() else {
        return error(StatusCode::UNPROCESSABLE_ENTITY, 42201, "no schema");
    };
    let place = known.schemas.iter().position(|kept| kept == schema).unwrap_or_else(|| {
        known.schemas.push(schema.to_owned());
        known.schemas.len() - 1
    });
    let id = u32::try_from(place + 1).unwrap_or(u32::MAX);
    let versions = known.subjects.entry(subject).or_default();
    if !versions.contains(&id) {
        versions.push(id);
    }
    Json(json!({ "id": id })).into_response()
}

async fn by_id(State(state): Shared, Path(id): Path<usize>) -> Response {
    let known = known(&state);
    if let Some(status) = known.failing {
        return error(status, 50001, "told to fail");
    }
    match id.checked_sub(1).and_then(|place| known.schemas.get(place)) {
        Some(schema) => Json(json!({ "schema": schema })).into_response(),
        None => error(StatusCode::NOT_FOUND, 40403, "Schema not found"),
    }
}
