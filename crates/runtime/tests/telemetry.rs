//! Telemetry is installed once a process, so this test has a process of its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use lp_runtime::{Settings, Source, Telemetry, current_traceparent, span_with_remote_parent};

/// A collector that takes one export and gives back its head and body.
fn collector() -> (String, mpsc::Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let mut request = vec![];
        let _ = stream.read_to_end(&mut request);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        send.send(request).unwrap();
    });
    (url, receive)
}

#[test]
fn spans_reach_the_collector_before_the_process_ends_and_metrics_render() {
    let (url, received) = collector();
    let settings = Settings::load(&Source::new([("LP_OTLP_ENDPOINT", url.as_str())], None), &[]).unwrap();
    let telemetry = Telemetry::install(&settings.telemetry, "test").unwrap();

    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let span = span_with_remote_parent(tracing::info_span!(target: "lp_test", "apply_batch"), Some(parent));
    assert!(span.in_scope(current_traceparent).unwrap().contains("0af7651916cd43dd8448eb211c80319c"));
    drop(span);
    drop(tracing::info_span!(target: "sqlx::query", "canary_of_another_crate"));
    metrics::counter!("lp_test_things_total").increment(2);

    telemetry.flush();
    let request = received.recv_timeout(Duration::from_secs(10)).unwrap();
    let text = String::from_utf8_lossy(&request);
    assert!(text.starts_with("POST /v1/traces "), "{text}");
    assert!(text.contains("apply_batch"));
    assert!(!text.contains("canary_of_another_crate"), "only our own spans leave");
    assert!((telemetry.metrics_page())().contains("lp_test_things_total 2"));
}
