//! The ways to help on every page: how to call 999 without speaking, and no way that is not open.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use bluelamp::base::ledger::Kind;

use crate::support::crawl::{crawl, links};
use crate::support::ledger::state;
use crate::support::{Answer, TestSite};

/// Every page that links lead to, pages that no link leads to, and an error page of each kind, by its address.
async fn everything(site: &TestSite) -> BTreeMap<String, Answer> {
    let more = ["/webchat", "/report", "/search", "/search?q=zzzz", "/quick-exit", "/return", "/nothing", "/%ff"];
    let more = [&more[..], &["/contact?as_of=yesterday", "/website-privacy?as_of=2021-12-01"]].concat();
    let mut all = crawl(site, &more).await;
    for (method, path, origin) in
        [("POST", "/contact", "none"), ("POST", "/cookies", "cross-site"), ("POST", "/quick-exit", "same-origin")]
    {
        let request = Request::builder().method(method).uri(path).header("sec-fetch-site", origin);
        all.insert(format!("{method} {path}"), site.send(request.body(Body::empty()).unwrap()).await);
    }
    all
}

/// The text of an answer in sentences; blocks of HTML end one.
fn sentences(answer: &Answer) -> Vec<String> {
    let text = if answer.header("content-type").starts_with("text/html") {
        let mut spaced = answer.body.clone();
        for end in ["</p>", "</li>", "</h1>", "</h2>", "</h3>", "</td>", "</th>", "</div>", "</title>", "<br"] {
            spaced = spaced.replace(end, &format!("\n{end}"));
        }
        scraper::Html::parse_document(&spaced).root_element().text().collect()
    } else {
        answer.body.replace("\\n", "\n")
    };
    text.split(['\n', '.', '?', '!']).map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn says_55(sentence: &str) -> bool {
    let words: Vec<&str> = sentence.split(|letter: char| !letter.is_alphanumeric()).collect();
    words.windows(2).any(|pair| pair[0].to_lowercase().starts_with("press") && pair[1] == "55")
}

#[tokio::test]
async fn nothing_says_press_55_without_when_and_nothing_says_that_999_always_works() {
    let site = TestSite::start().await;
    let all = everything(&site).await;
    assert!(all.len() > 60, "{}", all.len());
    let mut told = 0;
    for (path, answer) in &all {
        for sentence in sentences(answer) {
            if says_55(&sentence) {
                told += 1;
                assert!(sentence.contains("asked"), "{path}: {sentence}");
            }
            assert!(!sentence.to_lowercase().contains("always works"), "{path}: {sentence}");
            assert!(!sentence.contains("work whatever this website does"), "{path}: {sentence}");
        }
    }
    assert!(told > all.len() / 2, "{told}");
}

#[tokio::test]
async fn every_page_leads_to_how_to_call_999_without_speaking() {
    let site = TestSite::start().await;
    let line = "In danger now? Call 999 Not safe to speak? Call 999, then press 55 when asked";
    for (path, answer) in everything(&site).await {
        let bare = ["/return", "/quick-exit", "POST /quick-exit"].contains(&path.as_str());
        if answer.header("content-type").starts_with("text/html") && !bare {
            assert_eq!(answer.words_of("section.emergency:not(.banner)"), line, "{path}");
            assert!(answer.attributes("section.emergency a", "href").contains(&"/cannot-speak".to_owned()), "{path}");
        }
    }
    let page = site.get("/cannot-speak").await;
    assert_eq!(page.attributes("main ol > li", "id").len(), 0);
    let steps = scraper::Html::parse_document(&page.body);
    assert_eq!(steps.select(&scraper::Selector::parse("main ol > li").unwrap()).count(), 4);
}

#[tokio::test]
async fn the_line_names_the_page_where_it_is_and_stands_without_a_link_where_there_is_none() {
    let site = TestSite::start().await;
    let page = serde_json::json!({
        "address": "silent-call", "title": "Call 999 when you cannot speak", "description": "How.", "notices": ["cannot-speak"],
    });
    site.enter(state(Kind::Page, "page:cannot-speak", 2, &page)).await;
    let moved = site.get("/contact").await;
    assert!(moved.attributes("section.emergency a", "href").contains(&"/silent-call".to_owned()));
    assert_eq!(site.get("/silent-call").await.status, 200);

    let empty = TestSite::of(bluelamp::site::published::Published::default(), crate::support::NOON);
    let none = empty.get("/nothing").await;
    assert_eq!(none.attributes("section.emergency a", "href"), ["tel:999"]);
    assert!(none.words_of("section.emergency").contains("Call 999, then press 55 when asked"));
}

#[tokio::test]
async fn a_way_that_is_not_open_is_named_nowhere_as_a_way() {
    let site = TestSite::start().await;
    let all = everything(&site).await;
    let root = site.site.settings().public_origin();
    let closed: Vec<&str> = all
        .iter()
        .filter(|(_, answer)| answer.words_of("main").contains("is not open yet"))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(closed, ["/webchat"], "the page of webchat says so itself");
    for (path, answer) in &all {
        for link in links(answer, &root) {
            let to = link.split(['?', '#']).next().unwrap();
            assert!(to == path || !closed.contains(&to), "{path} sends visitors to {to}, which is not open");
        }
        for words in ["report online", "our online form", "use webchat when", "chat to us", "not open yet", "open now"]
        {
            let says = answer.words().to_lowercase().contains(words);
            assert!(!says || (path == "/webchat" && words == "not open yet"), "{path} says “{words}”");
        }
    }
    // What is not open leads on to what helps today, and that does not lead back.
    let links_of = |path: &str| all[path].attributes("main a", "href");
    assert!(links_of("/webchat").contains(&"/report".to_owned()));
    assert!(links_of("/report").contains(&"tel:101".to_owned()));
    assert!(all["/report"].words_of("main").contains("You cannot report a crime on this website yet."));
}
