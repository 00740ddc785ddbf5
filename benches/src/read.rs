//! What reading costs, over HTTP and without it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use chrono::Utc;
use clap::Args;
use futures::TryStreamExt as _;
use lp_devstack::Postgres;
use lp_domain::{LearnerId, Timestamp};
use lp_http::auth::testing::{AUDIENCE, ISSUER, TestKey, jwk_set, token};
use lp_progress_store::{Catalogue, Tellings};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::figure::{Figure, median, print, quantile};
use crate::ours::resident;
use crate::read_fill::{self, RUNS};
use crate::read_load::{Asked, ask, lines};
use crate::what_if::story;

/// Connections that ask at once.
pub(crate) const CONNECTIONS: usize = 8;
const ROUNDS: usize = 3;
const STORE: &str = "progress-store";

#[derive(Args)]
pub(crate) struct Read {
    /// The release build of `learning-paths`.
    #[arg(long)]
    binary: PathBuf,
    /// A Python with the plugin and gunicorn.
    #[arg(long)]
    python: PathBuf,
    /// Learners, each in three runs.
    #[arg(long, default_value_t = 1_000_000)]
    learners: i64,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// One line of JSON a figure.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &Read) -> anyhow::Result<()> {
    let Read { binary, python, learners, seconds, json } = options;
    let postgres = Postgres::start_durable().await?;
    let url = postgres.create_database("read").await?;
    eprintln!("{learners} learners in three runs each …");
    let begun = Instant::now();
    read_fill::fill(&url, *learners).await?;
    eprintln!("… after {:.0} s", begun.elapsed().as_secs_f64());
    let service = Process::service(binary, &url).await?;
    let length = Duration::from_secs(*seconds);
    service.copies_are_as_those_who_were_made().await?;
    let bench = Bench { postgres: &postgres, url: &url, service: &service, learners: *learners, length };
    let mut figures = bench.runs_of_a_learner().await?;
    figures.extend(bench.beside_the_plugin(python).await?);
    figures.extend(bench.while_facts_come_in().await?);
    figures.push(Figure::at_most("read_resident_memory", resident(service.child.id())?, "MiB", 64.0));
    figures.extend(bench.exports().await?);
    print(&figures, *json)
}

struct Bench<'a> {
    postgres: &'a Postgres,
    url: &'a str,
    service: &'a Process,
    learners: i64,
    length: Duration,
}

