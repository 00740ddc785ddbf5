//! A client that costs little: HTTP/1.1 over connections that stay open, one request after the other on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rand::RngExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// What is asked, of whom.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) address: SocketAddr,
    /// The path for a learner.
    pub(crate) path: Arc<dyn Fn(i64) -> String + Send + Sync>,
    /// A header, `Name: value`.
    pub(crate) header: String,
    /// Learners are any of 1 to this.
    pub(crate) learners: i64,
}

/// Milliseconds of each request: so many connections ask for so long, each waiting `pause` between two requests.
pub(crate) async fn ask(
    asked: &Asked,
    connections: usize,
    length: Duration,
    pause: Duration,
) -> anyhow::Result<Vec<f64>> {
    let until = Instant::now() + length;
    let tasks: Vec<_> =
        (0..connections).map(|_| tokio::spawn(connection(asked.clone(), until, pause))).collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(all)
}

async fn connection(asked: Asked, until: Instant, pause: Duration) -> anyhow::Result<Vec<f64>> {
    let mut stream = TcpStream::connect(asked.address).await?;
    stream.set_nodelay(true)?;
    let (mut buffer, mut taken) = (Vec::with_capacity(64 * 1024), Vec::new());
    while Instant::now() < until {
        let learner = rand::rng().random_range(1..=asked.learners);
        let begun = Instant::now();
        request(&mut stream, &asked, learner).await?;
        let status = whole(&mut stream, &mut buffer).await?;
        ensure!(status == 200, "an answer is {status}: {}", String::from_utf8_lossy(&buffer));
        taken.push(begun.elapsed().as_secs_f64() * 1e3);
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
    Ok(taken)
}

async fn request(stream: &mut TcpStream, asked: &Asked, learner: i64) -> anyhow::Result<()> {
    let Asked { path, header, .. } = asked;
    let path = path(learner);
    let text = format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{header}\r\n\r\n");
    Ok(stream.write_all(text.as_bytes()).await?)
}

/// Reads one answer to its end; its status.
async fn whole(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<u16> {
    buffer.clear();
    loop {
        ensure!(stream.read_buf(buffer).await? > 0, "an answer broke off");
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end])?.to_ascii_lowercase();
        let status = head.split(' ').nth(1).context("no status")?.parse()?;
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).context("no length")?;
        let all = end + 4 + length.trim().parse::<usize>()?;
        while buffer.len() < all {
            ensure!(stream.read_buf(buffer).await? > 0, "an answer broke off");
        }
        return Ok(status);
    }
}

/// Reads an answer in chunks to its end, and says how many lines it has, and how long that took.
pub(crate) async fn lines(asked: &Asked) -> anyhow::Result<(usize, f64)> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(asked.address).await?;
    request(&mut stream, asked, 1).await?;
    let (mut lines, mut last, mut head) = (0, [0; 5], Vec::new());
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let many = stream.read(&mut buffer).await?;
        if many == 0 {
            bail!("an export broke off after {lines} lines");
        }
        let some = &buffer[..many];
        if head.len() < 12 {
            head.extend_from_slice(some);
        }
        lines += some.split(|byte| *byte == b'\n').count() - 1;
        for byte in &some[many.saturating_sub(5)..] {
            last.rotate_left(1);
            last[4] = *byte;
        }
        if last == *b"0\r\n\r\n" {
            ensure!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
            return Ok((lines, begun.elapsed().as_secs_f64()));
        }
    }
}
