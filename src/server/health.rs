//! Asks a node of this machine how it is, for a container's health check and for whoever looks after one: an image needs no `curl`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that the node may take to answer.
const LIMIT: Duration = Duration::from_secs(3);
/// Most that is read of an answer.
const LONGEST: u64 = 16 * 1024;

/// Asks for a path at the address that a node listens on, and gives what it answers where that is 200.
pub async fn ask(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let address = reachable(address);
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut heard = String::new();
        stream.take(LONGEST).read_to_string(&mut heard).await?;
        std::io::Result::Ok(heard)
    };
    let heard = timeout(LIMIT, asking).await.with_context(|| format!("{address} does not answer in time"))?;
    let heard = heard.with_context(|| format!("no node answers at {address}"))?;
    let body = heard.split_once("\r\n\r\n").map_or("", |(_, body)| body).trim();
    anyhow::ensure!(heard.starts_with("HTTP/1.1 200 "), "the node at {address} cannot serve: {body}");
    Ok(body.to_owned())
}

/// The address at which to ask a node that listens on every address of the machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
