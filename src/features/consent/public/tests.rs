use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use jiff::Timestamp;
use tower::ServiceExt as _;

use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::database::{Database, DatabaseSettings};
use crate::features::consent::public::*;
use crate::features::consent::{Visitor, asks, paths};
use crate::site::declared::Declared;
use crate::site::published::Published;

const RECEIPT: &str = "00112233445566778899aabbccddeeff";

/// A site of which nothing is published: its cookie notice counts as version 1. Nothing here waits for a database.
fn site() -> Site {
    let database = Database::new("postgres://nobody@127.0.0.1:1/none", &DatabaseSettings::default()).unwrap();
    let clock = Clock::fixed(Timestamp::from_second(1_795_000_000).unwrap());
    Site::new(Settings::for_tests(), database, clock, Declared::default(), Published::default())
}

async fn told(visitor: Visitor) -> String {
    format!("{:?} {}", visitor.banner, visitor.return_to)
}

async fn send(recorder: &Recorder, request: Request<Body>) -> Response {
    let recorder = recorder.clone();
    let choose = move |site, client, headers, form| choose(site, recorder.clone(), client, headers, form);
    let router = Router::new().route("/page", get(told)).route(paths::COOKIES, post(choose));
    router.with_state(site()).oneshot(request).await.unwrap()
}

fn form() -> axum::http::request::Builder {
    Request::post(paths::COOKIES).header("content-type", "application/x-www-form-urlencoded")
}

async fn choose_with(recorder: &Recorder, body: &'static str, cookie: &str) -> Response {
    send(recorder, form().header("cookie", cookie).body(Body::from(body)).unwrap()).await
}

fn set_cookies(response: &Response) -> Vec<&str> {
    response.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn an_accept_is_honoured_also_where_no_record_can_be_made() {
    let recorder = Recorder::default();
    for cookie in ["a=b".to_owned(), format!("bluelamp_choice=1.statistics.{RECEIPT}")] {
        let response = choose_with(&recorder, "choice=accept&return_to=%2Fsearch%3Fq%3Dlost%2520dog", &cookie).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["location"], "/search?q=lost%20dog&cookies=saved");
        assert_eq!(
            set_cookies(&response),
            ["bluelamp_choice=1.statistics; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"]
        );
    }
    assert!(recorder.consents.is_empty());
}

#[tokio::test]
async fn a_reject_leaves_the_choice_and_nothing_else() {
    let recorder = Recorder::default();
    let cookie = format!("bluelamp_choice=1.statistics.{RECEIPT}; bluelamp_visit=1");
    let response = choose_with(&recorder, "choice=reject", &cookie).await;
    assert_eq!(
        set_cookies(&response),
        [
            "bluelamp_choice=1.none; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax",
            "bluelamp_visit=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
        ]
    );
    assert!(recorder.consents.is_empty());
}

#[tokio::test]
async fn a_choice_that_is_none_is_told_so_and_nothing_is_saved() {
    let recorder = Recorder::default();
    for body in ["", "choice=", "choice=maybe", "choice=ACCEPT", "return_to=/"] {
        let response = choose_with(&recorder, body, "a=b").await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(set_cookies(&response).is_empty(), "{body}");
    }
    assert!(recorder.consents.is_empty());
}

#[tokio::test]
async fn another_site_is_never_come_back_to() {
    for body in [
        "choice=reject&return_to=https%3A%2F%2Fevil.test",
        "choice=reject&return_to=%2F%2Fevil.test",
        "choice=reject&return_to=%2F%5Cevil.test",
        "choice=reject&return_to=%2Fa%0D%0Ax",
    ] {
        let response = choose_with(&Recorder::default(), body, "a=b").await;
        assert_eq!(response.headers()["location"], "/?cookies=saved", "{body}");
    }
}

#[tokio::test]
async fn the_banner_asks_confirms_and_goes() {
    let accepted = format!("bluelamp_choice=1.statistics.{RECEIPT}");
    for (address, headers, said) in [
        ("/page?q=1", vec![], "Asks /page?q=1"),
        ("/page", vec![("cookie", "bluelamp_choice=nonsense")], "Asks /page"),
        ("/page", vec![("sec-gpc", "1")], "Hidden /page"),
        ("/page", vec![("sec-gpc", "0")], "Asks /page"),
        ("/page?cookies=saved", vec![], "Asks /page"),
        ("/page?cookies=saved&q=1", vec![("cookie", "bluelamp_choice=1.none")], "ConfirmsReject /page?q=1"),
        ("/page?cookies=saved", vec![("cookie", accepted.as_str())], "ConfirmsAccept /page"),
        ("/page?cookies=saved", vec![("cookie", accepted.as_str()), ("sec-gpc", "1")], "ConfirmsAccept /page"),
        ("/page", vec![("cookie", accepted.as_str())], "Hidden /page"),
    ] {
        let request =
            headers.iter().fold(Request::get(address), |request, (name, value)| request.header(*name, *value));
        let response = send(&Recorder::default(), request.body(Body::empty()).unwrap()).await;
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert_eq!(body, said, "{address} {headers:?}");
    }
}

#[tokio::test]
async fn the_fast_question_agrees_with_the_visitor() {
    let site = site();
    let edition = site.edition();
    let mut headers = HeaderMap::new();
    assert!(asks(&headers, &site, &edition));
    headers.insert("sec-gpc", HeaderValue::from_static("1"));
    assert!(!asks(&headers, &site, &edition));
    headers.clear();
    headers.insert("cookie", HeaderValue::from_static("bluelamp_choice=1.none"));
    assert!(!asks(&headers, &site, &edition));
}

#[tokio::test]
async fn an_address_that_the_site_does_not_have_is_not_counted() {
    let recorder = Recorder::default();
    let site = site();
    let counted = recorder.count(&site, &site.edition(), &HeaderMap::new(), "no-such-page");
    assert!(counted.is_none());
    assert!(recorder.counts.take().is_empty());
}