impl Bench<'_> {
    fn ours(&self, path: impl Fn(i64) -> String + Send + Sync + 'static) -> Asked {
        let header = format!("Authorization: JWT {}", token(1, &json!({ "administrator": true })));
        Asked { address: self.service.address, path: Arc::new(path), header, learners: self.learners }
    }

    fn runs(&self) -> Asked {
        self.ours(|learner| format!("/api/v1/learners/{learner}/runs"))
    }

    /// Requests a second.
    async fn pace(&self, asked: &Asked, connections: usize) -> anyhow::Result<f64> {
        let taken = ask(asked, connections, self.length, Duration::ZERO).await?;
        Ok(many(taken.len())? / self.length.as_secs_f64())
    }

    async fn runs_of_a_learner(&self) -> anyhow::Result<Vec<Figure>> {
        let script = tempfile::NamedTempFile::new()?;
        let query = statement(STORE, &["unavailable_contexts u", "LIMIT $4"], &[])?;
        let query = filled(&query, &[":learner", "NULL::text[]", "NULL::text", "51"]);
        fs::write(&script, format!("\\set learner random(1, {})\n{query};\n", self.learners))?;
        // The first asking warms both.
        let (mut https, mut banks, mut ratios) = (vec![], vec![], vec![]);
        self.pace(&self.runs(), CONNECTIONS).await?;
        self.pgbench(script.path())?;
        for _ in 0..ROUNDS {
            let (http, bank) = (self.pace(&self.runs(), CONNECTIONS).await?, self.pgbench(script.path())?);
            https.push(http);
            banks.push(bank);
            ratios.push(http / bank);
        }
        Ok(vec![
            Figure::plain("read_runs_by_http", median(&mut https), "requests/s"),
            Figure::plain("read_runs_by_pgbench", median(&mut banks), "queries/s"),
            Figure::at_least("read_http_to_pgbench", median(&mut ratios), "times", 0.5),
        ])
    }

    fn pgbench(&self, script: &Path) -> anyhow::Result<f64> {
        pgbench(self.postgres, self.url, self.length, &[script])
    }

    async fn beside_the_plugin(&self, python: &Path) -> anyhow::Result<Vec<Figure>> {
        let dir = tempfile::tempdir()?;
        let peer = Process::plugin(python, dir.path()).await?;
        let path = format!("/api/learning_paths/v1/{}/progress/", RUNS[0]);
        let (address, header) = (peer.address, "Accept: application/json".to_owned());
        let theirs = Asked { address, path: Arc::new(move |_| path.clone()), header, learners: 1 };
        let (mut ours, mut peers, mut ratios) = (vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            // As many as it has workers, which take one connection each.
            let (our, their) = (self.pace(&self.runs(), CONNECTIONS).await?, self.pace(&theirs, 2).await?);
            ours.push(our);
            peers.push(their);
            ratios.push(our / their);
        }
        Ok(vec![
            Figure::plain("read_progress_of_the_plugin", median(&mut peers), "requests/s"),
            Figure::at_least("read_ours_to_the_plugin", median(&mut ratios), "times", 30.0),
        ])
    }

    async fn while_facts_come_in(&self) -> anyhow::Result<Vec<Figure>> {
        let (asked, pause) = (self.runs(), Duration::from_millis(20));
        let p99 = async || {
            let mut taken = ask(&asked, 4, self.length, pause).await?;
            anyhow::Ok(quantile(&mut taken, 0.99))
        };
        let (mut idles, mut busys, mut paces, mut ratios) = (vec![], vec![], vec![], vec![]);
        for round in 0..ROUNDS {
            let idle = p99().await?;
            let ended = CancellationToken::new();
            let writing = tokio::spawn(write(self.url.to_owned(), self.learners, round, ended.clone()));
            // The first batches are the slowest.
            sleep(Duration::from_secs(2)).await;
            let busy = p99().await?;
            ended.cancel();
            paces.push(writing.await??);
            idles.push(idle);
            busys.push(busy);
            ratios.push(busy / idle);
        }
        Ok(vec![
            Figure::plain("read_p99_idle", median(&mut idles), "ms"),
            Figure::plain("read_p99_beside_ingest", median(&mut busys), "ms"),
            Figure::plain("read_facts_taken_in_beside", median(&mut paces), "facts/s"),
            Figure::at_most("read_p99_beside_ingest_to_idle", median(&mut ratios), "times", 5.0),
        ])
    }

    async fn exports(&self) -> anyhow::Result<Vec<Figure>> {
        let query = self::statement(STORE, &["WITH page AS"], &["learner_profiles"])?;
        let nothing = |kind: &str| format!("NULL::{kind}");
        let mut values = vec!["1".to_owned(), "'learner_id'".into(), "1".into()];
        let kinds =
            ["float8", "text", "bigint", "text[]", "smallint[]", "text[]", "text[]", "text[]", "integer"];
        values.extend(kinds.map(nothing));
        values.extend(["integer", "float8", "float8", "timestamptz", "timestamptz"].map(nothing));
        values.extend([
            "'{-infinity}'::timestamptz[]".into(),
            "'{NULL}'::timestamptz[]".into(),
            "'{NULL}'::timestamptz[]".into(),
        ]);
        values.push("100000000".into());
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let statement = format!("COPY ({}) TO STDOUT", filled(&query, &values));
        let before = resident(self.service.child.id())?;
        let (mut csvs, mut jsons, mut copies) = (vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            for (format, times) in [("csv", &mut csvs), ("jsonl", &mut jsons)] {
                let asked =
                    self.ours(move |_| format!("/api/v1/runs/{}/learners/export?format={format}", RUNS[0]));
                let (rows, seconds) = lines(&asked).await?;
                ensure!(i64::try_from(rows)? >= self.learners, "{rows} rows");
                times.push(seconds);
            }
            let mut conn = PgConnection::connect(self.url).await?;
            let begun = Instant::now();
            let mut rows = 0;
            let mut out = conn.copy_out_raw(&statement).await?;
            while let Some(some) = out.try_next().await? {
                rows += some.split(|byte| *byte == b'\n').count() - 1;
            }
            drop(out);
            ensure!(i64::try_from(rows)? == self.learners, "COPY gives {rows} rows");
            copies.push(begun.elapsed().as_secs_f64());
        }
        let (csv, json, copy) = (median(&mut csvs), median(&mut jsons), median(&mut copies));
        let grown = resident(self.service.child.id())? - before;
        Ok(vec![
            Figure::plain("read_export_copy", copy, "s"),
            Figure::plain("read_export_csv", csv, "s"),
            Figure::plain("read_export_json_lines", json, "s"),
            Figure::at_least("read_copy_to_export_csv", copy / csv, "times", 0.5),
            Figure::at_least("read_copy_to_export_json_lines", copy / json, "times", 0.5),
            Figure::at_most("read_export_memory_more", grown, "MiB", 8.0),
        ])
    }
}

