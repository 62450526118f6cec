//! Pages, history, as-of, changes, feeds, proof and errors.

use crate::support::TestSite;

/// Pages that the site map leaves out: tools, lists, and texts that are read on another page or another day.
const OTHERS: [&str; 11] = [
    "/webchat",
    "/webchat-disclaimer",
    "/privacy-statement",
    "/report",
    "/search",
    "/notices",
    "/notices/proof",
    "/notices/website-privacy",
    "/notices/website-privacy/versions/1",
    "/notices/website-privacy/versions/2/changes",
    "/website-privacy?as_of=2021-12-01",
];

/// The pages of the site map and the others.
async fn pages(site: &TestSite) -> Vec<String> {
    let map = site.get("/sitemap.xml").await.body;
    let origin = site.site.settings().public_origin();
    let listed = map.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap());
    let mut pages: Vec<String> = listed.map(|url| url.strip_prefix(&origin).unwrap().to_owned()).collect();
    assert!(pages.len() > 20, "{map}");
    pages.extend(OTHERS.map(str::to_owned));
    pages
}

#[tokio::test]
async fn every_page_answers_with_one_h1_and_the_furniture_and_sets_no_cookie() {
    let site = TestSite::start().await;
    for path in pages(&site).await {
        let answer = site.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.words());
        assert_eq!(answer.body.matches("<h1").count(), 1, "{path}");
        for words in ["Skip to content", "Quick exit", "Call 999", "press 55 when asked", "Northshire Police"] {
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
    for path in pages(&site).await {
        let html = scraper::Html::parse_document(&site.get(&path).await.body);
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
    assert_eq!(site.get(&format!("/search?q={}", "x".repeat(300))).await.status, 200);
    assert_eq!(site.get("/search?q=samaritans&page=2").await.status, 303);
    for odd in ["0", "-1", "x", "99999999999999999999999"] {
        let status = site.get(&format!("/search?q=samaritans&page={odd}")).await.status;
        assert!(status.is_success() || status.is_client_error(), "{odd}: {status}");
    }
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
async fn webchat_gives_its_hours_and_says_that_it_is_not_open_yet() {
    let site = TestSite::start().await;
    for instant in ["2026-11-24T12:00:00Z", "2026-11-24T15:00:00Z"] {
        site.clock.set(instant.parse().unwrap());
        let words = site.get("/webchat").await.words_of("main");
        assert!(words.contains("Webchat is not open yet."), "{words}");
        assert!(
            words.contains("24 hours a day, 7 days a week") && words.contains("Monday to Friday, 10am to 3pm"),
            "{words}"
        );
        assert!(!words.contains("Open now") && !words.contains("Closed."), "nobody answers at any hour: {words}");
    }
}

#[tokio::test]
async fn what_is_not_open_yet_says_how_else_to_reach_the_force() {
    let site = TestSite::start().await;
    for path in ["/webchat", "/report"] {
        let page = site.get(path).await;
        assert_eq!(page.status, 200);
        let links = page.attributes("a", "href");
        assert!(links.contains(&"tel:999".to_owned()) && links.contains(&"tel:101".to_owned()), "{path}: {links:?}");
    }
    let disclaimer = site.get("/webchat").await.body;
    assert!(disclaimer.contains("Malicious Communications Act 1988"), "the disclaimer in force stands on the page");
    assert_eq!(site.get("/requests").await.header("location"), "/report");
    // The page about reports has a history like others.
    assert!(site.get("/report?as_of=2020-01-01").await.words_of("main").contains("Nothing was in force"));
}

#[tokio::test]
async fn a_site_without_texts_says_whom_to_call_and_that_it_is_being_prepared() {
    let site = TestSite::empty().await;
    site.site.refresh().await.unwrap();
    let home = site.get("/").await;
    assert_eq!(home.status, 200);
    assert_eq!(home.words_of("h1"), "This website is being prepared");
    let links = home.attributes("main a", "href");
    assert!(links.contains(&"tel:999".to_owned()) && links.contains(&"tel:101".to_owned()), "{links:?}");
    assert!(!home.body.contains("bluelamp import"), "how to run it is no business of the public");
    // No page of it sends anybody to one that is not there.
    for path in ["/", "/nothing", "/notices", "/search", "/webchat", "/report"] {
        for link in site.get(path).await.attributes("a[href^='/']", "href") {
            let status = site.get(&link).await.status;
            assert!(status.is_success() || status.is_redirection(), "{path} leads to {link}, which answers {status}");
        }
    }
}
