//! The server, over real sockets.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::routing::get;
use axum::{Extension, Router};
use futures::StreamExt as _;
use lp_http::{Api, Auth, Checks, Connection, Limits, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

struct Server {
    address: SocketAddr,
    cancel: CancellationToken,
    running: JoinHandle<std::io::Result<()>>,
    entered: Arc<Notify>,
    release: Arc<Notify>,
}

async fn server(limits: Limits) -> Server {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (inside, wait) = (Arc::clone(&entered), Arc::clone(&release));
    let held = move || {
        let (inside, wait) = (Arc::clone(&inside), Arc::clone(&wait));
        async move {
            inside.notify_one();
            wait.notified().await;
            "done"
        }
    };
    let router = Api {
        public: Router::new(),
        routes: Router::new()
            .route("/held", get(held))
            .route("/fast", get(async || "fast"))
            .route("/endless", get(endless))
            .route("/stream", get(stream)),
        openapi: None,
        checks: Checks::new(),
        metrics: Arc::new(String::new),
        auth: Auth::open(),
        limits: limits.clone(),
    }
    .router();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let told = cancel.clone();
    let running = tokio::spawn(async move { serve(listener, router, &limits, told).await });
    Server { address, cancel, running, entered, release }
}

/// More than any buffer takes.
async fn endless() -> Body {
    Body::from_stream(futures::stream::repeat_with(|| Ok::<_, Infallible>("x".repeat(64 * 1024))))
}

/// Begins and never goes on.
async fn stream(Extension(connection): Extension<Connection>) -> Body {
    connection.carry_a_stream();
    let begin = futures::stream::once(async { Ok::<_, Infallible>("begun") });
    Body::from_stream(begin.chain(futures::stream::pending()))
}

async fn send(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn rest(mut stream: TcpStream) -> String {
    let mut answer = vec![];
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(10), read).await.expect("the server never closed");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_in_flight_ends_before_the_server_does() {
    let server = server(Limits::default()).await;
    let stream = send(server.address, "GET /held HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.entered.notified().await;
    server.cancel.cancel();
    server.release.notify_one();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    server.running.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "it takes no new connection");
}

#[tokio::test]
async fn a_request_that_never_ends_is_dropped_when_the_drain_is_over() {
    let drain = Duration::from_millis(100);
    let server = server(Limits { drain, ..Limits::default() }).await;
    let _stream = send(server.address, "GET /held HTTP/1.1\r\nhost: a\r\n\r\n").await;
    server.entered.notified().await;
    let begun = Instant::now();
    server.cancel.cancel();
    server.running.await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn fault_72_a_head_that_trickles_in_is_cut_off_while_others_are_served() {
    let header_read_timeout = Duration::from_millis(100);
    let server = server(Limits { header_read_timeout, ..Limits::default() }).await;
    let slow = send(server.address, "GET /fast HTTP/1.1\r\nhost:").await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    let other = send(server.address, "GET /fast HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(rest(other).await.ends_with("fast"));
    rest(slow).await;
    rest(idle).await;
    server.cancel.cancel();
}

#[tokio::test]
async fn fault_73_a_huge_head_is_refused() {
    let server = server(Limits::default()).await;
    let head = format!("GET /fast HTTP/1.1\r\nhost: a\r\nx: {}\r\n\r\n", "x".repeat(64 * 1024));
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // The server may close before all of it is written.
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = rest(stream).await;
    assert!(!answer.contains(" 200 "), "{answer}");
    let many = format!("GET /fast HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(200));
    assert!(rest(send(server.address, &many).await).await.contains(" 431 "));
    server.cancel.cancel();
}

#[tokio::test]
async fn fault_76_a_malformed_head_is_a_bad_request() {
    let server = server(Limits::default()).await;
    for head in
        ["GET /fast\r\n\r\n", "NONSENSE\r\n\r\n", "GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", "\0\0\0\0\r\n\r\n"]
    {
        let answer = rest(send(server.address, head).await).await;
        assert!(answer.is_empty() || answer.contains(" 400 "), "{head:?}: {answer}");
    }
    server.cancel.cancel();
}

#[tokio::test]
async fn fault_72_a_client_that_does_not_read_is_cut_off_and_makes_room() {
    let limits =
        Limits { max_connections: 1, write_timeout: Duration::from_millis(100), ..Limits::default() };
    let server = server(limits).await;
    let _lazy = send(server.address, "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let other = send(server.address, "GET /fast HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(rest(other).await.ends_with("fast"), "there is room for one only");
    server.cancel.cancel();
}

#[tokio::test]
async fn a_client_that_reads_slowly_but_reads_gets_everything() {
    let write_timeout = Duration::from_millis(200);
    let server = server(Limits { write_timeout, ..Limits::default() }).await;
    let mut slow = send(server.address, "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let (mut some, begun) = (vec![0; 256 * 1024], Instant::now());
    while begun.elapsed() < 5 * write_timeout {
        slow.read_exact(&mut some).await.expect("it was cut off");
    }
    server.cancel.cancel();
}

#[tokio::test]
async fn a_stream_takes_no_place_among_connections() {
    let server = server(Limits { max_connections: 1, ..Limits::default() }).await;
    let mut streams = vec![];
    for _ in 0..3 {
        let mut stream = send(server.address, "GET /stream HTTP/1.1\r\nhost: a\r\n\r\n").await;
        let mut answer = String::new();
        while !answer.contains("begun") {
            let mut some = [0; 1024];
            let read = stream.read(&mut some).await.unwrap();
            assert!(read > 0, "{answer}");
            answer.push_str(&String::from_utf8_lossy(&some[..read]));
        }
        streams.push(stream);
    }
    let other = send(server.address, "GET /fast HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(rest(other).await.ends_with("fast"));
    server.cancel.cancel();
}
