//! Every URL of the public site, one after another: what it answers, how long it may be kept, and what stands on every answer,
//! on errors most of all.

use std::future::pending;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Request};
use axum::routing::{get, post};
use bluelamp::base::config::Settings;
use bluelamp::base::error::AppError;
use bluelamp::base::sealing::Keys;
use bluelamp::features;
use bluelamp::features::consent::Recorder;
use bluelamp::routes::public::table;
use bluelamp::site::{Site, paths};

use crate::support::{Answer, NOON, TestSite};

const HTML: &str = "text/html; charset=utf-8";
const ATOM: &str = "application/atom+xml; charset=utf-8";
const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Every route: its pattern in the README, an address of it, what kind of content it answers with, and for how long that may
/// be kept.
const ROUTES: [(&str, &str, &str, &str); 38] = [
    ("/", "/", HTML, "no-store"),
    ("/{page}", "/website-privacy", HTML, "no-store"),
    ("/{page}", "/contact", HTML, "no-store"),
    ("/{notice}", "/helplines", HTML, "no-store"),
    ("/{page}?as_of=2021-12-01", "/website-privacy?as_of=2021-12-01", HTML, "no-store"),
    ("/notices", "/notices", HTML, "no-store"),
    ("/notices/{notice}", "/notices/website-privacy", HTML, "no-store"),
    ("/notices/{notice}/versions/{n}", "/notices/website-privacy/versions/1", HTML, "no-store"),
    ("…/json", "/notices/website-privacy/versions/1/json", JSON, "no-store"),
    ("…/changes", "/notices/website-privacy/versions/2/changes", HTML, "no-store"),
    ("/notices/changes.atom", "/notices/changes.atom", ATOM, "no-store"),
    ("/notices/{notice}/changes.atom", "/notices/website-privacy/changes.atom", ATOM, "no-store"),
    ("/notices/proof", "/notices/proof", HTML, "no-store"),
    ("/notices/proof/checkpoint", "/notices/proof/checkpoint", PLAIN, "no-store"),
    ("/notices/proof/tile/…", "/notices/proof/tile/0/000.p/2", BYTES, "no-store"),
    ("/notices/proof/tile/entries/…", "/notices/proof/tile/entries/000.p/2", BYTES, "no-store"),
    ("/notices/proof/entries/{number}/json", "/notices/proof/entries/1/json", JSON, "no-store"),
    ("/cookies", "/cookies", HTML, "no-store"),
    ("/quick-exit", "/quick-exit", "", "no-store"),
    ("/return", "/return", HTML, "no-store"),
    ("/search?q=", "/search?q=samaritans", HTML, "no-store"),
    ("/webchat", "/webchat", HTML, "no-store"),
    ("/webchat/chat", "/webchat/chat", "", "no-store"),
    ("/webchat/chat/check", "/webchat/chat/check", "", "no-store"),
    ("/webchat/chat/end", "/webchat/chat/end", "", "no-store"),
    ("/webchat/return", "/webchat/return", HTML, "no-store"),
    ("/report", "/report", HTML, "no-store"),
    ("/requests", "/requests", "", "no-store"),
    ("/static/{hash}/{file}", "STYLESHEET", "text/css; charset=utf-8", "public, max-age=31536000, immutable"),
    ("/static/{file}", "/static/site.css", "text/css; charset=utf-8", "no-cache"),
    ("/healthz", "/healthz", JSON, "no-store"),
    ("/readyz", "/readyz", JSON, "no-store"),
    ("/.well-known/security.txt", "/.well-known/security.txt", PLAIN, "no-cache"),
    ("/robots.txt", "/robots.txt", PLAIN, "no-cache"),
    ("/sitemap.xml", "/sitemap.xml", "application/xml; charset=utf-8", "no-cache"),
    ("/favicon.svg", "/favicon.svg", "image/svg+xml", "no-cache"),
    ("/favicon.ico", "/favicon.ico", "image/vnd.microsoft.icon", "no-cache"),
    ("/apple-touch-icon.png", "/apple-touch-icon.png", "image/png", "no-cache"),
];

