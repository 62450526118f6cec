//! Bad input below HTTP, over a real socket to the real program: nothing hangs, nothing is a fault.

use std::time::Duration;

use crate::support::cluster::{Scratch, Urls};
use crate::support::process::{Process, status};

const SHORT: [(&str, &str); 2] = [("CONNECTION_TIMEOUT", "1s"), ("REQUEST_TIMEOUT", "1s")];

#[tokio::test]
async fn whatever_comes_over_the_wire_is_answered_or_cut_off() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &SHORT).await;
    let long = "a".repeat(1024 * 1024);
    let get = |rest: &str| format!("GET /contact HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{rest}\r\n").into_bytes();
    let form =
        "POST /cookies HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let chunked = format!("{form}transfer-encoding: chunked\r\n");
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    let smuggled = "5\r\nchoic\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n";
    // What is sent, whether this side hangs up after it, and what may come back; none is a connection that is closed.
    let cases: Vec<(&str, Vec<u8>, bool, &[Option<u16>])> = vec![
        ("a plain request", get(""), false, &[Some(200)]),
        (
            "a query of 1 MB",
            format!("GET /search?q={long} HTTP/1.1\r\nhost: x\r\n\r\n").into_bytes(),
            false,
            &[Some(414), Some(431)],
        ),
        (
            "a query of 20 KB",
            format!("GET /search?q={} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", &long[..20_000]).into_bytes(),
            false,
            &[Some(414)],
        ),
        ("a header of 1 MB", get(&format!("x-long: {long}\r\n")), false, &[Some(431)]),
        ("200 headers", get(&many), false, &[Some(431)]),
        (
            "a form of 1 MB",
            format!("{form}content-length: {}\r\n\r\n{long}", long.len()).into_bytes(),
            false,
            &[Some(413)],
        ),
        (
            "a chunked form of 1 MB",
            format!("{chunked}\r\n{:x}\r\n{long}\r\n0\r\n\r\n", long.len()).into_bytes(),
            false,
            &[Some(413)],
        ),
        (
            "a form that stops half-way",
            format!("{form}content-length: 100\r\n\r\nchoice=rej").into_bytes(),
            false,
            &[Some(408)],
        ),
        (
            "a form cut off half-way",
            format!("{form}content-length: 100\r\n\r\nchoice=rej").into_bytes(),
            true,
            &[Some(400), None],
        ),
        ("a head that stops", b"GET /contact HTTP/1.1\r\nhost: x\r\nx-slow: ".to_vec(), false, &[Some(408), None]),
        ("a head cut off", b"GET /contact HTTP/1.1\r\nho".to_vec(), true, &[Some(400), None]),
        ("silence", Vec::new(), false, &[Some(408), None]),
        ("silence, then nothing", Vec::new(), true, &[None]),
        (
            "a length and chunks",
            format!("{chunked}content-length: 5\r\n\r\n{smuggled}").into_bytes(),
            false,
            &[Some(400)],
        ),
        (
            "chunks and a length",
            format!("{form}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n{smuggled}").into_bytes(),
            false,
            &[Some(400)],
        ),
        (
            "two lengths",
            format!("{form}content-length: 5\r\ncontent-length: 6\r\n\r\nchoice=").into_bytes(),
            false,
            &[Some(400)],
        ),
        ("a length that is none", format!("{form}content-length: +5\r\n\r\nchoic").into_bytes(), false, &[Some(400)]),
        (
            "a chunk size that is none",
            format!("{chunked}\r\nzz\r\nchoic\r\n0\r\n\r\n").into_bytes(),
            false,
            &[Some(400)],
        ),
        (
            "an unknown transfer coding",
            format!("{form}transfer-encoding: gzip\r\n\r\nchoic").into_bytes(),
            false,
            &[Some(400)],
        ),
        (
            "bare line feeds",
            b"GET /contact HTTP/1.1\nhost: x\nconnection: close\n\n".to_vec(),
            false,
            &[Some(200), Some(400)],
        ),
        ("a NUL in a header", get("x-nul: a\0b\r\n"), false, &[Some(400)]),
        ("a NUL in the path", b"GET /con\0tact HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(), false, &[Some(400)]),
        ("a folded header", get("x-fold: a\r\n b\r\n"), false, &[Some(400)]),
        ("a space before the colon", get("x-space : a\r\n"), false, &[Some(400)]),
        ("no host, HTTP/1.0", b"GET /contact HTTP/1.0\r\n\r\n".to_vec(), false, &[Some(200)]),
        (
            "no host, HTTP/1.1",
            b"GET /contact HTTP/1.1\r\nconnection: close\r\n\r\n".to_vec(),
            false,
            &[Some(200), Some(400)],
        ),
        ("HTTP/0.9", b"GET /contact\r\n".to_vec(), false, &[Some(400)]),
        ("HTTP/2 at once", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), false, &[Some(400), Some(505), None]),
        ("another protocol", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), false, &[Some(400), None]),
        (
            "an address of another site",
            b"GET http://evil.test/contact HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n".to_vec(),
            false,
            &[Some(200), Some(400)],
        ),
        (
            "OPTIONS *",
            b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_vec(),
            false,
            &[Some(404), Some(405)],
        ),
        (
            "CONNECT",
            b"CONNECT evil.test:443 HTTP/1.1\r\nhost: evil.test:443\r\nconnection: close\r\n\r\n".to_vec(),
            false,
            &[Some(400), Some(404), Some(405)],
        ),
        ("an upgrade", get("upgrade: websocket\r\nconnection: upgrade\r\n"), true, &[Some(200)]),
        (
            "letters that are no ASCII",
            "GET /café HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".as_bytes().to_vec(),
            false,
            &[Some(400), Some(404)],
        ),
        ("a body on a GET", get("content-length: 5\r\n\r\nhello"), false, &[Some(200)]),
        (
            "expect 100-continue and no body",
            format!("{form}expect: 100-continue\r\ncontent-length: 50\r\n\r\n").into_bytes(),
            false,
            &[Some(100), Some(408)],
        ),
    ];
    let asked = cases.iter().map(|(name, bytes, hangs_up, may)| {
        let node = &node;
        async move {
            let heard = node.exchange(bytes, *hangs_up).await;
            let found = status(&heard).map(|status| status.as_u16());
            assert!(found.is_none_or(|status| status < 500 || status == 505), "{name} answers {found:?}");
            assert!(
                may.contains(&found),
                "{name} answers {found:?}: {}",
                String::from_utf8_lossy(&heard).chars().take(200).collect::<String>()
            );
            assert!(!String::from_utf8_lossy(&heard).contains("smuggled"), "{name}");
        }
    });
    futures_util::future::join_all(asked).await;
    assert_eq!(node.get("/contact").await.0, 200);
    let said = node.end().await;
    assert!(!said.contains("a fault in the program"), "{said}");
}

#[tokio::test]
async fn an_answer_that_nobody_reads_and_a_node_told_to_end_wait_for_nobody() {
    let (urls, scratch) = (Urls::of_a_new_database(true).await, Scratch::new());
    let node = Process::serve(&urls.app, &scratch.data(), &SHORT).await;
    // One is silent, one asked for much and reads nothing; both are left open while the node ends.
    let silent = tokio::net::TcpStream::connect(node.address).await.unwrap();
    let mut deaf = tokio::net::TcpStream::connect(node.address).await.unwrap();
    let many = "GET /privacy-notice HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
    let _ = tokio::time::timeout(
        Duration::from_millis(200),
        tokio::io::AsyncWriteExt::write_all(&mut deaf, many.as_bytes()),
    )
    .await;
    assert_eq!(node.get("/contact").await.0, 200);
    node.end().await;
    drop((silent, deaf));
}
