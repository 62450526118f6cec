//! The metrics of a node as a monitoring system reads them, over the wire of the real program.
#![expect(clippy::float_cmp, reason = "the numbers that are compared are counts")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use tokio::net::TcpStream;

use crate::support::cluster::{Scratch, Urls, all_pids, migrated, signal, until};
use crate::support::process::{Process, run};
use crate::support::wire;
use crate::support::wire::WireAnswer;

const ON: (&str, &str) = ("METRICS_ADDRESS", "127.0.0.1:0");

async fn asked(address: SocketAddr, method: &str, path: &str) -> WireAnswer {
    wire::exchange(address, &wire::request(method, path, &[], "")).await.unwrap()
}

/// Every sample with its labels, as a reader of the format takes them; fails on what the format does not allow.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let (mut found, mut begun, mut helped) = (BTreeMap::new(), BTreeSet::new(), None);
    let mut kind = ("", "");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped = rest.split_once(' ').map(|(name, _)| name);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            kind = rest.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind.1), "{line}");
            assert_eq!(helped, Some(kind.0), "{line}");
            assert!(begun.insert(kind.0), "{} is begun twice", kind.0);
            assert_eq!(kind.1 == "counter", kind.0.ends_with("_total"), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{line}");
            let rest = name.strip_prefix(kind.0).unwrap_or_else(|| panic!("{line} does not belong to {}", kind.0));
            let parts: &[&str] = if kind.1 == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(parts.contains(&rest), "{line}");
            assert!(found.insert(series.to_owned(), value.parse().unwrap()).is_none(), "{line} is there twice");
        }
    }
    found
}

