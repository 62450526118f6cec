//! Pages, history, as-of, changes, feeds, proof and errors.

use crate::support::TestSite;

const PAGES: [&str; 20] = [
    "/",
    "/website-privacy",
    "/privacy-notice",
    "/cookies",
    "/accessibility-statement",
    "/services",
    "/contact",
    "/helplines",
    "/leaving-quickly",
    "/webchat-disclaimer",
    "/privacy-statement",
    "/webchat",
    "/report",
    "/search",
    "/notices",
    "/notices/proof",
    "/notices/website-privacy",
    "/notices/website-privacy/versions/1",
    "/notices/website-privacy/versions/2/changes",
    "/website-privacy?as_of=2021-12-01",
];

#[tokio::test]
async fn every_page_answers_with_one_h1_and_the_furniture_and_sets_no_cookie() {
    let site = TestSite::start().await;
    for path in PAGES {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.words());
        assert_eq!(answer.body.matches("<h1").count(), 1, "{path}");
        for words in ["Skip to content", "Quick exit", "Call 999", "Press 55", "Northshire Police"] {
            assert!(answer.words().contains(words), "{path} lacks {words}");
        }
        assert_eq!(answer.header("set-cookie"), "", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("request-otr"), "?1", "{path}");
    }
}

#[tokio::test]
async fn every_local_link_of_every_page_leads_somewhere() {
    let site = TestSite::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in PAGES {
        let html = scraper::Html::parse_document(&site.get(path).await.body);
        for link in html.select(&scraper::Selector::parse("a[href^='/'], link[href^='/'], script[src]").unwrap()) {
            let value = link.value();
            let target = value.attr("href").or_else(|| value.attr("src")).unwrap();
            seen.insert(target.split('#').next().unwrap().to_owned());
        }
    }
    assert!(seen.len() > 20);
    for target in seen {
        let status = site.get(&target).await.status;
        assert!(status.is_success() || status.is_redirection(), "{target} answers {status}");
    }
}

#[tokio::test]
async fn search_finds_texts_in_force() {
    let site = TestSite::start().await;
    assert!(site.get("/search?q=samaritans").await.body.contains("href=\"/helplines\""));
    assert!(site.get("/search?q=zzzz").await.words().contains("Nothing on this site"));
    assert_eq!(site.get(&format!("/search?q={}", "x".repeat(300))).await.status, 422);
}

#[tokio::test]
async fn pages_come_compressed_to_browsers_that_take_it() {
    let site = TestSite::start().await;
    for encoding in ["br", "gzip"] {
        let answer = site.get_with("/website-privacy", "accept-encoding", encoding).await;
        assert_eq!(answer.header("content-encoding"), encoding);
    }
}

#[tokio::test]
async fn webchat_says_its_hours_by_the_clock_and_that_it_is_not_open_here_yet() {
    let site = TestSite::start().await;
    site.clock.set("2026-11-24T12:00:00Z".parse().unwrap());
    let words = site.get("/webchat").await.words();
    assert!(words.contains("not open here yet") && words.contains("within its hours now, until 15:00"), "{words}");
    site.clock.set("2026-11-24T15:00:00Z".parse().unwrap());
    let words = site.get("/webchat").await.words();
    assert!(words.contains("outside its hours now; next: Wednesday 25 November at 10:00"), "{words}");
}
