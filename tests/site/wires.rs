//! Bad input below HTTP, over a real socket to the real program: nothing hangs, nothing is a fault.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::cluster::{Scratch, Urls, signal, until};
use crate::support::process::{Process, bluelamp};
use crate::support::wire;
use crate::support::wire::status;

const SHORT: [(&str, &str); 2] = [("CONNECTION_TIMEOUT", "1s"), ("REQUEST_TIMEOUT", "1s")];

/// The status that stands for a connection that is closed without a word.
const NOTHING: u16 = 0;

/// Something that is sent, and what may come back.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// Set if this side says afterwards that it sends no more.
    hangs_up: bool,
    may: &'static [u16],
}

fn case(name: &'static str, bytes: impl Into<Vec<u8>>, may: &'static [u16]) -> Case {
    Case { name, bytes: bytes.into(), hangs_up: false, may }
}

fn cut(name: &'static str, bytes: impl Into<Vec<u8>>, may: &'static [u16]) -> Case {
    Case { hangs_up: true, ..case(name, bytes, may) }
}

fn long() -> String {
    "a".repeat(1024 * 1024)
}

/// A request with some more fields.
fn get(fields: &str) -> String {
    format!("GET /contact HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{fields}\r\n")
}

/// A form with some more fields and what follows them.
fn form(fields: &str, body: &str) -> String {
    format!(
        "POST /cookies HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\n{fields}\r\n\r\n{body}"
    )
}

/// Heads of a size and at a speed that no browser has.
fn sizes_and_silence() -> Vec<Case> {
    let (long, query) = (long(), "a".repeat(20_000));
    let fields: Vec<String> = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    vec![
        case("a plain request", get(""), &[200]),
        case("a query of 1 MB", format!("GET /search?q={long} HTTP/1.1\r\nhost: x\r\n\r\n"), &[414, 431]),
        case(
            "a query of 20 KB",
            format!("GET /search?q={query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
            &[414],
        ),
        case("a field of 1 MB", get(&format!("x-long: {long}\r\n")), &[431]),
        case("200 fields", get(&fields.concat()), &[431]),
        case("a head that stops", "GET /contact HTTP/1.1\r\nhost: x\r\nx-slow: ", &[408, NOTHING]),
        cut("a head cut off", "GET /contact HTTP/1.1\r\nho", &[400, NOTHING]),
        case("silence", "", &[408, NOTHING]),
        cut("nothing at all", "", &[NOTHING]),
    ]
}

/// Bodies that do not come as they were announced.
fn bodies() -> Vec<Case> {
    let long = long();
    // Were the length believed, a second request would hide in the body.
    let hidden = "5\r\nchoic\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    vec![
        case("a form of 1 MB", form(&format!("content-length: {}", long.len()), &long), &[413]),
        case(
            "a form of 1 MB in chunks",
            form("transfer-encoding: chunked", &format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len())),
            &[413],
        ),
        case("a form that stops half-way", form("content-length: 100", "choice=rej"), &[408]),
        cut("a form cut off half-way", form("content-length: 100", "choice=rej"), &[400, NOTHING]),
        case("chunks and a length", form("transfer-encoding: chunked\r\ncontent-length: 5", hidden), &[400, 422]),
        case("a length and chunks", form("content-length: 5\r\ntransfer-encoding: chunked", hidden), &[400, 422]),
        case("two lengths", form("content-length: 5\r\ncontent-length: 6", "choice="), &[400]),
        case("a length that is none", form("content-length: +5", "choic"), &[400]),
        case("a chunk size that is none", form("transfer-encoding: chunked", "zz\r\nchoic\r\n0\r\n\r\n"), &[400]),
        case("an unknown transfer coding", form("transfer-encoding: gzip", "choic"), &[400]),
        case("a body on a GET", get("content-length: 5\r\n") + "hello", &[200]),
        case("a body that is waited for", form("expect: 100-continue\r\ncontent-length: 50", ""), &[100, 408]),
    ]
}

