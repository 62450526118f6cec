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
async fn a_page_shows_what_was_in_force_on_a_day() {
    let site = TestSite::start().await;
    let then = site.get("/website-privacy?as_of=2021-12-01").await;
    assert!(then.words().contains("as it was on 1 December 2021"));
    assert!(then.words().contains("Version 1, in force since 1 September 2021"));
    assert!(site.get("/website-privacy?as_of=2022-06-01").await.words().contains("Version 2"));
    assert!(site.get("/website-privacy?as_of=2020-01-01").await.words().contains("Nothing was in force"));
    for bad in ["2030-01-01", "x", "2021-02-30", "2026-11-24T12:00:01Z"] {
        assert_eq!(site.get(&format!("/website-privacy?as_of={bad}")).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn what_changed_is_marked_in_words() {
    let site = TestSite::start().await;
    let answer = site.get("/notices/webchat-disclaimer/versions/2/changes").await;
    assert!(answer.body.contains("<ins>") && answer.body.contains("<del>"));
    assert!(site.get("/notices/webchat-disclaimer/versions/1/changes").await.words().contains("first version"));
}

#[tokio::test]
async fn machines_can_check_a_version_by_themselves() {
    let site = TestSite::start().await;
    let answer = site.get("/notices/website-privacy/versions/1/json").await;
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let hash = bluelamp::ledger::Hash::of(json["canonical"].as_str().unwrap().as_bytes());
    assert_eq!(json["hash"], hash.to_string());
    assert!(json["previous_hash"].is_string() && json["salt"].is_string());
    let proof = site.get("/notices/proof").await;
    assert!(proof.words().contains(&site.site.edition().published.head.unwrap().to_string()));
}

#[tokio::test]
async fn feeds_list_versions_and_name_no_staff() {
    let site = TestSite::start().await;
    for path in ["/notices/changes.atom", "/notices/website-privacy/changes.atom"] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/atom+xml");
        assert!(answer.body.contains("/notices/website-privacy/versions/2</id>"));
        assert!(!answer.body.contains("writer"));
    }
}

#[tokio::test]
async fn what_is_not_there_gets_a_page_that_helps() {
    let site = TestSite::start().await;
    for path in [
        "/nothing",
        "/notices/nothing",
        "/notices/website-privacy/versions/3",
        "/notices/website-privacy/versions/01",
        "/notices/website-privacy/versions/99999999999999999999",
        "/notices/website-privacy/versions/-1",
        "/static/000000000000/site.css",
        "/..%2f..%2fetc/passwd",
    ] {
        let answer = site.get(path).await;
        assert!(answer.status.is_client_error(), "{path} answers {}", answer.status);
        assert!(answer.words().contains("home page"), "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    assert_eq!(site.post("/contact", "a=b").await.status, 405);
}

#[tokio::test]
async fn what_is_typed_is_never_reflected_unescaped() {
    let site = TestSite::start().await;
    for typed in ["%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cimg%20src=x%3E", "%00", "%FF", "' or 1=1"] {
        let typed = typed.replace(' ', "+");
        for path in [format!("/search?q={typed}"), format!("/contact?as_of={typed}"), format!("/{typed}")] {
            let Ok(uri) = path.parse::<axum::http::Uri>() else { continue };
            let answer = site.get(&uri.to_string()).await;
            assert!(!answer.status.is_server_error(), "{path} answers {}", answer.status);
            assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img src=x"), "{path}");
        }
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