/// Those routes, and every page that a feature declares, of which the rest is the same for all.
fn routes() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let declared = features::ALL.iter().flat_map(|feature| feature.public_paths).copied();
    let more = declared.filter(|path| !path.contains('{') && ROUTES.iter().all(|(_, known, ..)| known != path));
    ROUTES.into_iter().chain(more.map(|path| (path, path, HTML, "no-store"))).collect()
}

/// Addresses that take a form as well.
fn takes_forms(path: &str) -> bool {
    table(&Recorder::default()).iter().any(|route| route.method == Method::POST && route.path == path)
}

fn address(path: &str) -> &str {
    if path == "STYLESHEET" { bluelamp::base::web::assets::stylesheet() } else { path }
}

async fn ask(site: &TestSite, method: &str, path: &str) -> Answer {
    site.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
}

/// Checks the headers that every answer carries, whoever made it.
fn assert_safe(answer: &Answer, what: &str) {
    let csp = answer.header("content-security-policy");
    for wanted in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(csp.contains(wanted), "{what}: {csp}");
    }
    assert!(!csp.contains("unsafe") && !csp.contains("nonce"), "{what}: {csp}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert!(["same-origin", "no-referrer"].contains(&answer.header("referrer-policy")), "{what}");
    assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("x-request-id").len(), 36, "{what}");
    assert_ne!(answer.header("cache-control"), "", "{what}");
    assert_eq!(answer.header("server"), "", "{what}");
    if answer.header("content-type").starts_with("text/html") {
        assert_eq!(answer.header("request-otr"), "?1", "{what}");
        assert!(answer.header("vary").contains("cookie"), "{what}: {}", answer.header("vary"));
    }
}

/// A page that helps whoever got it.
fn assert_helps(answer: &Answer, what: &str) {
    assert_safe(answer, what);
    assert_eq!(answer.header("content-type"), HTML, "{what}: {}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert!(answer.set_cookies().is_empty(), "{what}");
    assert_eq!(answer.body.matches("<h1").count(), 1, "{what}");
    assert!(answer.words_of("main").contains(answer.header("x-request-id")), "{what}");
    let links = answer.attributes("main a", "href");
    assert!(links.contains(&"/".to_owned()) && links.contains(&"tel:999".to_owned()), "{what}: {links:?}");
    assert!(answer.attributes("a", "href").contains(&"/quick-exit".to_owned()), "{what}");
}

#[test]
fn every_route_of_the_readme_is_walked() {
    let readme = include_str!("../../README.md");
    let table = readme.split("## Routes").nth(1).unwrap().split("A test from outside").next().unwrap();
    let mut told: Vec<String> = Vec::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        for part in line.split('`').skip(1).step_by(2) {
            if part.starts_with('/') || part.starts_with('…') {
                told.push(part.to_owned());
            }
        }
    }
    assert!(told.len() > 20, "{told:?}");
    for pattern in told {
        assert!(ROUTES.iter().any(|(known, ..)| *known == pattern), "{pattern} is not walked");
    }
}

#[test]
fn every_page_of_the_table_is_walked() {
    let fits = |pattern: &str, path: &str| {
        let path = path.split('?').next().unwrap();
        let same = |(part, said): (&str, &str)| part == said || part.starts_with('{') && !said.is_empty();
        match pattern.split_once("{*") {
            Some((start, _)) => path.starts_with(start),
            None => {
                pattern.split('/').count() == path.split('/').count()
                    && pattern.split('/').zip(path.split('/')).all(same)
            }
        }
    };
    // A link to a draft is walked in the tests of previews.
    for route in table(&Recorder::default()).iter().filter(|route| route.path != paths::PREVIEW) {
        let is_walked = routes().iter().any(|(_, path, ..)| fits(route.path, address(path)));
        assert!(is_walked, "{} is not walked", route.path);
    }
}

