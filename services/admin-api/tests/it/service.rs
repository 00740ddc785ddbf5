//! The whole service on a socket.

use std::sync::Arc;
use std::time::Duration;

use lp_admin_api::{Config, run};
use lp_runtime::{Settings, Source};
use serde_json::json;
use sqlx::{ConnectOptions as _, PgPool};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{RUN, definition, enrolled, manager};

fn settings(pool: &PgPool, more: &[(&str, &str)]) -> Settings {
    let database = pool.connect_options().to_url_lossy().to_string();
    let settings = [("LP_DATABASE_URL", database.as_str()), ("LP_DATABASE_MAX_CONNECTIONS", "6")];
    Settings::load(&Source::new(settings.into_iter().chain(more.iter().copied()), None), &[]).unwrap()
}

async fn waiting(pool: &PgPool) -> Vec<i64> {
    sqlx::query_scalar("SELECT after_learner_id FROM rejudgements").fetch_all(pool).await.unwrap()
}

/// Runs the service, with these settings besides, until this holds.
pub(crate) async fn serve_until(pool: &PgPool, more: &[(&str, &str)], holds: impl AsyncFn() -> bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let config = Config { settings: settings(pool, more), listener, metrics: Arc::new(String::new) };
    let service = tokio::spawn(run(config, cancel.clone()));
    let ready = reqwest::get(format!("http://{address}/health/ready")).await.unwrap();
    assert_eq!(ready.status(), 200);
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    let found = tokio::time::timeout(Duration::from_secs(30), async {
        while !holds().await {
            looks.tick().await;
        }
    });
    found.await.unwrap();
    cancel.cancel();
    tokio::time::timeout(Duration::from_secs(20), service).await.unwrap().unwrap().unwrap();
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn learners_who_follow_are_judged_anew_though_the_service_ends_in_between(pool: PgPool) {
    let manager = manager(&pool).await;
    let etag = manager.get(&format!("/runs/{RUN}")).await.etag();
    let policy = json!({ "policy": { "revision": "following" } });
    manager.ask("PATCH", &format!("/runs/{RUN}"), &[("if-match", &etag)], policy).await.is(200);
    enrolled(&pool, 1..=450).await;
    let etag = manager.draft(RUN, None, definition(&[1, 2, 3])).await.is(200).etag();
    manager.publish(RUN, &etag).await.is(201);
    assert_eq!(waiting(&pool).await, [0]);
    let judged = async || {
        let count = "SELECT count(*) FROM progress WHERE revision = 2";
        sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await.unwrap()
    };
    serve_until(&pool, &[], async || judged().await >= 200).await;
    serve_until(&pool, &[], async || waiting(&pool).await.is_empty()).await;
    assert_eq!(judged().await, 450);
}

#[sqlx::test(migrations = false)]
async fn without_a_token_it_does_not_listen_to_the_world(pool: PgPool) {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let config = Config { settings: settings(&pool, &[]), listener, metrics: Arc::new(String::new) };
    let refused = Box::pin(run(config, CancellationToken::new())).await.unwrap_err();
    assert!(refused.to_string().contains("LP_JWT_PUBLIC_KEYS"), "{refused}");
}
