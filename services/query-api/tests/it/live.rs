//! Live streams of the whole service, over real sockets.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use lp_domain::LearnerId;
use lp_http::auth::testing::{AUDIENCE, ISSUER, TestKey, jwk_set, token};
use lp_http::{Auth, Checks, Limits};
use lp_progress_store::audit::By;
use lp_progress_store::{identities, read};
use lp_query_api::http::{QueryState, api};
use lp_query_api::{Config, Live, LiveLimits, run};
use lp_runtime::{Settings, Source};
use serde_json::{Value, json};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::writer::{Writer, now};

/// Nothing takes so long unless it is broken.
const DEADLINE: Duration = Duration::from_mins(1);

struct Service {
    address: SocketAddr,
    cancel: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Service {
    async fn start(pool: &PgPool, more: &[(&'static str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let database = pool.connect_options().to_url_lossy().to_string();
        let keys = jwk_set(&[TestKey::First]);
        let mut settings = BTreeMap::from([
            ("LP_READER_DATABASE_URL", database.as_str()),
            ("LP_DATABASE_MAX_CONNECTIONS", "2"),
            ("LP_JWT_PUBLIC_KEYS", keys.as_str()),
            ("LP_JWT_ISSUER", ISSUER),
            ("LP_JWT_AUDIENCE", AUDIENCE),
        ]);
        settings.extend(more.iter().copied());
        let settings = Settings::load(&Source::new(settings, None), &[]).unwrap();
        let cancel = CancellationToken::new();
        let config = Config { settings, listener, metrics: Arc::new(String::new) };
        let running = tokio::spawn(run(config, cancel.clone()));
        Self { address, cancel, running }
    }

    async fn stop(self) {
        self.cancel.cancel();
        timeout(DEADLINE, self.running).await.expect("it does not end").unwrap().unwrap();
    }

    /// A stream of a learner, opened by the learner.
    async fn watch(&self, learner: i64) -> Watcher {
        self.watch_from(learner, "").await
    }

    /// The same from an event on.
    async fn watch_from(&self, learner: i64, last_event_id: &str) -> Watcher {
        let watcher = self.ask(learner, &token(learner, &json!({})), last_event_id).await;
        assert_eq!(watcher.status, 200);
        watcher
    }

    async fn ask(&self, learner: i64, token: &str, last_event_id: &str) -> Watcher {
        let stream = TcpStream::connect(self.address).await.unwrap();
        Watcher::ask(stream, learner, token, last_event_id).await
    }
}

/// A client of a stream.
struct Watcher {
    status: u16,
    lines: BufReader<TcpStream>,
    last_event_id: String,
}

/// What a client sees next.
#[derive(Debug, PartialEq)]
enum Seen {
    /// A run: the last part of its key, its progress, and its grade.
    Run(String, f64, Option<f64>),
    /// The comment that says that everything was sent.
    Current,
    /// The stream ended.
    End,
}

impl Watcher {
    async fn ask(mut stream: TcpStream, learner: i64, token: &str, last_event_id: &str) -> Self {
        let last = if last_event_id.is_empty() {
            String::new()
        } else {
            format!("last-event-id: {last_event_id}\r\n")
        };
        let head = format!(
            "GET /api/v1/learners/{learner}/live HTTP/1.1\r\nhost: a\r\nauthorization: JWT {token}\r\n{last}\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut lines = BufReader::with_capacity(512, stream);
        let mut line = String::new();
        timeout(DEADLINE, lines.read_line(&mut line)).await.expect("no answer").unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        while line.trim() != "" {
            headers.push(line.trim().to_ascii_lowercase());
            line.clear();
            timeout(DEADLINE, lines.read_line(&mut line)).await.expect("no headers").unwrap();
        }
        if status == 200 {
            for header in [
                "content-type: text/event-stream",
                "cache-control: private, no-store",
                "x-accel-buffering: no",
                "connection: close",
            ] {
                assert!(headers.iter().any(|one| one == header), "{header}: {headers:?}");
            }
        }
        Self { status, lines, last_event_id: last_event_id.to_owned() }
    }

    async fn next(&mut self) -> Seen {
        timeout(DEADLINE, self.read()).await.expect("nothing comes")
    }

    /// Until the next event, or the comment that says that everything was sent. Other lines frame a chunk, or show that the stream
    /// is alive.
    async fn read(&mut self) -> Seen {
        let mut id = None;
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).await.unwrap_or(0) == 0 {
                return Seen::End;
            }
            let line = line.trim_end();
            if let Some(value) = line.strip_prefix("id: ") {
                id = Some(value.to_owned());
            } else if let Some(data) = line.strip_prefix("data: ") {
                self.last_event_id = id.take().expect("an event has an id");
                let run: Value = serde_json::from_str(data).unwrap();
                let key = run["run_key"].as_str().unwrap().rsplit('+').next().unwrap().to_owned();
                return Seen::Run(key, run["progress"].as_f64().unwrap(), run["grade"].as_f64());
            } else if line == ": current" {
                return Seen::Current;
            }
        }
    }

    /// All runs until the stream is current.
    async fn all(&mut self) -> Vec<Seen> {
        let mut all = Vec::new();
        loop {
            match self.next().await {
                Seen::Current => return all,
                seen => all.push(seen),
            }
        }
    }
}

fn ran(run: &str, progress: f64) -> Seen {
    Seen::Run(run.into(), progress, None)
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_happens_to_a_learner_is_seen_by_their_streams_and_by_nobody_elses(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a", "b"]).await;
    writer.enrol("a", &[1, 2]).await;
    let service = Service::start(&pool, &[]).await;
    let (mut one, mut again, mut two) =
        (service.watch(1).await, service.watch(1).await, service.watch(2).await);
    for watcher in [&mut one, &mut again, &mut two] {
        assert_eq!(watcher.all().await, [ran("a", 0.0)], "the state comes first");
    }
    writer.pass(1, 1).await;
    assert_eq!(one.next().await, ran("a", 0.5));
    assert_eq!(again.next().await, ran("a", 0.5));
    writer.pass(2, 1).await;
    assert_eq!(two.next().await, ran("a", 0.5), "and nothing of the first");
    writer.enrol("b", &[1]).await;
    assert_eq!(one.next().await, ran("b", 0.5), "an enrolment is told too, and nothing of the second");
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_stream_goes_on_where_it_was_cut_without_loss_and_without_repetition(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a", "b"]).await;
    writer.enrol("a", &[1]).await;
    writer.enrol("b", &[1]).await;
    let service = Service::start(&pool, &[]).await;
    let mut watcher = service.watch(1).await;
    assert_eq!(watcher.next().await, ran("a", 0.0));
    let after_the_first = watcher.last_event_id.clone();
    assert_eq!(watcher.all().await, [ran("b", 0.0)]);
    let after_both = watcher.last_event_id.clone();
    drop(watcher);

    assert_eq!(service.watch_from(1, &after_the_first).await.all().await, [ran("b", 0.0)]);
    assert_eq!(service.watch_from(1, &after_both).await.all().await, []);
    // Another process goes on as well.
    writer.grade_in("b", 1, 0.5).await;
    service.stop().await;
    let service = Service::start(&pool, &[]).await;
    let mut watcher = service.watch_from(1, &after_both).await;
    assert_eq!(watcher.all().await, [Seen::Run("b".into(), 0.0, Some(0.5))]);
    assert_eq!(service.watch_from(1, "what nobody sent").await.all().await.len(), 2);
    writer.pass(1, 1).await;
    assert_eq!(watcher.next().await, ran("a", 0.5));
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn what_commits_while_nobody_can_listen_is_made_up_for(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a"]).await;
    writer.enrol("a", &[1, 2]).await;
    let service = Service::start(&pool, &[]).await;
    let (mut one, mut two) = (service.watch(1).await, service.watch(2).await);
    assert_eq!((one.all().await.len(), two.all().await.len()), (1, 1));

    // No connection of the service is left, and none can be made.
    let options = (*pool.connect_options()).clone();
    let name = options.get_database().unwrap().to_owned();
    let mut elsewhere = PgConnection::connect_with(&options.database("postgres")).await.unwrap();
    let allow = async |conn: &mut PgConnection, allow: bool| {
        let text = format!(r#"ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allow}"#);
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(conn).await.unwrap();
    };
    allow(&mut elsewhere, false).await;
    let ended: Vec<bool> = sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'learning-paths-query' AND datname = $1",
    )
    .bind(&name)
    .fetch_all(&mut elsewhere)
    .await
    .unwrap();
    assert!(!ended.is_empty());
    writer.pass(1, 1).await;
    allow(&mut elsewhere, true).await;

    assert_eq!(one.next().await, ran("a", 0.5));
    writer.pass(2, 1).await;
    assert_eq!(two.next().await, ran("a", 0.5), "it listens again");
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn who_does_not_read_is_cut_off_while_others_are_served(pool: PgPool) {
    let runs: Vec<String> = (0..40).map(|run| format!("r{run:02}")).collect();
    let runs: Vec<&str> = runs.iter().map(String::as_str).collect();
    let mut writer = Writer::new(&pool, &runs).await;
    for run in &runs {
        writer.enrol(run, &[1]).await;
    }
    let settings = [("LP_LIVE_MAX_STREAMS_PER_LEARNER", "2"), ("LP_HTTP_WRITE_TIMEOUT_MS", "200")];
    let service = Service::start(&pool, &settings).await;
    let mut reader = service.watch(1).await;
    assert_eq!(reader.all().await.len(), runs.len());
    let narrow = TcpSocket::new_v4().unwrap();
    narrow.set_recv_buffer_size(4 * 1024).unwrap();
    let token = token(1, &json!({}));
    let mut lazy = Watcher::ask(narrow.connect(service.address).await.unwrap(), 1, &token, "").await;
    assert_eq!(lazy.status, 200);
    assert_eq!(service.ask(1, &token, "").await.status, 429, "there are two");

    // What changes is sent to the one who reads, until the other is cut off: then there is a place again.
    let begun = Instant::now();
    let mut grade = 0.0;
    loop {
        grade += 0.001;
        writer.grade(1, grade).await;
        for run in &runs {
            assert_eq!(reader.next().await, Seen::Run((*run).into(), 0.0, Some(grade)));
        }
        if service.ask(1, &token, "").await.status == 200 {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "it is never cut off");
    }
    writer.pass(1, 1).await;
    loop {
        match reader.next().await {
            Seen::Run(_, progress, _) if progress > 0.0 => break,
            Seen::End => panic!("the one who reads is cut off"),
            _ => {}
        }
    }
    // Not a stream that goes on, but the rest of what lay between.
    let rest = async { while lazy.lines.read_line(&mut String::new()).await.unwrap_or(0) > 0 {} };
    timeout(DEADLINE, rest).await.expect("it goes on");
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn there_are_so_many_streams_and_no_more_and_they_keep_nobody_else_out(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a"]).await;
    writer.enrol("a", &[1]).await;
    let settings = [
        ("LP_LIVE_MAX_STREAMS", "4"),
        ("LP_LIVE_MAX_STREAMS_PER_LEARNER", "2"),
        ("LP_HTTP_MAX_CONNECTIONS", "2"),
        ("LP_HTTP_MAX_CONCURRENT_REQUESTS", "1"),
    ];
    let service = Service::start(&pool, &settings).await;
    let mut open = Vec::new();
    for learner in [1, 1, 2, 3] {
        let mut watcher = service.watch(learner).await;
        watcher.all().await;
        open.push(watcher);
    }
    let status = async |learner| service.ask(learner, &token(learner, &json!({})), "").await.status;
    assert_eq!(status(4).await, 503);
    drop(open.pop());
    // One place is free once the end of a stream is noticed; of the first learner there are two all the same.
    let begun = Instant::now();
    while status(1).await != 429 {
        assert!(begun.elapsed() < DEADLINE, "the place is never given up");
    }
    let url = format!("http://{}/api/v1/learners/1/runs", service.address);
    let listed =
        reqwest::Client::new().get(url).header("authorization", format!("JWT {}", token(1, &json!({}))));
    assert_eq!(listed.send().await.unwrap().status(), 200, "streams hold neither connections nor requests");
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_stream_is_its_learners_own_and_ends_with_the_token(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a"]).await;
    writer.enrol("a", &[1]).await;
    let service = Service::start(&pool, &[]).await;
    assert_eq!(service.ask(1, &token(2, &json!({})), "").await.status, 403);
    assert_eq!(service.ask(1, "nonsense", "").await.status, 401);
    let exp = chrono::Utc::now().timestamp() + 2;
    let mut watcher = service.ask(1, &token(1, &json!({ "exp": exp })), "").await;
    assert_eq!(watcher.all().await.len(), 1);
    assert_eq!(watcher.next().await, Seen::End);
    assert!(chrono::Utc::now().timestamp() >= exp, "it ended before");
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn the_stream_of_a_retired_learner_ends_for_good(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a"]).await;
    writer.enrol("a", &[1]).await;
    let service = Service::start(&pool, &[]).await;
    let mut watcher = service.watch(1).await;
    watcher.all().await;
    let who = LearnerId::try_from(1).unwrap();
    let mut tx = pool.begin().await.unwrap();
    identities::retire(&mut tx, &By::command("test"), None, who, "somebody", now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(watcher.next().await, Seen::End);
    assert_eq!(service.ask(1, &token(1, &json!({})), "").await.status, 204);
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn streams_end_at_once_when_the_service_does(pool: PgPool) {
    let mut writer = Writer::new(&pool, &["a"]).await;
    writer.enrol("a", &[1]).await;
    // Longer than the test waits: a stream that is dropped by force would be noticed.
    let service = Service::start(&pool, &[("LP_SHUTDOWN_DEADLINE_MS", "600000")]).await;
    let mut watcher = service.watch(1).await;
    watcher.all().await;
    service.stop().await;
    assert_eq!(watcher.next().await, Seen::End);
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn five_thousand_streams_are_open_at_once_and_each_gets_its_event(pool: PgPool) {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    const EACH: u64 = 10;
    // Both ends lie in this process.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let learners = i64::try_from(5_000.min((most - 500) / 2) / EACH).unwrap();
    assert!(learners == 500 || most < 10_500, "fewer only where the machine allows no more");

    let mut writer = Writer::new(&pool, &["a"]).await;
    let whom: Vec<i64> = (1..=learners).collect();
    writer.enrol("a", &whom).await;
    let service = Service::start(&pool, &[("LP_LIVE_MAX_STREAMS", "5000")]).await;
    let before = resident_kib();
    let mut open = Vec::new();
    for learner in &whom {
        for _ in 0..EACH {
            open.push(service.watch(*learner).await);
        }
    }
    for watcher in &mut open {
        assert_eq!(watcher.all().await, [ran("a", 0.0)]);
    }
    let each_kib = (resident_kib() - before) / open.len();
    assert!(each_kib <= 64, "{each_kib} KiB a stream, both ends of it");
    for some in whom.chunks(250) {
        writer.pass_all(some, 1).await;
    }
    for watcher in &mut open {
        assert_eq!(watcher.next().await, ran("a", 0.5));
    }
    service.stop().await;
}

#[sqlx::test(migrator = "lp_progress_store::MIGRATOR")]
async fn a_stream_on_which_nothing_happens_shows_that_it_is_alive(pool: PgPool) {
    let readers = read::pool((*pool.connect_options()).clone(), 2);
    let limits = LiveLimits { heartbeat: Duration::from_millis(10), ..LiveLimits::default() };
    let live = Live::new(readers.clone(), limits, CancellationToken::new());
    let state = QueryState::new(readers).with_live(live);
    let router = api(state, Checks::new(), Arc::new(String::new), Auth::open(), Limits::default()).router();
    let request = Request::get("/api/v1/learners/7/live").body(Body::empty()).unwrap();
    let mut frames = router.oneshot(request).await.unwrap().into_body();
    let mut frame = async || {
        let frame = timeout(DEADLINE, frames.frame()).await.expect("nothing comes").unwrap().unwrap();
        String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
    };
    assert_eq!(frame().await, "retry: 2007\n\n");
    assert_eq!(frame().await, ": current\n\n", "nobody heard of the learner");
    assert_eq!((frame().await, frame().await), (":\n\n".into(), ":\n\n".into()));
}

/// What this process has resident, in KiB.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}
