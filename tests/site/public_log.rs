//! The public log: what a stranger can check with standard tools, what shows before its time, and what happens where the ledger is
//! not what was signed.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bluelamp::base::ledger::{Hash, Kind, store};
use bluelamp::base::sealing::Keys;
use bluelamp::base::tlog::signing::SigningError;
use bluelamp::base::tlog::verify::{Fault, Verdict, verify};
use bluelamp::base::tlog::{PublicLog, restart};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sqlx::Connection as _;
use tlog_tiles::tlog;
use tower::ServiceExt as _;

use crate::support::TestSite;
use crate::support::cluster::{connect, until};
use crate::support::ledger::{cancellation, state, text, version, withdrawal};
use crate::support::log::{Root, read_checkpoint};
use crate::support::process::{Process, run};

const ORIGIN: &str = "www.northshire.example/notices/proof";
/// The example on the page about proof, and other versions of the starter set.
const VERSION: &str = "/notices/website-privacy/versions/1/json";

async fn json(site: &TestSite, path: &str) -> Value {
    let answer = site.get(path).await;
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{path}: {} {}", answer.status, answer.body))
}

async fn bytes(site: &TestSite, path: &str) -> Option<Vec<u8>> {
    let service = bluelamp::routes::public::router(site.site.clone()).unwrap();
    let response = service.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    if response.status() != 200 {
        return None;
    }
    Some(response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

/// The key that the page about proof tells.
async fn told_key(site: &TestSite) -> String {
    let page = site.get("/notices/proof").await;
    let start = format!("{ORIGIN}+");
    let words = page.words();
    let key = words.split(' ').find(|word| word.starts_with(&start));
    key.unwrap_or_else(|| panic!("{words}")).to_owned()
}

fn digest(hex: &str) -> tlog::Hash {
    tlog::Hash(hex.parse::<Hash>().unwrap().0)
}

/// Checks the inclusion proof of an entry with code that is not the site's own.
fn assert_included(entry: &Value, key: &str) -> Root {
    let inclusion = &entry["inclusion"];
    let root = read_checkpoint(inclusion["checkpoint"].as_str().unwrap(), key);
    assert_eq!(root.size, inclusion["tree_size"].as_u64().unwrap());
    let proof: Vec<tlog::Hash> =
        inclusion["hashes"].as_array().unwrap().iter().map(|hash| digest(hash.as_str().unwrap())).collect();
    let hash = Hash::of(entry["canonical"].as_str().unwrap().as_bytes());
    assert_eq!(entry["hash"], hash.to_string());
    let index = inclusion["index"].as_u64().unwrap();
    assert_eq!(index + 1, entry["entry"].as_u64().unwrap());
    tlog::check_record(&proof, root.size, root.hash, index, tlog::record_hash(&hash.0)).unwrap();
    root
}

/// Appends many small entries at once.
async fn fill(site: &TestSite, count: i32) {
    let mut connection = connect(&site.urls.app).await;
    let mut transaction = connection.begin().await.unwrap();
    for number in 1..=count {
        let hours = serde_json::json!({ "line": [] });
        store::append(&mut transaction, state(Kind::Hours, "hours:filling", number, &hours)).await.unwrap();
    }
    transaction.commit().await.unwrap();
    site.site.refresh().await.unwrap();
}

#[tokio::test]
async fn a_stranger_follows_a_version_to_a_checkpoint_that_standard_code_takes() {
    let site = TestSite::start().await;
    assert_eq!(json(&site, VERSION).await["inclusion"], Value::Null);
    assert!(site.get("/notices/proof").await.words().contains("Nothing is signed yet"));
    assert_eq!(site.get("/notices/proof/checkpoint").await.status, 404);
    let signed = site.sign(&Keys::generate().unwrap()).await.unwrap().unwrap();
    let key = told_key(&site).await;
    let checkpoint = site.get("/notices/proof/checkpoint").await;
    assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(checkpoint.header("cache-control"), "no-store");
    let root = read_checkpoint(&checkpoint.body, &key);
    assert_eq!((root.origin.as_str(), root.size), (ORIGIN, u64::try_from(signed.size).unwrap()));
    for path in [VERSION, "/notices/helplines/versions/1/json", "/notices/proof/entries/1/json"] {
        let included = assert_included(&json(&site, path).await, &key);
        assert_eq!(included.hash, root.hash, "{path}");
    }
    let words = site.get("/notices/proof").await.words();
    assert!(words.contains(&signed.head.to_string()) && words.contains("That an entry is in the log does not mean"));
}

#[tokio::test]
async fn tiles_and_bundles_give_every_root_that_was_signed_and_show_nothing_unsigned() {
    let site = TestSite::start().await;
    let keys = Keys::generate().unwrap();
    let first = site.sign(&keys).await.unwrap().unwrap();
    fill(&site, 300).await;
    let second = site.sign(&keys).await.unwrap().unwrap();
    site.enter(version(1, &text("unsigned", "<p>Not signed yet.</p>"))).await;
    let size = usize::try_from(second.size).unwrap();
    assert!((257..512).contains(&size), "{size}");
    let rest = size - 256;
    let mut leaves = Vec::new();
    for path in ["/notices/proof/tile/entries/000".to_owned(), format!("/notices/proof/tile/entries/001.p/{rest}")] {
        let bundle = bytes(&site, &path).await.unwrap();
        for entry in bundle.chunks(34) {
            assert_eq!(entry[..2], [0, 32]);
            leaves.push(tlog::record_hash(&entry[2..]));
        }
    }
    let tile = bytes(&site, "/notices/proof/tile/0/000").await.unwrap();
    assert_eq!(tile, leaves[..256].iter().flat_map(|leaf| leaf.0).collect::<Vec<u8>>());
    assert_eq!(bytes(&site, "/notices/proof/tile/1/000.p/1").await.unwrap(), plain_root(&leaves[..256]).0);
    assert_eq!(plain_root(&leaves).0, second.root.0);
    let first_size = usize::try_from(first.size).unwrap();
    assert_eq!(
        plain_root(&leaves[..first_size]).0,
        first.root.0,
        "the first checkpoint is borne out by today's entries"
    );
    // The tile of the older checkpoint stays.
    assert!(bytes(&site, &format!("/notices/proof/tile/0/000.p/{}", first.size)).await.is_some());
    for nothing in [
        format!("0/001.p/{}", rest + 1),
        format!("entries/001.p/{}", rest + 1),
        "0/001".to_owned(),
        "entries/001".to_owned(),
        "1/000.p/2".to_owned(),
        "2/000.p/1".to_owned(),
        "0/0".to_owned(),
        "8/0/000".to_owned(),
        "entries/x001/000".to_owned(),
    ] {
        assert_eq!(bytes(&site, &format!("/notices/proof/tile/{nothing}")).await, None, "{nothing}");
    }
    for (path, policy) in [("0/000", "public, max-age=31536000, immutable"), ("0/000.p/3", "no-store")] {
        let answer = site.get(&format!("/notices/proof/tile/{path}")).await;
        assert_eq!(answer.header("cache-control"), policy, "{path}");
        assert_eq!(answer.header("content-type"), "application/octet-stream");
    }
}

/// RFC 6962 section 2.1, word for word.
fn plain_root(leaves: &[tlog::Hash]) -> tlog::Hash {
    if let [only] = leaves {
        return *only;
    }
    let middle = leaves.len().next_power_of_two() / 2;
    tlog::node_hash(plain_root(&leaves[..middle]), plain_root(&leaves[middle..]))
}

#[tokio::test]
async fn an_entry_shows_in_the_log_only_once_it_is_old_enough() {
    let site = TestSite::start().await;
    let keys = Keys::generate().unwrap();
    let signing = site.signing(&keys, Duration::from_mins(10));
    site.database_at("2026-11-24T12:10:00Z").await;
    let first = signing.sign_due().await.unwrap().unwrap();
    site.site.refresh_public_log().await.unwrap();
    let before = site.get("/notices/proof").await.words_of("main");
    site.enter(version(2, &text("helplines", "<p>Later.</p>"))).await;
    assert_eq!(site.get("/notices/proof").await.words_of("main"), before, "nothing tells of the new entry");
    site.database_at("2026-11-24T12:19:59Z").await;
    assert_eq!(signing.sign_due().await.unwrap(), None);
    site.database_at("2026-11-24T12:20:00Z").await;
    let second = signing.sign_due().await.unwrap().unwrap();
    assert_eq!(second.size, first.size + 1);
    assert_eq!(signing.sign_due().await.unwrap(), None, "nothing is signed twice");
}

#[tokio::test]
async fn public_entries_of_every_kind_can_be_checked_and_no_other_can_be_seen() {
    let site = TestSite::start().await;
    let later = |new: bluelamp::base::ledger::NewEntry| bluelamp::base::ledger::NewEntry {
        in_force_at: Some("2026-12-01T09:00:00Z".parse().unwrap()),
        ..new
    };
    let (number, mut content) = site.content("helplines").await;
    content.html.push_str("<p>Zebrafinch.</p>");
    let planned = site.enter(later(version(number + 1, &content))).await;
    let cancelled = site.cancel(&planned).await;
    let unheard_of = site.enter(later(version(1, &text("zebrafinch", "<p>Zebrafinch.</p>")))).await;
    let taken_back = site.enter(cancellation(&unheard_of.subject, unheard_of.number)).await;
    let end = site.enter(later(withdrawal("notice:helplines"))).await;
    let no_end = site.enter(cancellation(&end.subject, end.number)).await;
    let hidden = site.enter(later(version(1, &text("goldfinch", "<p>Zebrafinch.</p>")))).await;
    let wrong = site.enter(version(1, &text("wrong", "<p>Wrong name.</p>"))).await;
    let remark = bluelamp::base::ledger::NewEntry {
        version: None,
        target: Some(wrong.number),
        ..state(Kind::Correction, &wrong.subject, 1, &serde_json::json!({ "text": "It was another." }))
    };
    let corrected = site.enter(remark).await;
    let ended = site.enter(withdrawal("notice:privacy-statement")).await;
    site.redact(&[wrong.number], "Data protection.").await;
    site.sign(&Keys::generate().unwrap()).await.unwrap();
    let key = told_key(&site).await;
    let last = site.site.edition().published.length;
    let mut kinds = std::collections::BTreeSet::new();
    for number in 1..=last {
        let path = format!("/notices/proof/entries/{number}/json");
        let answer = site.get(&path).await;
        let is_hidden =
            [planned.number, unheard_of.number, taken_back.number, end.number, no_end.number, hidden.number]
                .contains(&number);
        let status = if is_hidden {
            404
        } else if number == wrong.number {
            410
        } else {
            200
        };
        assert_eq!(answer.status, status, "entry {number}");
        assert!(!answer.body.to_lowercase().contains("zebrafinch"), "entry {number}");
        if is_hidden {
            continue;
        }
        let entry = json(&site, &path).await;
        assert_included(&entry, &key);
        kinds.insert(entry["kind"].as_str().unwrap().to_owned());
        if let Some(content) = entry["content"].as_str() {
            let salt: Hash = entry["salt"].as_str().unwrap().parse().unwrap();
            let sealed = bluelamp::base::ledger::Sealed { salt, body: content.to_owned() };
            assert_eq!(entry["content_commitment"], sealed.commitment().to_string());
        }
    }
    assert_eq!(kinds.len(), Kind::ALL.len(), "{kinds:?}");
    let redacted = json(&site, &format!("/notices/proof/entries/{}/json", wrong.number)).await;
    assert_eq!((&redacted["content"], &redacted["salt"]), (&Value::Null, &Value::Null));
    let said: Vec<&str> =
        redacted["said_since"].as_array().unwrap().iter().map(|said| said["kind"].as_str().unwrap()).collect();
    assert_eq!(said, ["correction", "redaction"]);
    for number in [cancelled.number, corrected.number, ended.number] {
        assert_eq!(site.get(&format!("/notices/proof/entries/{number}/json")).await.status, 200, "{number}");
    }
    for nothing in ["0", "-1", "01", "+1", "x", "99999", "9223372036854775807", "9223372036854775808"] {
        assert_eq!(site.get(&format!("/notices/proof/entries/{nothing}/json")).await.status, 404, "{nothing}");
    }
}

#[tokio::test]
async fn where_the_ledger_lacks_what_was_signed_nothing_more_is_until_another_log_is_opened() {
    let keys = Keys::generate().unwrap();
    let (lost, copy) = (TestSite::start().await, TestSite::start().await);
    lost.sign(&keys).await.unwrap().unwrap();
    copy.sign(&keys).await.unwrap().unwrap();
    lost.enter(version(1, &text("tail", "<p>In the part that gets lost.</p>"))).await;
    let signed = lost.sign(&keys).await.unwrap().unwrap();
    // A node that had seen all of it meets an older copy of the database.
    let remembered = lost.site.public_log().held();
    copy.site
        .public_log()
        .update(remembered.logs.clone(), Some(&signed), |number| lost.site.edition().published.entry_hash(number));
    copy.enter(version(1, &text("other", "<p>Entered since.</p>"))).await;
    let refused = copy.sign(&keys).await.unwrap_err();
    assert!(matches!(refused, SigningError::Lost { number } if number == signed.size), "{refused}");
    assert!(copy.get("/notices/proof").await.words().contains("Something is wrong with our log"));
    assert_eq!(copy.get("/notices/proof/checkpoint").await.body, signed.note(), "what was signed is not denied");

    copy.database_at("2026-11-24T13:00:00Z").await;
    let mut connection = connect(&copy.urls.app).await;
    let mut transaction = connection.begin().await.unwrap();
    assert!(restart::open_another(&mut transaction, Some("two words"), "Why.").await.is_err());
    assert!(restart::open_another(&mut transaction, Some(ORIGIN), "Why.").await.is_err());
    assert!(restart::open_another(&mut transaction, None, " ").await.is_err());
    let log = restart::open_another(&mut transaction, None, "A machine failed.").await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(log.origin, format!("{ORIGIN}/20261124T130000Z"));
    let again = copy.sign(&keys).await.unwrap().unwrap();
    assert_eq!(again.origin, log.origin);
    let words = copy.get("/notices/proof").await.words();
    assert!(
        words.contains("A machine failed.") && words.contains(&format!("{ORIGIN}, until 24 November 2026")),
        "{words}"
    );
    assert!(!words.contains("Something is wrong"), "{words}");
    let key = words.split(' ').find(|word| word.starts_with(&format!("{}+", log.origin))).unwrap().to_owned();
    assert_included(&json(&copy, VERSION).await, &key);
    let verdict = verify(&mut copy.connection().await).await.unwrap();
    assert!(matches!(verdict, Verdict::Holds { checkpoints: 2, .. }), "{verdict:?}");
}

#[tokio::test]
async fn verify_names_a_checkpoint_that_the_chain_does_not_bear_out() {
    let site = TestSite::start().await;
    let keys = Keys::generate().unwrap();
    let signed = site.sign(&keys).await.unwrap().unwrap();
    let mut owner = site.connection().await;
    assert_eq!(
        verify(&mut owner).await.unwrap(),
        Verdict::Holds { checkpoints: 1, size: signed.size, earlier: Vec::new() }
    );
    sqlx::raw_sql("alter table log_checkpoint disable trigger user").execute(&mut owner).await.unwrap();
    sqlx::raw_sql("update log_checkpoint set root = sha256('x')").execute(&mut owner).await.unwrap();
    let fault = Fault::SignatureEdited;
    assert_eq!(
        verify(&mut owner).await.unwrap(),
        Verdict::Broken { origin: ORIGIN.to_owned(), size: signed.size, fault }
    );
    // A whole rewrite of the chain, with hashes that fit: the signature shows it.
    let other = TestSite::start().await;
    other.sign(&keys).await.unwrap().unwrap();
    let mut owner = other.connection().await;
    sqlx::raw_sql(
        "alter table ledger_entry disable trigger user; update ledger_entry set hash = sha256(hash) where number = 3",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let verdict = verify(&mut owner).await.unwrap();
    assert!(matches!(verdict, Verdict::Broken { fault: Fault::OtherEntries, .. }), "{verdict:?}");
    let output = run(&["verify"], &[("DATABASE_URL", &other.urls.app)]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("The public log www.northshire.example"));
    other.enter(version(1, &text("more", "<p>More.</p>"))).await;
    assert!(matches!(other.sign(&keys).await, Err(SigningError::Unlinked { number: 4 })));
}

#[tokio::test]
async fn a_node_serves_the_log_that_it_last_read_without_the_database() {
    let site = TestSite::start().await;
    let signed = site.sign(&Keys::generate().unwrap()).await.unwrap().unwrap();
    let data = std::env::temp_dir().join(format!("log-{}", uuid::Uuid::now_v7()));
    {
        let node = Process::serve(&site.urls.app, &data, &[]).await;
        until("the node has kept the checkpoint", async || data.join("checkpoint.json").exists()).await;
        until("the node has kept the site", async || data.join("published.json").exists()).await;
        until("the node serves it", async || node.get("/notices/proof/checkpoint").await.0 == 200).await;
    }
    let nowhere = "postgres://nobody@127.0.0.1:1/none";
    let node = Process::serve(nowhere, &data, &[]).await;
    let (status, answer) = node.get("/notices/proof/checkpoint").await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer.ends_with(&signed.note()), "{answer}");
    let (status, _) = node.get(&format!("/notices/proof/tile/entries/000.p/{}", signed.size)).await;
    assert_eq!(status, 200);
    drop(node);
    std::fs::remove_dir_all(data).unwrap();
}

/// The documented program, against a node.
async fn run_script(address: std::net::SocketAddr, key: &str, kept: Option<&std::path::Path>) -> (bool, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/check_version.py");
    let mut command = tokio::process::Command::new("python3");
    command.arg(script).arg(format!("http://{address}{VERSION}")).arg(key);
    if let Some(kept) = kept {
        command.arg(kept);
    }
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

#[tokio::test]
async fn the_documented_program_checks_a_version_its_inclusion_and_a_kept_checkpoint() {
    let site = TestSite::start().await;
    let keys = Keys::generate().unwrap();
    let first = site.sign(&keys).await.unwrap().unwrap();
    fill(&site, 260).await;
    site.sign(&keys).await.unwrap().unwrap();
    let key = told_key(&site).await;
    let folder = std::env::temp_dir().join(format!("log-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    let node = Process::serve(&site.urls.app, &folder.join("data"), &[]).await;
    until("the node has read the log", async || node.get("/notices/proof/checkpoint").await.0 == 200).await;
    let kept = folder.join("kept.txt");
    std::fs::write(&kept, first.note()).unwrap();
    let (passed, said) = run_script(node.address, &key, Some(&kept)).await;
    assert!(passed && said.contains("only grown"), "{said}");
    let (passed, said) = run_script(node.address, &key, None).await;
    assert!(passed && !said.contains("only grown"), "{said}");
    // The same key had signed something else once.
    let other = TestSite::empty().await;
    other.enter(version(1, &text("other", "<p>Other.</p>"))).await;
    std::fs::write(&kept, other.sign(&keys).await.unwrap().unwrap().note()).unwrap();
    let (passed, said) = run_script(node.address, &key, Some(&kept)).await;
    assert!(!passed && said.contains("the log was rewritten"), "{said}");
    // Another key signed.
    let stranger = TestSite::start().await;
    stranger.sign(&Keys::generate().unwrap()).await.unwrap();
    let (passed, said) = run_script(node.address, &told_key(&stranger).await, None).await;
    assert!(!passed, "{said}");
    drop(node);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_node_that_remembers_nothing_takes_over_what_the_database_has() {
    let site = TestSite::start().await;
    let keys = Keys::generate().unwrap();
    let signed = site.sign(&keys).await.unwrap().unwrap();
    let node = site.another_node();
    node.site.refresh().await.unwrap();
    assert_eq!(node.sign(&keys).await.unwrap(), None);
    assert_eq!(node.get("/notices/proof/checkpoint").await.body, signed.note());
    let forgetful = PublicLog::default();
    forgetful.update(Vec::new(), None, |_| None);
    assert_eq!(forgetful.held().checkpoint, None);
}