/// Requests that are no HTTP/1.1, or only just.
fn grammar() -> Vec<Case> {
    vec![
        case("bare line feeds", "GET /contact HTTP/1.1\nhost: x\nconnection: close\n\n", &[200, 400]),
        case("a NUL in a field", get("x-nul: a\0b\r\n"), &[400]),
        case("a NUL in the path", "GET /con\0tact HTTP/1.1\r\nhost: x\r\n\r\n", &[400]),
        case("a folded field", get("x-fold: a\r\n b\r\n"), &[400]),
        case("a space before the colon", get("x-space : a\r\n"), &[400]),
        case("HTTP/1.0 without a host", "GET /contact HTTP/1.0\r\n\r\n", &[200]),
        case("HTTP/1.1 without a host", "GET /contact HTTP/1.1\r\nconnection: close\r\n\r\n", &[400]),
        case("two hosts", get("host: y\r\n"), &[400]),
        case("HTTP/0.9", "GET /contact\r\n", &[400]),
        case("HTTP/2 at once", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &[400, 505, NOTHING]),
        case("TLS", &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], &[400, NOTHING]),
        case(
            "an address of another site",
            "GET http://evil.test/contact HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n",
            &[200, 400],
        ),
        case("OPTIONS *", "OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", &[404, 405]),
        case(
            "CONNECT",
            "CONNECT evil.test:443 HTTP/1.1\r\nhost: evil.test:443\r\nconnection: close\r\n\r\n",
            &[400, 404, 405],
        ),
        case("an upgrade", get("upgrade: websocket\r\nconnection: upgrade\r\n"), &[200]),
        case("no ASCII", "GET /café HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", &[400, 404]),
    ]
}

#[tokio::test]
async fn whatever_comes_over_the_wire_is_answered_or_cut_off() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &SHORT).await;
    let cases: Vec<Case> = [sizes_and_silence(), bodies(), grammar()].into_iter().flatten().collect();
    let asked = cases.iter().map(async |case| {
        let heard = node.exchange(&case.bytes, case.hangs_up).await;
        let found = status(&heard).map_or(NOTHING, |status| status.as_u16());
        let said: String = String::from_utf8_lossy(&heard).chars().take(200).collect();
        assert!(case.may.contains(&found), "{} answers {found}: {said}", case.name);
    });
    futures_util::future::join_all(asked).await;
    assert_eq!(node.get("/contact").await.0, 200);
    let said = node.end().await;
    assert!(!said.contains("a fault in the program") && !said.contains("request failed"), "{said}");
}

#[tokio::test]
async fn a_node_that_is_told_to_end_waits_for_nobody_who_is_silent_or_reads_nothing() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &SHORT).await;
    let silent = TcpStream::connect(node.address).await.unwrap();
    let mut deaf = TcpStream::connect(node.address).await.unwrap();
    let many = "GET /privacy-notice HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2000);
    // Written until the node takes no more, since nobody reads what it answers.
    let _full = tokio::time::timeout(Duration::from_millis(200), deaf.write_all(many.as_bytes())).await;
    assert_eq!(node.get("/contact").await.0, 200);
    node.end().await;
    drop((silent, deaf));
}

#[tokio::test]
async fn a_node_whose_logs_nobody_drains_answers_and_ends() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    // Nothing tells the port of a node whose log is not read.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let (listens, data) = (address.to_string(), scratch.data());
    let settings = [
        ("DATABASE_URL", urls.app.as_str()),
        ("DATA_DIR", data.to_str().unwrap()),
        ("PUBLIC_ADDRESS", listens.as_str()),
        ("LOG_FILTER", "trace"),
        ("PATH", "/usr/bin:/bin"),
    ];
    let mut node = bluelamp(&["serve", "--public-only"], &settings)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let ask = async || Some(wire::get(address, "/search?q=help", &[]).await.ok()?.status);
    until("the node answers", async || ask().await.is_some_and(|status| status == 200)).await;
    // Far more events than a pipe holds.
    for _ in 0..400 {
        assert_eq!(ask().await.unwrap(), 200);
    }
    signal("TERM", &[node.id()]);
    until("the node has ended", async || node.try_wait().unwrap().is_some()).await;
}
