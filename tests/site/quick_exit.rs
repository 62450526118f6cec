//! Leaving in a hurry.

use axum::body::Body;
use axum::http::{HeaderValue, Request};

use crate::support::TestSite;

#[tokio::test]
async fn after_a_quick_exit_every_page_leads_to_the_neutral_site_until_it_is_lifted() {
    let site = TestSite::start().await;
    let left = site.get("/quick-exit").await;
    assert_eq!(left.status, 303);
    let neutral = left.header("location").to_owned();
    assert!(neutral.starts_with("https://"));
    let cookie = left.header("set-cookie").to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Max-Age=300"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap();
    for path in ["/", "/contact", "/search?q=a", "/notices", "/nothing", "/cookies"] {
        let answer = site.get_with(path, "cookie", cookie).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, neutral.as_str()), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for path in ["/return", "/healthz", "/robots.txt", "/favicon.svg"] {
        let answer = site.get_with(path, "cookie", cookie).await;
        assert!(path == "/robots.txt" || answer.status == 200, "{path}");
    }
    assert!(site.post("/return", "").await.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn another_site_cannot_set_off_the_exit() {
    let site = TestSite::start().await;
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("sec-purpose", "prefetch")]
    {
        let answer = site.get_with("/quick-exit", name, value).await;
        assert_eq!((answer.status.as_u16(), answer.header("set-cookie")), (303, ""), "{name}: {value}");
    }
}

#[tokio::test]
async fn a_cookie_of_somebody_else_that_is_no_text_does_not_lift_the_lock() {
    let site = TestSite::start().await;
    for path in ["/", "/contact", "/search?q=a", "/notices"] {
        let cookie = HeaderValue::from_bytes(b"theirs=caf\xe9; bluelamp_left=1").unwrap();
        let answer = site.send(Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("https://"), "{path}");
    }
}

#[tokio::test]
async fn the_exit_says_nothing_of_where_somebody_came_from() {
    let site = TestSite::start().await;
    for answer in [site.get("/quick-exit").await, site.post("/quick-exit", "").await] {
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(!answer.body.contains("Northshire"));
        assert_eq!(answer.header("clear-site-data"), "", "it can hang a browser for seconds");
    }
    let text = site.get("/leaving-quickly").await;
    assert!(text.attributes("main a", "href").contains(&"/return".to_owned()), "the way back is told");
}

#[tokio::test]
async fn a_visitor_leaves_and_comes_back() {
    let site = TestSite::start().await;
    let mut visitor = site.visitor();
    visitor.choose("accept", "/").await;
    visitor.open("/contact").await;
    visitor.submit("/quick-exit", "").await;
    assert_eq!(visitor.cookie_names(), ["bluelamp_left"]);
    assert_eq!(visitor.open("/contact").await.status, 303);
    let way_back = visitor.open("/return").await;
    assert_eq!(way_back.attributes("button", "type").len() + way_back.attributes("form", "action").len(), 1);
    visitor.submit("/return", "").await;
    assert!(visitor.open("/contact").await.asks_about_cookies(), "as if they had never been here");
}
