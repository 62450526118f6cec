//! The words that nobody found: single words that visitors searched for in vain, for those who write.

use std::future::ready;

use bluelamp::base::ledger::Kind;
use bluelamp::features;
use bluelamp::features::search::MissedWords;
use serde_json::json;

use super::people::Office;
use crate::support::TestSite;
use crate::support::ledger::state;

async fn search(site: &TestSite, query: &str, times: usize) {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    for _ in 0..times {
        assert_eq!(site.get(&format!("/search?q={query}")).await.status, 200);
    }
}

/// Writes what a node writes once a minute and at its end.
async fn write_down(site: &TestSite) {
    site.site.beside::<MissedWords>().run(site.site.database().clone(), ready(())).await;
}

async fn kept(site: &TestSite) -> Vec<(String, String, i64)> {
    let words = sqlx::query_as("select day::text, word, times from missed_word order by day, word");
    words.fetch_all(&mut site.connection().await).await.unwrap()
}

fn row(day: &str, word: &str, times: i64) -> (String, String, i64) {
    (day.to_owned(), word.to_owned(), times)
}

#[tokio::test]
async fn a_word_that_is_searched_in_vain_five_times_on_a_day_is_shown_to_those_who_write() {
    let office = Office::open().await;
    let erin = office.editor().await;
    assert!(erin.get("/searches").await.words().contains("There are none."));
    let site = &office.public;
    search(site, "Quokka", 4).await;
    write_down(site).await;
    assert_eq!(kept(site).await, [], "four times are not written");
    search(site, "quokka", 1).await;
    assert_eq!(kept(site).await, [], "no search writes anything");
    write_down(site).await;
    assert_eq!(kept(site).await, [row("2026-11-24", "quokka", 5)]);
    search(site, "QUOKKA", 2).await;
    let other = site.another_node();
    other.site.refresh().await.unwrap();
    search(&other, "quokka", 5).await;
    write_down(site).await;
    write_down(&other).await;
    assert_eq!(kept(site).await, [row("2026-11-24", "quokka", 12)], "all nodes together");
    let page = erin.get("/searches").await;
    assert!(page.body.contains("<bdi>quokka</bdi></th><td>12</td><td>24 November 2026</td>"), "{}", page.body);
    assert!(erin.get("/pages").await.body.contains("href=\"/searches\""));
    let auditor = office.auditor().await;
    assert_eq!(auditor.get("/searches").await.status, 403);
    assert!(!auditor.get("/pages").await.body.contains("href=\"/searches\""));
}

#[tokio::test]
async fn nothing_else_of_a_query_is_kept() {
    let office = Office::open().await;
    let site = &office.public;
    let answers = json!({ "answers": [{ "words": "budgie", "sentence": "Ring the aviary." }] });
    site.enter(state(Kind::Promoted, "promoted", 2, &answers)).await;
    for query in [
        "quokka wombat",
        "quokka1",
        "07700 900123",
        "@quokka",
        "quokka@example.test",
        "qu",
        "quokka?",
        "o'quokka",
        "suicide",
        "suiside",
        "raped",
        &"q".repeat(31),
        "contact",
        "budgie",
    ] {
        search(site, query, 6).await;
    }
    write_down(site).await;
    assert_eq!(kept(site).await, [], "no numbers, addresses, words of crisis, or words that found something");
}

#[tokio::test]
async fn words_go_after_thirty_days() {
    let office = Office::open().await;
    let site = &office.public;
    search(site, "quokka", 5).await;
    site.at("2026-11-25T12:00:00Z");
    search(site, "wombat", 5).await;
    write_down(site).await;
    assert_eq!(kept(site).await, [row("2026-11-24", "quokka", 5), row("2026-11-25", "wombat", 5)]);
    let upkeep = features::search::FEATURE.jobs[0];
    site.at("2026-12-24T12:00:00Z");
    (upkeep.run)(&office.desk).await.unwrap();
    assert_eq!(kept(site).await.len(), 2, "thirty days");
    site.at("2026-12-25T00:00:00Z");
    let page = office.editor().await.get("/searches").await;
    assert!(page.words().contains("wombat") && !page.words().contains("quokka"), "{}", page.words());
    (upkeep.run)(&office.desk).await.unwrap();
    assert_eq!(kept(site).await, [row("2026-11-25", "wombat", 5)]);
}
