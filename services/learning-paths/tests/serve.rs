//! The services as a process: what they log, and that they end when told to.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(5);

struct Running {
    process: Child,
    lines: Receiver<String>,
}

/// All services, with nothing that they depend on.
fn serve(extra: &[(&str, &str)]) -> Running {
    let mut process = Command::new(env!("CARGO_BIN_EXE_learning-paths"))
        .args(["serve", "all"])
        .env_clear()
        .env("LP_DATABASE_URL", "postgres://canary:canary-secret@127.0.0.1:9/progress")
        .env("LP_CREDENTIALS_DATABASE_URL", "postgres://canary:canary-secret@127.0.0.1:9/credentials")
        .env("LP_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
        .env("LP_SCHEMA_REGISTRY_URL", "http://127.0.0.1:9")
        .env("LP_CONSUMER_LISTEN", "127.0.0.1:0")
        .env("LP_QUERY_LISTEN", "127.0.0.1:0")
        .env("LP_CREDENTIALS_LISTEN", "127.0.0.1:0")
        .env("LP_ADMIN_LISTEN", "127.0.0.1:0")
        .env("LP_PLUGIN_LISTEN", "127.0.0.1:0")
        .env("LP_SHUTDOWN_DEADLINE_MS", DEADLINE.as_millis().to_string())
        .envs(extra.iter().copied())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (send, lines) = mpsc::channel();
    let errors = BufReader::new(process.stderr.take().unwrap());
    std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    Running { process, lines }
}

impl Running {
    /// Reads lines until so many services listen.
    fn until_listening(&self) -> (Vec<String>, Vec<String>) {
        let (mut lines, mut addresses) = (vec![], vec![]);
        while addresses.len() < 3 {
            let line = self.lines.recv_timeout(Duration::from_secs(20)).expect("not started in time");
            let json: serde_json::Value = serde_json::from_str(&line).expect("every line is JSON");
            if json["message"] == "listening" {
                addresses.push(json["address"].as_str().unwrap().to_owned());
            }
            lines.push(line);
        }
        (lines, addresses)
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The exit code, and all that was still logged.
    fn end(mut self) -> (Option<i32>, Duration, Vec<String>) {
        let told = Instant::now();
        let lines: Vec<String> = self.lines.iter().collect();
        let status = self.process.wait().unwrap();
        (status.code(), told.elapsed(), lines)
    }
}

#[test]
fn fault_71_sigterm_ends_with_0_in_time_though_kafka_postgres_and_registry_are_gone() {
    for signal in ["-TERM", "-INT"] {
        let running = serve(&[]);
        let (mut lines, _) = running.until_listening();
        running.signal(signal);
        let (code, took, rest) = running.end();
        lines.extend(rest);
        assert_eq!(code, Some(0), "{lines:#?}");
        assert!(took <= DEADLINE, "{took:?}");
        for line in &lines {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON: {line}");
            assert!(!line.contains("canary-secret"), "{line}");
        }
    }
}

#[test]
fn a_taken_address_ends_the_process_with_1_before_anything_runs() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, lines) = serve(&[("LP_QUERY_LISTEN", &address)]).end();
    assert_eq!(code, Some(1));
    assert!(lines.iter().any(|line| line.contains("LP_QUERY_LISTEN")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.contains("listening")), "{lines:#?}");
}
