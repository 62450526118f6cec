//! Witnesses of the public log: one that the tests run, by the words of C2SP tlog-witness and with code that is not the site's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use bluelamp::base::ledger::Hash;
use bluelamp::base::sealing::Keys;
use bluelamp::base::tlog::signing::Signing;
use bluelamp::base::tlog::witness::Witness;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tlog_tiles::tlog;
use tokio::net::TcpListener;

use crate::support::TestSite;
use crate::support::ledger::{text, version};
use crate::support::log::read_checkpoint;

const NAME: &str = "witness.example/w1";

/// The memory of a witness for one log.
struct Inner {
    pair: Ed25519KeyPair,
    log_key: Mutex<String>,
    last: Mutex<(u64, tlog::Hash)>,
    asked: Mutex<Vec<u16>>,
}

#[derive(Clone)]
struct Cosigner(Arc<Inner>);

impl Cosigner {
    async fn start() -> (Self, SocketAddr) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
        let inner =
            Inner { pair, log_key: Mutex::default(), last: Mutex::new((0, tlog::EMPTY_HASH)), asked: Mutex::default() };
        let cosigner = Self(Arc::new(inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/w1/add-checkpoint", post(add_checkpoint)).with_state(cosigner.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (cosigner, address)
    }

    fn key_id(&self) -> [u8; 4] {
        let public = self.0.pair.public_key();
        let bytes = [NAME.as_bytes(), b"\n\x04", public.as_ref()].concat();
        Hash::of(&bytes).0[..4].try_into().unwrap()
    }

    fn at(&self, address: SocketAddr) -> Witness {
        let key = BASE64_STANDARD.encode([b"\x04", self.0.pair.public_key().as_ref()].concat());
        format!("{NAME}+{:08x}+{key} http://{address}/w1", u32::from_be_bytes(self.key_id())).parse().unwrap()
    }

    /// Cosigns at an instant.
    fn cosign(&self, note_text: &str) -> String {
        let time: u64 = 1_795_521_600;
        let message = format!("cosignature/v1\ntime {time}\n{note_text}");
        let signature = self.0.pair.sign(message.as_bytes());
        let bytes = [&self.key_id()[..], &time.to_be_bytes(), signature.as_ref()].concat();
        format!("\u{2014} {NAME} {}\n", BASE64_STANDARD.encode(bytes))
    }

    /// Statuses of its answers so far.
    fn answers(&self) -> Vec<u16> {
        self.0.asked.lock().unwrap().clone()
    }
}

async fn add_checkpoint(State(cosigner): State<Cosigner>, body: String) -> Response {
    let response = judge(&cosigner, &body);
    cosigner.0.asked.lock().unwrap().push(response.status().as_u16());
    response
}

fn judge(cosigner: &Cosigner, body: &str) -> Response {
    let (head, note) = body.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let old: u64 = lines.next().unwrap().strip_prefix("old ").unwrap().parse().unwrap();
    let proof: Vec<tlog::Hash> = lines.map(|line| tlog::Hash::parse_hash(line).unwrap()).collect();
    let root = read_checkpoint(note, &cosigner.0.log_key.lock().unwrap());
    let mut last = cosigner.0.last.lock().unwrap();
    if old != last.0 {
        return (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{}\n", last.0))
            .into_response();
    }
    let holds =
        if old == 0 { proof.is_empty() } else { tlog::check_tree(&proof, root.size, root.hash, old, last.1).is_ok() };
    if !holds {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    *last = (root.size, root.hash);
    let text = format!("{}\n", note.split_once("\n\n").unwrap().0);
    // A line of somebody else before it must not count.
    let other = format!("\u{2014} other.example/w AAAAAAAA\n{}", cosigner.cosign("another text\n"));
    format!("{other}{}", cosigner.cosign(&text)).into_response()
}

async fn sign_and_ask(site: &TestSite, signing: &Signing) {
    signing.sign_due().await.unwrap().unwrap();
    signing.ask_witnesses().await;
    site.site.refresh_public_log().await.unwrap();
}

#[tokio::test]
async fn a_witness_cosigns_each_checkpoint_once_it_has_seen_that_the_log_only_grew() {
    let site = TestSite::start().await;
    let (cosigner, address) = Cosigner::start().await;
    let mut signing = site.signing(&Keys::generate().unwrap(), Duration::ZERO);
    let signed = signing.sign_due().await.unwrap().unwrap();
    cosigner.0.log_key.lock().unwrap().clone_from(&signed.verifier_keys[0]);
    signing.witnesses = vec![cosigner.at(address)];
    signing.ask_witnesses().await;
    site.site.refresh_public_log().await.unwrap();
    let checkpoint = site.get("/notices/proof/checkpoint").await.body;
    assert_eq!(checkpoint, format!("{}{}", signed.note(), cosigner.cosign(&signed.text())));
    read_checkpoint(&checkpoint, &signed.verifier_keys[0]);
    assert!(site.get("/notices/proof").await.words().contains("Witnesses who signed as well"));
    // Nothing new, nothing asked.
    signing.ask_witnesses().await;
    assert_eq!(cosigner.answers(), [200]);
    for number in 1..=3 {
        site.enter(version(number, &text("more", "<p>More.</p>"))).await;
        sign_and_ask(&site, &signing).await;
    }
    assert_eq!(cosigner.answers(), [200; 4]);
    assert!(site.get("/notices/proof/checkpoint").await.body.contains(NAME));
    // It has seen more than we kept: its own size is where the proof starts from.
    let forgetful = TestSite::start().await;
    let mut again = forgetful.signing(&signing.keys, Duration::ZERO);
    again.witnesses.clone_from(&signing.witnesses);
    *cosigner.0.last.lock().unwrap() = (3, {
        let mut tree = bluelamp::base::tlog::Tree::default();
        tree.extend((1..=3).filter_map(|number| forgetful.site.edition().published.entry_hash(number)));
        tlog::Hash(tree.root().0)
    });
    sign_and_ask(&forgetful, &again).await;
    assert_eq!(cosigner.answers()[4..], [409, 200]);
}

#[tokio::test]
async fn a_witness_that_fails_or_lies_or_sleeps_stops_nothing() {
    let site = TestSite::start().await;
    let (cosigner, address) = Cosigner::start().await;
    let keys = Keys::generate().unwrap();
    let mut signing = site.signing(&keys, Duration::ZERO);
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let lying = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = cosigner.cosign("another text\n");
        let routes = Router::new().fallback(async move || line.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    };
    let endless = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(async || "x".repeat(1_000_000));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    };
    signing.witnesses = [closed, lying, endless].map(|address| cosigner.at(address)).to_vec();
    sign_and_ask(&site, &signing).await;
    site.enter(version(1, &text("more", "<p>More.</p>"))).await;
    sign_and_ask(&site, &signing).await;
    assert!(
        !site.get("/notices/proof/checkpoint").await.body.contains(NAME),
        "no cosignature that does not hold is shown"
    );
    assert_ne!(address, closed);
}

#[test]
fn a_witness_is_a_key_for_cosignatures_and_an_address() {
    let key = {
        let bytes = [&b"\x04"[..], &[7; 32]].concat();
        let id = Hash::of(&[NAME.as_bytes(), b"\n", &bytes].concat());
        format!("{NAME}+{}+{}", &id.to_string()[..8], BASE64_STANDARD.encode(&bytes))
    };
    assert!(format!("{key} https://witness.example/").parse::<Witness>().is_ok());
    for wrong in [
        String::new(),
        key.clone(),
        format!("{key} witness.example"),
        format!("{key} ftp://witness.example/"),
        format!("{key} https://user@witness.example/"),
        format!("{key} https://witness.example/?x"),
        format!("{} https://witness.example/", key.replacen("w1", "w2", 1)),
    ] {
        assert!(wrong.parse::<Witness>().is_err(), "{wrong}");
    }
}