/// Runs of any of the scripts a second.
pub(crate) fn pgbench(
    postgres: &Postgres,
    url: &str,
    length: Duration,
    scripts: &[&Path],
) -> anyhow::Result<f64> {
    let connections = CONNECTIONS.to_string();
    let mut pgbench = Command::new(postgres.program("pgbench"));
    pgbench
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--client", &connections])
        .args(["--time", &length.as_secs().to_string()]);
    for script in scripts {
        pgbench.arg("--file").arg(script);
    }
    let output =
        pgbench.arg(url).output().context("pgbench does not run: it comes with an installed PostgreSQL")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find_map(|line| line.strip_prefix("tps = ")).context("no tps")?;
    Ok(line.split(' ').next().unwrap_or_default().parse()?)
}

/// Takes in facts of learners at random, as fast as can be, until told to stop; how many a second.
async fn write(url: String, learners: i64, round: usize, ended: CancellationToken) -> anyhow::Result<f64> {
    let mut conn = lp_postgres::writer(url.parse()?, "bench-read", 1).acquire().await?.detach();
    let (mut catalogue, mut random) = (Catalogue::default(), StdRng::seed_from_u64(round as u64));
    let (begun, mut taken) = (Instant::now(), 0);
    while !ended.is_cancelled() {
        let mut facts = Vec::new();
        while facts.len() < 2_000 {
            let learner = LearnerId::try_from(random.random_range(1..=learners))?;
            facts.extend(story(learner, &mut random)?.into_iter().take(2));
        }
        taken += facts.len();
        let mut tx = conn.begin().await?;
        let now = Timestamp::try_from(Utc::now())?;
        let tellings = Tellings { facts, ..Tellings::default() };
        lp_progress_store::apply(&mut tx, &mut catalogue, &tellings, now).await?;
        tx.commit().await?;
    }
    Ok(many(taken)? / begun.elapsed().as_secs_f64())
}

/// The text of a statement as a store sends it: the one that has all of `with` in it and nothing of `without`.
pub(crate) fn statement(store: &str, with: &[&str], without: &[&str]) -> anyhow::Result<String> {
    let folder = format!("{}/../crates/{store}/.sqlx", env!("CARGO_MANIFEST_DIR"));
    for file in fs::read_dir(folder)? {
        let checked: Value = serde_json::from_str(&fs::read_to_string(file?.path())?)?;
        let query = checked["query"].as_str().unwrap_or_default();
        if with.iter().all(|part| query.contains(part)) && !without.iter().any(|part| query.contains(part)) {
            return Ok(query.to_owned());
        }
    }
    bail!("no statement has {with:?} in it")
}

