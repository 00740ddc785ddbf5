//! The whole service on a socket.

use std::sync::Arc;
use std::time::Duration;

use lp_query_api::{Config, run};
use lp_runtime::{Settings, Source};
use sqlx::{ConnectOptions as _, PgPool};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::seed::{ODD, seed};

fn config(pool: &PgPool, listener: TcpListener) -> Config {
    let database = pool.connect_options().to_url_lossy().to_string();
    let settings = [("LP_READER_DATABASE_URL", database.as_str()), ("LP_DATABASE_MAX_CONNECTIONS", "2")];
    let settings = Settings::load(&Source::new(settings, None), &[]).unwrap();
    Config { settings, listener, metrics: Arc::new(String::new) }
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn it_serves_until_it_is_told_to_stop(pool: PgPool) {
    seed(&pool).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let cancel = CancellationToken::new();
    let service = tokio::spawn(run(config(&pool, listener), cancel.clone()));

    let ready = reqwest::get(format!("{address}/health/ready")).await.unwrap();
    assert_eq!(ready.status(), 200, "{}", ready.text().await.unwrap());
    // As a client's own library encodes a key.
    let mut url: reqwest::Url = address.parse().unwrap();
    url.path_segments_mut().unwrap().extend(["api", "v1", "learners", "42", "runs", ODD]);
    let answer: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(answer["run_key"], ODD);

    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(20), service).await.unwrap().unwrap().unwrap();
}

#[sqlx::test(migrations = false)]
async fn without_a_token_it_does_not_listen_to_the_world(pool: PgPool) {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = run(config(&pool, listener), CancellationToken::new()).await.unwrap_err();
    assert!(refused.to_string().contains("LP_API_TOKEN"), "{refused}");
}