async fn read(node: &Process) -> BTreeMap<String, f64> {
    let WireAnswer { status, head, body } = asked(node.metrics_address().await, "GET", "/metrics").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    samples(&body)
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own_where_nothing_else_answers() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let keys = scratch.0.join("keys.toml");
    let keys = keys.to_str().unwrap();
    assert!(run(&["keys", "new", "--file", keys], &[]).await.status.success());
    let node = Process::serve_both(&urls.app, &scratch.data(), &[("KEYS_FILE", keys), ON]).await;
    let address = node.metrics_address().await;
    for path in ["/", "/metrics/", "/contact", "/healthz", "/readyz", "/sign-in", "/notices"] {
        assert_eq!(asked(address, "GET", path).await.status, 404, "{path}");
    }
    assert_eq!(asked(address, "POST", "/metrics").await.status, 405);
    assert_eq!(node.get("/metrics").await.0, 404);
    assert_ne!(asked(node.staff_address().unwrap(), "GET", "/metrics").await.status, 200);
    let WireAnswer { status, body, .. } = asked(address, "HEAD", "/metrics").await;
    assert_eq!((status, body.as_str()), (axum::http::StatusCode::OK, ""));
    let read = read(&node).await;
    assert_eq!(read["bluelamp_connections{site=\"public\"}"], 0.0);
    for name in ["bluelamp_database_up", "bluelamp_database_writable"] {
        assert_eq!(read[name], 1.0, "{name}");
    }
    assert!(read["bluelamp_ledger_length"] > 10.0);
    assert!(read["bluelamp_edition_age_seconds"] < 60.0);
    assert!(read["bluelamp_refreshes_total"] >= 1.0);
    for name in ["bluelamp_refresh_failures_total", "bluelamp_connections_refused_total{site=\"staff\"}"] {
        assert_eq!(read[name], 0.0, "{name}");
    }
    for name in [
        "bluelamp_audit_unsealed_rows",
        "bluelamp_outbox_messages",
        "bluelamp_outbox_oldest_seconds",
        "bluelamp_database_connections",
        "bluelamp_database_connections_idle",
        "bluelamp_database_connections_max",
        "bluelamp_database_waiting{for=\"connection\"}",
        "bluelamp_database_wait_seconds_count{for=\"write\"}",
        "bluelamp_log_lines_lost_total{log=\"requests\"}",
        "bluelamp_log_lines_lost_total{log=\"events\"}",
    ] {
        assert!(read.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_the_pattern_of_their_route_and_never_by_what_was_typed() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let settings = [ON, ("MAX_CONNECTIONS_PER_ADDRESS", "20"), ("TRUSTED_PROXIES", "203.0.113.1")];
    let node = Process::serve(&urls.app, &scratch.data(), &settings).await;
    for path in [
        "/contact",
        "/contact?q=Quillfeather",
        "/quillfeather",
        "/search?q=Quillfeather",
        "/notices/quillfeather",
        "/a/b/c/quillfeather",
        "/quillfeather%00",
        "/%7bquillfeather%7d/x",
        "/static/quillfeather/site.css",
    ] {
        node.get(path).await;
    }
    node.exchange(b"QUILLFEATHER /contact HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", false).await;
    let address = node.metrics_address().await;
    let mut held = Vec::new();
    until("a connection is refused", async || {
        held.push(TcpStream::connect(node.address).await.unwrap());
        samples(&asked(address, "GET", "/metrics").await.body)["bluelamp_connections_refused_total{site=\"public\"}"]
            > 0.0
    })
    .await;
    let text = asked(address, "GET", "/metrics").await.body;
    drop(held);
    assert!(!text.to_lowercase().contains("quillfeather"), "{text}");
    let read = samples(&text);
    let count = |route: &str, status: &str| {
        read[&format!("bluelamp_requests_total{{site=\"public\",route=\"{route}\",status=\"{status}\"}}")]
    };
    assert_eq!(count("/{address}", "2xx"), 2.0);
    assert_eq!(count("/search", "2xx"), 1.0);
    assert!(count("/{address}", "4xx") >= 1.0);
    assert!(count("none", "4xx") >= 2.0, "{text}");
    let bucket = "bluelamp_request_seconds_bucket{site=\"public\",route=\"/search\",le=\"+Inf\"}";
    assert_eq!(read[bucket], 1.0);
    let known: Vec<_> = read.keys().filter(|name| name.starts_with("bluelamp_requests_total")).collect();
    assert!(known.len() < 12, "{known:?}");
}

#[tokio::test]
async fn what_the_database_alone_knows_is_left_out_while_it_is_away() {
    let scratch = Scratch::new();
    let cluster = migrated(&scratch).await;
    let data = scratch.0.join("node");
    let node = Process::serve(&cluster.app_url(), &data, &[ON]).await;
    assert!(read(&node).await.contains_key("bluelamp_outbox_messages"));
    signal("STOP", &all_pids(&cluster));
    until("the node knows that the database is away", async || {
        let read = read(&node).await;
        assert!(read.contains_key("bluelamp_ledger_length"));
        read["bluelamp_database_up"] == 0.0
    })
    .await;
    let away = read(&node).await;
    signal("CONT", &all_pids(&cluster));
    for name in ["bluelamp_outbox_messages", "bluelamp_outbox_oldest_seconds", "bluelamp_audit_unsealed_rows"] {
        assert!(!away.contains_key(name), "{name}");
    }
    until("the node knows that it is back", async || read(&node).await.contains_key("bluelamp_outbox_messages")).await;
    cluster.stop().await;
}

#[tokio::test]
async fn a_log_line_of_a_query_names_the_request_and_the_function_that_asked() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &[("LOG_FILTER", "info,sqlx=debug")]).await;
    let (_, heard) = node.get("/webchat-disclaimer?as_of=2021-12-01").await;
    let id = heard.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().trim().to_owned();
    let line = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        let spans = line["spans"].as_array()?.clone();
        (line["target"].as_str()?.starts_with("sqlx") && spans.iter().any(|span| span["request_id"] == id))
            .then_some(spans)
    };
    until("a query of the request is in the log", async || node.said().lines().any(|said| line(said).is_some())).await;
    let spans = node.said().lines().find_map(line).unwrap();
    let operation = spans.iter().find_map(|span| span["operation"].as_str()).unwrap();
    assert!(operation.starts_with("bluelamp::"), "{operation}");
}
