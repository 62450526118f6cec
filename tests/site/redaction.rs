//! Redaction: a name published by mistake goes from everywhere, and the chain still holds.

use bluelamp::base::ledger::Hash;
use bluelamp::base::ledger::verify::{Verdict, verify};
use bluelamp::features;
use bluelamp::features::archive::{export, import};
use bluelamp::features::publishing::redaction;
use bluelamp::site::snapshot;
use sqlx::Connection as _;

use crate::support::cluster::{Scratch, until};
use crate::support::crawl::crawl;
use crate::support::ledger::version;
use crate::support::{NOON, TestSite};

const NAME: &str = "Fitzgibbon";
const GROUND: &str = "Article 17 of the UK GDPR: a name published by mistake";

const WHERE: [&str; 9] = [
    "/helplines",
    "/helplines?as_of=2026-11-24",
    "/contact?as_of=2026-11-24",
    "/search?q=fitzgibbon",
    "/notices/helplines/versions/2",
    "/notices/helplines/versions/2/json",
    "/notices/helplines/versions/2/changes",
    "/notices/helplines/versions/3/changes",
    "/notices/helplines/changes.atom",
];

/// Version 2 has the name in all that it says, version 3 has not. Gives the entry of version 2.
async fn publish_a_name(site: &TestSite) -> i64 {
    let (_, before) = site.content("helplines").await;
    let mut named = before.clone();
    named.html.push_str("<p>Ask for Jo Fitzgibbon.</p>");
    named.markdown.push_str("Ask for Jo Fitzgibbon.\n");
    "Helplines of Jo Fitzgibbon".clone_into(&mut named.title);
    "Names Jo Fitzgibbon.".clone_into(&mut named.change_note);
    let entry = site.enter(version(2, &named)).await;
    let seen = site.get("/helplines").await;
    assert!(seen.body.contains(NAME));
    entry.number
}

async fn put_it_right(site: &TestSite) {
    let (_, mut content) = site.content("helplines").await;
    content.html = content.html.replace("<p>Ask for Jo Fitzgibbon.</p>", "");
    content.markdown = content.markdown.replace("Ask for Jo Fitzgibbon.\n", "");
    "Helplines".clone_into(&mut content.title);
    "Takes a name out.".clone_into(&mut content.change_note);
    site.enter(version(3, &content)).await;
}

async fn assert_gone(site: &TestSite) {
    for (path, answer) in crawl(site, &WHERE).await {
        assert!(!answer.body.contains(NAME), "{path}");
        assert!(!format!("{:?}", answer.headers).contains(NAME), "{path}");
    }
}