/// The statement with values in place of its parameters, in their order.
pub(crate) fn filled(query: &str, values: &[&str]) -> String {
    // The last first, as $1 is the beginning of $10.
    let all = values.iter().enumerate().rev();
    all.fold(query.to_owned(), |query, (at, value)| query.replace(&format!("${}", at + 1), value))
}

/// An LMS that answers at once: half of whatever course is completed.
async fn lms() -> anyhow::Result<SocketAddr> {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 48\r\n\r\n\
        {\"results\": [{\"completion\": {\"percent\": 0.5}}]}\n";
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = vec![0; 4096];
                // A request comes in one piece here.
                while stream.read(&mut asked).await.is_ok_and(|many| many > 0) {
                    if stream.write_all(ANSWER).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(address)
}

pub(crate) fn many(number: usize) -> anyhow::Result<f64> {
    Ok(f64::from(u32::try_from(number)?))
}

/// A server; ends with the measurement.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// The query API as operators run it.
    async fn service(binary: &Path, url: &str) -> anyhow::Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], lp_devstack::free_port()?));
        let mut command = Command::new(binary);
        command
            .args(["serve", "query"])
            .env("LP_READER_DATABASE_URL", url)
            .env("LP_QUERY_LISTEN", address.to_string());
        command.env("LP_JWT_PUBLIC_KEYS", jwk_set(&[TestKey::First])).env("LP_JWT_ISSUER", ISSUER);
        command
            .env("LP_JWT_AUDIENCE", AUDIENCE)
            .env("LP_HTTP_REQUESTS_PER_MINUTE", "0")
            .env("LP_LOG", "warn");
        Self::start(command, address).await
    }

    /// A copy is answered as the learner whom the store made is, but for what each has of its own.
    async fn copies_are_as_those_who_were_made(&self) -> anyhow::Result<()> {
        let authorization = format!("JWT {}", token(1, &json!({ "administrator": true })));
        let runs = async |learner: i64| {
            let url = format!("http://{}/api/v1/learners/{learner}/runs", self.address);
            let request = reqwest::Client::new().get(url).header("authorization", &authorization);
            let mut runs: Value = request.send().await?.error_for_status()?.json().await?;
            for run in runs["items"].as_array_mut().context("no runs")? {
                if let Some(completion) = run["completion"].as_object_mut() {
                    completion.remove("completion_id");
                }
            }
            anyhow::Ok(runs)
        };
        for learner in 1..=20 {
            let (made, copy) = (runs(learner).await?, runs(learner + read_fill::MADE).await?);
            ensure!(made == copy, "a copy of learner {learner} is another: {made} {copy}");
        }
        Ok(())
    }

    /// The plugin under gunicorn, on a database of its own.
    async fn plugin(python: &Path, dir: &Path) -> anyhow::Result<Self> {
        let lms = format!("http://{}", lms().await?);
        let address = SocketAddr::from(([127, 0, 0, 1], lp_devstack::free_port()?));
        let (scripts, database) =
            (concat!(env!("CARGO_MANIFEST_DIR"), "/openedx"), dir.join("plugin.sqlite3"));
        let seed = Command::new(python)
            .arg("progress.py")
            .current_dir(scripts)
            .env("DATABASE", &database)
            .env("LMS", &lms)
            .output()?;
        ensure!(seed.status.success(), "{}", String::from_utf8_lossy(&seed.stderr));
        let mut command = Command::new(python);
        command.args(["-m", "gunicorn", "--workers", "2", "--keep-alive", "60", "--worker-class", "gthread"]);
        command.args(["--threads", "1", "--bind", &address.to_string(), "progress:application"]);
        command
            .current_dir(scripts)
            .env("DATABASE", &database)
            .env("LMS", &lms)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Self::start(command, address).await
    }

    pub(crate) async fn start(mut command: Command, address: SocketAddr) -> anyhow::Result<Self> {
        let child = command.stdout(Stdio::null()).spawn().context("a server does not start")?;
        let process = Self { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(30), "a server does not listen");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // gunicorn takes its workers with it, which it cannot when it is killed.
        let id = i32::try_from(self.child.id()).unwrap_or_default();
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM);
        let _ = self.child.wait();
    }
}
