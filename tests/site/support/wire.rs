//! HTTP as bytes over a connection of its own, for nodes that are processes of their own.

use std::fmt::Write as _;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::cluster::LIMIT;

/// An answer, taken apart.
pub(crate) struct WireAnswer {
    pub(crate) status: StatusCode,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Asks for a path, with some fields in the head.
pub(crate) async fn get(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Result<WireAnswer> {
    exchange(address, &request("GET", path, fields, "")).await
}

/// Sends a form, with some fields in the head.
pub(crate) async fn post(address: SocketAddr, path: &str, fields: &[(&str, &str)], form: &str) -> Result<WireAnswer> {
    let length = form.len().to_string();
    let own = [("content-type", "application/x-www-form-urlencoded"), ("content-length", length.as_str())];
    exchange(address, &request("POST", path, &[fields, &own].concat(), form)).await
}

/// A request as it goes over the wire. Without a host among its fields it names one of no importance.
pub(crate) fn request(method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> String {
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    let host = fields.iter().all(|(name, _)| *name != "host").then_some(&("host", "x"));
    for (name, value) in host.into_iter().chain(fields) {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    request + "\r\n" + body
}

/// Sends a request and reads until the other end closes the connection.
pub(crate) async fn exchange(address: SocketAddr, request: &str) -> Result<WireAnswer> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await?;
        Result::Ok(heard)
    };
    let heard = timeout(LIMIT, asking).await.map_err(|_| Error::new(ErrorKind::TimedOut, "the connection hangs"))??;
    let text = String::from_utf8_lossy(&heard);
    let answer = status(&heard).zip(text.split_once("\r\n\r\n"));
    let (status, (head, body)) = answer.ok_or_else(|| Error::other(format!("no answer: {text:?}")))?;
    Ok(WireAnswer { status, head: head.to_owned(), body: body.to_owned() })
}

/// The status of an answer.
pub(crate) fn status(heard: &[u8]) -> Option<StatusCode> {
    let rest = heard.strip_prefix(b"HTTP/1.1 ").or_else(|| heard.strip_prefix(b"HTTP/1.0 "))?;
    StatusCode::from_bytes(rest.get(..3)?).ok()
}
