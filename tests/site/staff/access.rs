//! The people who get in, and what every answer of the staff site carries.

use axum::body::Body;
use axum::http::Request;

use super::people::Office;

#[tokio::test]
async fn a_page_of_the_staff_site_carries_the_headers_and_is_never_kept() {
    let office = Office::open().await;
    let answer = office.nobody().get("/nothing").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    assert!(answer.words().contains("Page not found"));
}

#[tokio::test]
async fn a_form_that_does_not_say_where_it_comes_from_is_refused() {
    let office = Office::open().await;
    let person = office.editor().await;
    let unsaid = Request::post("/sign-out").body(Body::empty()).unwrap();
    assert_eq!(person.send(unsaid).await.status, 403);
    for (name, value) in
        [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let other = Request::post("/sign-out").header(name, value).body(Body::empty()).unwrap();
        assert_eq!(person.send(other).await.status, 403, "{name}: {value}");
    }
}

#[tokio::test]
async fn the_staff_site_answers_to_its_own_name_alone() {
    let office = Office::open().await;
    let browser = office.nobody();
    let ask = async |path: &str, host: &str| {
        browser.send(Request::get(path).header("host", host).body(Body::empty()).unwrap()).await
    };
    for host in ["localhost:8001", "LOCALHOST", "127.0.0.1:8001", "[::1]:8001"] {
        assert_eq!(ask("/sign-in", host).await.status, 200, "{host}");
    }
    for host in ["evil.example", "localhost.evil.example:8001", "203.0.113.9"] {
        let refused = ask("/sign-in", host).await;
        assert_eq!(refused.status, 421, "{host}");
        assert!(refused.words().contains("not the address of the staff site"), "{}", refused.words());
        assert_eq!(ask("/healthz", host).await.status, 200, "{host}");
    }
    let two = Request::get("/sign-in").header("host", "localhost").header("host", "evil.example");
    assert_eq!(office.nobody().send(two.body(Body::empty()).unwrap()).await.status, 400);
    let person = office.editor().await;
    let own = Request::post("/sign-out").header("host", "127.0.0.1").header("origin", "http://127.0.0.1");
    assert_eq!(person.send(own.body(Body::empty()).unwrap()).await.status, 403);
}

#[tokio::test]
async fn whoever_lacks_the_role_is_told_so_and_not_that_they_are_another_website() {
    let office = Office::open().await;
    let refused = office.auditor().await.get("/notices/contact/edit").await;
    assert_eq!(refused.status, 403);
    let words = refused.words_of("main");
    assert!(words.contains("Your account may not do that") && !words.contains("another website"), "{words}");
}

#[tokio::test]
async fn assets_of_the_staff_site_are_not_on_the_public_listener() {
    let office = Office::open().await;
    assert_eq!(office.nobody().get("/static/staff.css").await.status, 200);
    assert_eq!(office.public.get("/static/staff.css").await.status, 404);
    assert_eq!(office.public.get("/sign-in").await.status, 404);
}