#[tokio::test]
async fn a_redacted_text_is_gone_from_every_route_and_node() {
    let site = TestSite::start().await;
    let entry = publish_a_name(&site).await;
    let other = site.another_node();
    other.site.refresh().await.unwrap();
    put_it_right(&site).await;
    // What was asked for once is kept in memory; that must go too.
    for path in WHERE {
        site.get(path).await;
        other.get(path).await;
    }
    assert!(site.get("/notices/helplines/versions/2").await.body.contains(NAME));
    site.redact(&[entry], GROUND).await;
    other.site.refresh().await.unwrap();
    assert_gone(&site).await;
    assert_gone(&other).await;
    // The entry stays for machines: what its hash is made from, without the text.
    let machines = site.get("/notices/helplines/versions/2/json").await;
    assert_eq!(machines.status, 410);
    let json: serde_json::Value = serde_json::from_str(&machines.body).unwrap();
    assert_eq!((&json["content"], &json["salt"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    assert_eq!(json["hash"], Hash::of(json["canonical"].as_str().unwrap().as_bytes()).to_string());
    assert_eq!(json["redaction"]["ground"], GROUND);
    for end in ["", "/changes"] {
        let answer = site.get(&format!("/notices/helplines/versions/2{end}")).await;
        assert_eq!(answer.status, 410, "{end}");
        let words = answer.words();
        assert!(words.contains(GROUND) && words.contains("24 November 2026"), "{end}: {words}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    // What changed since can only be shown with the text that is gone.
    assert_eq!(site.get("/notices/helplines/versions/3/changes").await.status, 410);
    assert_eq!(site.get("/notices/helplines/versions/3").await.status, 200);
    assert!(site.get("/notices/helplines").await.words().contains("Version 2"), "the version stays in the history");
    let mut connection = site.connection().await;
    assert!(matches!(verify(&mut connection, None).await.unwrap(), Verdict::Holds { .. }));
    let left: i64 = sqlx::query_scalar("select count(*) from ledger_content where body like '%Fitzgibbon%'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
    let salts: i64 = sqlx::query_scalar("select count(*) from ledger_content where salt is null and body is null")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(salts, 1);
}

#[tokio::test]
async fn a_redacted_text_that_is_in_force_is_gone_at_once_and_its_place_says_so() {
    let site = TestSite::start().await;
    let entry = publish_a_name(&site).await;
    site.redact(&[entry], GROUND).await;
    assert_gone(&site).await;
    for path in ["/helplines", "/helplines?as_of=2026-11-24"] {
        let alone = site.get(path).await;
        assert_eq!(alone.status, 410, "{path}");
        assert!(alone.words().contains(GROUND) && alone.words().contains("24 November 2026"), "{}", alone.words());
    }
    let page = site.get("/contact").await;
    assert_eq!(page.status, 200, "the page has other notices to show");
    assert!(page.words().contains(GROUND));
    let before = site.get("/notices/helplines/versions/1").await;
    assert_eq!(before.status, 200);
}

#[tokio::test]
async fn a_redacted_text_is_gone_from_the_snapshot_and_from_an_export_into_the_same_folder() {
    let site = TestSite::start().await;
    let scratch = Scratch::new();
    let (file, folder) = (scratch.0.join(snapshot::FILE), scratch.0.join("texts"));
    let entry = publish_a_name(&site).await;
    let keeping = tokio::spawn(snapshot::writer::follow(file.clone(), None, site.site.clone()));
    let on_disk = || -> String {
        let files = [file.clone(), file.with_extension("new")].into_iter().filter(|file| file.exists());
        files.chain(files_under(&folder)).map(|file| std::fs::read_to_string(file).unwrap()).collect()
    };
    export::directory(&mut site.connection().await, &folder).await.unwrap();
    until("the file is written", async || file.exists() && on_disk().contains(NAME)).await;
    let length = std::fs::metadata(&file).unwrap().len();
    site.redact(&[entry], GROUND).await;
    export::directory(&mut site.connection().await, &folder).await.unwrap();
    until("the text is gone from the disk", async || !on_disk().contains(NAME)).await;
    assert!(std::fs::metadata(&file).unwrap().len() > length, "it was overwritten in its place");
    // A node that starts from the file alone says the same.
    keeping.abort();
    let loaded = snapshot::load(&file, Some(site.clock.now())).unwrap();
    assert!(loaded.snapshot.is_some(), "every text in it holds");
    let alone = TestSite::of(loaded.published, NOON);
    assert_eq!(alone.get("/helplines").await.status, 410);
    assert!(!alone.get("/helplines").await.body.contains(NAME));
}

#[tokio::test]
async fn an_archive_with_a_redacted_entry_is_taken_back_hash_for_hash() {
    let site = TestSite::start().await;
    let scratch = Scratch::new();
    let entry = publish_a_name(&site).await;
    site.redact(&[entry], GROUND).await;
    export::directory(&mut site.connection().await, &scratch.0).await.unwrap();
    let before = verify(&mut site.connection().await, None).await.unwrap();
    let again = TestSite::empty().await;
    let mut connection = again.connection().await;
    let mut transaction = connection.begin().await.unwrap();
    import::directory(&mut transaction, &features::for_site(), &scratch.0).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(verify(&mut connection, None).await.unwrap(), before);
    again.site.refresh().await.unwrap();
    assert_eq!(again.get("/notices/helplines/versions/2").await.status, 410);
    assert_gone(&again).await;
}

#[tokio::test]
async fn only_a_version_that_exists_is_redacted_and_only_once() {
    let site = TestSite::start().await;
    let entry = publish_a_name(&site).await;
    site.redact(&[entry], GROUND).await;
    let mut connection = site.connection().await;
    for wrong in [entry, entry + 1, 0, -1, i64::MAX] {
        let mut transaction = connection.begin().await.unwrap();
        assert!(redaction::from_console(&mut transaction, &[wrong], GROUND).await.is_err(), "{wrong}");
        transaction.rollback().await.unwrap();
    }
}

/// Every file below a folder, if there is one.
fn files_under(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let Ok(items) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = items.map(|item| item.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_under(&path) } else { vec![path] }).collect()
}