#[tokio::test]
async fn every_route_answers_with_its_headers_and_no_cookie() {
    let site = TestSite::start().await;
    site.sign(&Keys::generate().unwrap()).await.unwrap();
    for (_, path, content_type, policy) in routes() {
        let path = address(path);
        let answer = ask(&site, "GET", path).await;
        let expected = if content_type.is_empty() { 303 } else { 200 };
        assert_eq!(answer.status, expected, "{path}");
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert_eq!(answer.header("cache-control"), policy, "{path}");
        assert_safe(&answer, path);
        assert_eq!(answer.set_cookies().len(), usize::from(path == "/quick-exit"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: plain http");

        let head = ask(&site, "HEAD", path).await;
        assert_eq!((head.status, head.body.as_str()), (answer.status, ""), "{path}");
        for (name, value) in &answer.headers {
            if name != "x-request-id" {
                assert_eq!(head.headers.get(name), Some(value), "{path}: {name}");
            }
        }
    }
}

#[tokio::test]
async fn on_https_every_answer_binds_the_browser_to_it() {
    let mut settings = Settings::for_tests();
    settings.public_url = "https://www.northshire.example/".parse().unwrap();
    let site = TestSite::start_with(settings).await;
    for path in routes().into_iter().map(|(_, path, ..)| address(path)).chain(["/nothing", "/contact/"]) {
        let answer = site.get(path).await;
        assert!(answer.header("strict-transport-security").contains("max-age=63072000"), "{path}");
    }
}

#[tokio::test]
async fn what_a_route_does_not_do_is_told_with_what_it_does() {
    let site = TestSite::start().await;
    for (_, path, ..) in routes() {
        let path = address(path);
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FROBNICATE"] {
            if method == "POST" && takes_forms(path) {
                continue;
            }
            let answer = ask(&site, method, path).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").contains("GET"), "{method} {path}: {}", answer.header("allow"));
            assert_helps(&answer, &format!("{method} {path}"));
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_is_taken_off_for_good() {
    let site = TestSite::start().await;
    for (_, path, ..) in routes().into_iter().filter(|(_, path, ..)| *path != "/") {
        let path = address(path);
        let (plain, query) =
            path.split_once('?').map_or((path, String::new()), |(plain, query)| (plain, format!("?{query}")));
        for method in [Method::GET, Method::HEAD] {
            let answer = ask(&site, method.as_str(), &format!("{plain}/{query}")).await;
            assert_eq!(answer.status, 308, "{path}");
            assert_eq!(answer.header("location"), path);
            assert_safe(&answer, path);
        }
    }
    for elsewhere in ["//evil.test/", "//evil.test", "/\\evil.test/", "/contact//"] {
        let answer = ask(&site, "GET", &elsewhere.replace('\\', "%5C")).await;
        assert!(answer.status.is_client_error() || !answer.header("location").starts_with("//"), "{elsewhere}");
    }
}

#[tokio::test]
async fn forms_are_taken_where_there_are_forms() {
    let site = TestSite::start().await;
    for (path, form, status) in [
        ("/cookies", "choice=reject", 303),
        ("/quick-exit", "", 200),
        ("/return", "", 303),
        ("/cookies", "choice=x", 422),
    ] {
        let answer = site.post(path, form).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_safe(&answer, path);
    }
}

#[tokio::test]
async fn every_error_of_the_site_is_a_page_that_helps() {
    let site = TestSite::start().await;
    let long = "a".repeat(65_000);
    for (path, status) in [
        ("/nothing", 404),
        ("/notices/nothing", 404),
        ("/notices/website-privacy/versions/3", 404),
        ("/static/000000000000/site.css", 404),
        ("/favicon.png", 404),
        ("/%ff", 400),
        ("/contact?as_of=%ff", 400),
        ("/contact?as_of=yesterday", 422),
        (&format!("/{long}"), 414),
        (&format!("/search?q={long}"), 414),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, status, "{}", &path[..path.len().min(50)]);
        assert_helps(&answer, path);
    }
    let too_much = site.post("/cookies", format!("choice={long}{long}")).await;
    assert_eq!(too_much.status, 413);
    assert_helps(&too_much, "a long form");
    let no_form = Request::post("/cookies").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    let no_form = site.send(no_form).await;
    assert_eq!(no_form.status, 422);
    assert_helps(&no_form, "no form");
    let elsewhere = Request::post("/cookies").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    let elsewhere = site.send(elsewhere).await;
    assert_eq!(elsewhere.status, 403);
    assert_helps(&elsewhere, "from another site");
}

#[tokio::test]
async fn faults_and_limits_of_the_program_are_pages_that_help() {
    let mut settings = Settings::for_tests();
    settings.request_timeout = Duration::from_millis(50);
    // The panic of this test is no news.
    let routes: Router<Site> = Router::new()
        .route("/many", get(async || AppError::TooMany { retry_after: 7 }))
        .route("/away", get(async || AppError::Unavailable))
        .route("/fault", get(async || AppError::Internal(std::io::Error::other("hunter2").into())))
        .route("/panic", get(panics))
        .route("/slow", get(async || pending::<()>().await))
        .route("/upload", post(async |body: Bytes| body));
    let site = TestSite::start_with(settings).await.with_routes(routes);
    for (path, status, retry) in
        [("/many", 429, "7"), ("/away", 503, "30"), ("/fault", 500, ""), ("/panic", 500, ""), ("/slow", 503, "")]
    {
        let answer = site.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("retry-after"), retry, "{path}");
        assert_helps(&answer, path);
        assert!(!answer.body.contains("hunter2"), "{path}");
    }
    let never = Body::from_stream(futures_util::stream::pending::<Result<Bytes, std::io::Error>>());
    let slow = site.send(Request::post("/upload").body(never).unwrap()).await;
    assert_eq!(slow.status, 408);
    assert_helps(&slow, "a form that never comes");
}

async fn panics() -> &'static str {
    std::panic::resume_unwind(Box::new("hunter2"))
}

#[tokio::test]
async fn a_fault_of_the_database_is_a_page_and_the_current_pages_stay() {
    let site = TestSite::start().await;
    sqlx::raw_sql("drop view public_entry").execute(&mut site.connection().await).await.unwrap();
    let answer = site.get("/notices/website-privacy/versions/1").await;
    assert_eq!(answer.status, 500);
    assert_helps(&answer, "a broken database");
    assert!(!answer.body.contains("public_entry"));
    assert_eq!(site.get("/website-privacy").await.status, 200);
    site.site.database().mark_away(&"for a test");
    let answer = site.get("/website-privacy?as_of=2021-12-01").await;
    assert_eq!(answer.status, 503);
    assert_helps(&answer, "a database that is away");
}

#[tokio::test]
async fn machines_are_told_whether_the_node_serves() {
    let site = TestSite::start().await;
    let word = async |site: &TestSite, path: &str| {
        let answer = site.get(path).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        (answer.status.as_u16(), json["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(word(&site, "/readyz").await, (200, "ready".to_owned()));
    site.site.database().mark_away(&"for a test");
    assert_eq!(word(&site, "/readyz").await, (200, "degraded".to_owned()));
    assert_eq!(word(&site, "/healthz").await, (200, "alive".to_owned()));
    let nothing = TestSite::of(bluelamp::site::published::Published::default(), NOON);
    nothing.site.database().mark_away(&"for a test");
    assert_eq!(word(&nothing, "/readyz").await, (503, "unavailable".to_owned()));
}

#[tokio::test]
async fn machines_find_security_txt_robots_and_the_pages() {
    let mut settings = Settings::for_tests();
    settings.public_url = "https://www.northshire.example/".parse().unwrap();
    let site = TestSite::start_with(settings).await;
    let security = site.get("/.well-known/security.txt").await.body;
    for field in [
        "Contact: mailto:security@northshire.example",
        "Expires: 2",
        "Canonical: https://www.northshire.example/.well-known/security.txt",
    ] {
        assert!(security.contains(field), "{security}");
    }
    let expires = security.lines().find_map(|line| line.strip_prefix("Expires: ")).unwrap();
    expires.parse::<jiff::Timestamp>().unwrap();
    let robots = site.get("/robots.txt").await.body;
    assert!(robots.contains("Sitemap: https://www.northshire.example/sitemap.xml"));
    assert!(robots.contains("Disallow: /quick-exit"));
    let sitemap = site.get("/sitemap.xml").await.body;
    for path in ["/", "/website-privacy", "/contact"] {
        assert!(sitemap.contains(&format!("<loc>https://www.northshire.example{path}</loc>")), "{path}");
    }
}
