//! A proxy before Postgres that can lose the answer to a COMMIT.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How a client that does not pipeline says it, and how the server answers: as a simple query, and as a command's tag.
const COMMIT: &[u8] = b"COMMIT\0";
/// How a transaction begins, of whichever of the service's tasks.
const BEGIN: &[u8] = b"BEGIN";
/// What only a batch of the consumer says, before it commits.
const BATCH: &[u8] = b"UPDATE consumer_offsets o SET next_offset = a.until";

/// Passes everything on until it is armed; ends with the runtime.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    armed: AtomicBool,
    cuts: AtomicUsize,
}

impl Proxy {
    /// Listens on a port of its own for the server on `port`.
    pub(crate) async fn start(port: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let proxy = Self { port: listener.local_addr()?.port(), state: Arc::default() };
        let state = Arc::clone(&proxy.state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", port)).await?;
                    pass(client, server, &state).await
                });
            }
        });
        Ok(proxy)
    }

    /// The address of a database behind it. No statement is kept, so each transaction's text goes over the connection.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?statement-cache-capacity=0", self.port)
    }

    /// The next COMMIT of a batch reaches the server, its answer nobody; both connections are cut.
    pub(crate) fn arm(&self) {
        self.state.armed.store(true, Ordering::SeqCst);
    }

    /// How many answers were lost; each said that the server had committed.
    pub(crate) fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

/// Passes bytes both ways; both connections end when it returns.
async fn pass(mut client: TcpStream, mut server: TcpStream, state: &State) -> std::io::Result<()> {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    // The pool lends a connection to one task after another: a batch marks its own transaction.
    let mut is_batch = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let asked = &asked[..read?];
                if asked.is_empty() {
                    return Ok(());
                }
                is_batch = holds(asked, BATCH) || (is_batch && !holds(asked, BEGIN));
                let cut = is_batch && holds(asked, COMMIT) && state.armed.swap(false, Ordering::SeqCst);
                server.write_all(asked).await?;
                if cut {
                    let read = server.read(&mut answered).await?;
                    if holds(&answered[..read], COMMIT) {
                        state.cuts.fetch_add(1, Ordering::SeqCst);
                    } else {
                        state.armed.store(true, Ordering::SeqCst);
                    }
                    return Ok(());
                }
            }
            read = server.read(&mut answered) => {
                let answered = &answered[..read?];
                if answered.is_empty() {
                    return Ok(());
                }
                client.write_all(answered).await?;
            }
        }
    }
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
