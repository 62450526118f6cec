//! The program itself, as an operator runs it, and what goes over its wires.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::cluster::{LIMIT, signal, until};
use super::wire;
use super::wire::WireAnswer;

/// A command of the program with nothing in its environment but what is given.
pub(crate) fn bluelamp(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bluelamp"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).envs(settings.iter().copied());
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end, off the async threads.
pub(crate) async fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = bluelamp(arguments, settings);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

/// A node that serves. It is told to end when this is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    said: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a node on a port of the system's choice and waits until it serves.
    pub(crate) async fn serve(database: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::serve_sides(&["--public-only"], database, data, settings).await
    }

    /// Serves the staff site too: its port is of the system's choice.
    pub(crate) async fn serve_both(database: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("STAFF_ADDRESS", "127.0.0.1:0")];
        all.extend(settings);
        let node = Self::serve_sides(&[], database, data, &all).await;
        until("the node serves the staff site", async || node.staff_address().is_some()).await;
        node
    }

    async fn serve_sides(sides: &[&str], database: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut all =
            vec![("DATABASE_URL", database), ("DATA_DIR", data.to_str().unwrap()), ("PUBLIC_ADDRESS", "127.0.0.1:0")];
        all.extend(settings);
        let arguments = [&["serve"], sides].concat();
        let mut child = bluelamp(&arguments, &all).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        keep(child.stdout.take().unwrap(), &said);
        keep(child.stderr.take().unwrap(), &said);
        let mut node = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)), said };
        let started = std::time::Instant::now();
        until("the node serves", async || {
            assert!(node.child.try_wait().unwrap().is_none(), "the node ended: {}", node.said());
            assert!(started.elapsed() < LIMIT / 2, "the node does not serve: {}", node.said());
            node.port().is_some()
        })
        .await;
        node.address = node.port().unwrap();
        node
    }

    fn port(&self) -> Option<SocketAddr> {
        self.told_port("serving the public site")
    }

    /// The address of the staff site.
    pub(crate) fn staff_address(&self) -> Option<SocketAddr> {
        self.told_port("serving the staff site")
    }

    /// The address of the metrics.
    pub(crate) async fn metrics_address(&self) -> SocketAddr {
        until("the node serves metrics", async || self.told_port("serving metrics").is_some()).await;
        self.told_port("serving metrics").unwrap()
    }

    fn told_port(&self, words: &str) -> Option<SocketAddr> {
        let said = self.said();
        let (_, line) = said.lines().find_map(|line| line.split_once(words))?;
        let port: String = line.split_once("127.0.0.1:")?.1.chars().take_while(char::is_ascii_digit).collect();
        Some(SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap())))
    }

    /// Everything that it wrote to its two logs by now.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The status of a page, and all that came back.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        told(wire::get(self.address, path, &[]).await)
    }

    pub(crate) async fn choose(&self, choice: &str) -> (StatusCode, String) {
        told(wire::post(self.address, "/cookies", &[], &format!("choice={choice}")).await)
    }

    /// Sends bytes and gives what came back until the node closed the connection. With `hangs_up`, this side says that it
    /// sends no more.
    pub(crate) async fn exchange(&self, bytes: &[u8], hangs_up: bool) -> Vec<u8> {
        let (mut reading, mut writing) = TcpStream::connect(self.address).await.unwrap().into_split();
        let bytes = bytes.to_owned();
        // The node may refuse, and close, before it has read everything.
        let sending = tokio::spawn(async move {
            let _ = writing.write_all(&bytes).await;
            if hangs_up {
                let _ = writing.shutdown().await;
            }
            writing
        });
        let mut heard = Vec::new();
        let ended = timeout(LIMIT, reading.read_to_end(&mut heard)).await;
        assert!(ended.is_ok(), "the connection hangs; heard {:?}", String::from_utf8_lossy(&heard));
        sending.abort();
        heard
    }

    /// Tells it to end and gives everything that it wrote.
    pub(crate) async fn end(mut self) -> String {
        signal("TERM", &[self.child.id()]);
        until("the node has ended", async || self.child.try_wait().unwrap().is_some()).await;
        // Its pipes are closed now; the readers take what is left.
        until("its last words are read", async || Arc::strong_count(&self.said) == 1).await;
        self.said()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Reads lines on a thread of its own, so that the node never waits for its reader.
fn keep(pipe: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            said.lock().unwrap().push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
}

fn told(answer: std::io::Result<WireAnswer>) -> (StatusCode, String) {
    let answer = answer.unwrap();
    (answer.status, format!("{}\r\n\r\n{}", answer.head, answer.body))
}

/// Waits until an address of a node shows some words.
pub(crate) async fn until_shown(node: &Process, path: &str, words: &str) {
    until(&format!("{path} shows {words}"), async || node.get(path).await.1.contains(words)).await;
}
