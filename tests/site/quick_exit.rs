//! Leaving in a hurry.

use axum::body::Body;
use axum::http::{HeaderValue, Request};

use crate::support::{Answer, TestSite};

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
    visitor.get("/contact").await;
    visitor.submit("/quick-exit", "").await;
    assert_eq!(visitor.cookie_names(), ["bluelamp_left"]);
    assert_eq!(visitor.get("/contact").await.status, 303);
    let way_back = visitor.get("/return").await;
    assert_eq!(way_back.attributes("button", "type").len() + way_back.attributes("form", "action").len(), 1);
    visitor.submit("/return", "").await;
    assert!(visitor.get("/contact").await.asks_about_cookies(), "as if they had never been here");
}

/// The blank page that leads to the neutral site by itself: no redirect, and nothing that says what it is.
fn leads_on_by_itself(answer: &Answer, what: &str) {
    assert_eq!((answer.status.as_u16(), answer.header("location")), (200, ""), "{what}");
    let refresh = answer.attributes("meta[http-equiv=refresh]", "content").concat();
    assert!(refresh.starts_with("0; url=https://"), "{what}: {refresh}");
    assert!(!answer.body.contains("Northshire"), "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
}

#[tokio::test]
async fn another_site_is_never_redirected_so_that_it_cannot_tell_who_has_left() {
    let site = TestSite::start().await;
    let elsewhere = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("referer", "https://evil.test/page"),
    ];
    for (name, value) in elsewhere {
        for path in
            ["/", "/contact", "/contact?a=1", "/search?q=a", "/notices", "/nothing", "/cookies", "/contact/", "/%ff"]
        {
            for method in ["GET", "POST"] {
                let request = Request::builder().method(method).uri(path).header("cookie", "bluelamp_left=1");
                let answer = site.send(request.header(name, value).body(Body::empty()).unwrap()).await;
                leads_on_by_itself(&answer, &format!("{method} {path}, {name}: {value}"));
            }
            let head = Request::head(path).header("cookie", "bluelamp_left=1").header(name, value);
            let head = site.send(head.body(Body::empty()).unwrap()).await;
            assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""), "HEAD {path}");
        }
    }
    // A visitor of their own accord is redirected as before.
    for (name, value) in [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("accept", "*/*")] {
        let request = Request::get("/contact").header("cookie", "bluelamp_left=1").header(name, value);
        assert_eq!(site.send(request.body(Body::empty()).unwrap()).await.status, 303, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_form_sent_after_leaving_leads_on_as_well() {
    let site = TestSite::start().await;
    let request = Request::post("/cookies").header("cookie", "bluelamp_left=1").header("sec-fetch-site", "same-origin");
    leads_on_by_itself(&site.send(request.body(Body::from("choice=accept")).unwrap()).await, "POST /cookies");
}

#[tokio::test]
async fn whatever_is_odd_about_a_request_to_leave_it_leaves() {
    let site = TestSite::start().await;
    let long = "a".repeat(40_000);
    let path = format!("/quick-exit?{long}");
    let form = "application/x-www-form-urlencoded";
    for (what, path, headers, body, locks) in [
        ("an opaque origin", "/quick-exit", vec![("origin", "null")], "", false),
        (
            "another site's form",
            "/quick-exit",
            vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")],
            "",
            false,
        ),
        ("another site's form without Fetch Metadata", "/quick-exit", vec![("origin", "https://evil.test")], "", false),
        (
            "two sites at once",
            "/quick-exit",
            vec![("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            "",
            false,
        ),
        ("no form", "/quick-exit", vec![("content-type", "application/json")], "{", true),
        ("no type", "/quick-exit", vec![], "\u{0}\u{1}", true),
        ("a long form", "/quick-exit", vec![("content-type", form)], &long.repeat(4), true),
        ("a wrong length", "/quick-exit", vec![("content-length", "999999999")], "", true),
        ("another host", "/quick-exit", vec![("host", "evil.test")], "", true),
        ("two hosts", "/quick-exit", vec![("host", "a.test"), ("host", "b.test")], "", true),
        ("a long query", &path, vec![], "", true),
        ("a query that is no text", "/quick-exit?%ff", vec![], "", true),
        ("somebody who has left", "/quick-exit", vec![("cookie", "bluelamp_left=1")], "", true),
    ] {
        for method in ["GET", "HEAD", "POST"] {
            let request = Request::builder().method(method).uri(path);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let answer = site.send(request.body(Body::from(body.to_owned())).unwrap()).await;
            match method {
                "POST" => leads_on_by_itself(&answer, what),
                _ => assert_eq!((answer.status.as_u16(), answer.header("location").is_empty()), (303, false), "{what}"),
            }
            let locked = answer.set_cookies().iter().any(|cookie| cookie.starts_with("bluelamp_left=1"));
            assert_eq!(locked, locks, "{method}, {what}");
        }
    }
    // The database and the published texts are not asked.
    let empty = TestSite::of(bluelamp::site::published::Published::default(), crate::support::NOON);
    empty.site.database().mark_away(&"for a test");
    leads_on_by_itself(&empty.post("/quick-exit", "").await, "without a database");
}
