//! Bad input through every door: a clear page, never a fault, and nothing of it on the page as code.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::{HeaderValue, Request, Uri};

use crate::support::{Answer, TestSite};

/// Inputs that the list lacks: NULs, lone surrogates, overlong forms, invisible and right-to-left letters, as they go over the wire.
const WIRE: [&str; 14] = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%ED%B0%80",
    "%C0%AF",
    "%C0%80",
    "%E0%80%AF",
    "%F8%88%80%80%80",
    "%FF%FE",
    "%E2%80%AE%D7%90",
    "%E2%80%8B%EF%BB%BF",
    "%",
    "%zz",
    "%0d%0aset-cookie:%20a=b",
];

/// Parameters of addresses: what is typed stands in the place of `{}`.
const DOORS: [&str; 10] = [
    "/{}",
    "/notices/{}",
    "/notices/{}/changes.atom",
    "/notices/helplines/versions/{}",
    "/notices/helplines/versions/{}/json",
    "/notices/{}/versions/1/changes",
    "/static/{}",
    "/contact?as_of={}",
    "/search?q={}",
    "/contact?{}",
];

/// Headers that something in the program reads, and some that nothing should.
const HEADERS: [&str; 13] = [
    "cookie",
    "accept-encoding",
    "sec-gpc",
    "sec-fetch-site",
    "sec-purpose",
    "origin",
    "host",
    "if-none-match",
    "referer",
    "user-agent",
    "accept-language",
    "x-forwarded-for",
    "x-request-id",
];

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The amount of code in a page besides the site's own scripts: nothing that is typed may add to it.
fn code(answer: &Answer) -> (usize, usize, usize) {
    let html = scraper::Html::parse_document(&answer.body);
    let all = scraper::Selector::parse("*").unwrap();
    let mut found = (0, 0, 0);
    for element in html.select(&all).map(|element| element.value()) {
        // A block of data is not run.
        let is_data = element.attr("type") == Some("application/ld+json");
        let ours = is_data || element.attr("src").is_some_and(|source| source.starts_with("/static/"));
        found.0 +=
            usize::from(!ours && ["script", "iframe", "object", "embed", "style", "base"].contains(&element.name()));
        found.1 += element.attrs().filter(|(name, _)| name.starts_with("on") || *name == "style").count();
        found.2 += element
            .attrs()
            .filter(|(name, value)| {
                ["href", "src", "action", "formaction"].contains(name)
                    && value.trim_start().to_lowercase().starts_with("javascript:")
            })
            .count();
    }
    found
}

/// The pages that were looked at: most of them come again and again, letter for letter.
#[derive(Default)]
pub(crate) struct Seen(HashSet<String>);

impl Seen {
    /// Nothing went wrong, and a refusal is a page with a heading.
    pub(crate) fn assert_clear(&mut self, answer: &Answer, what: &str) {
        assert_clear_head(answer, what);
        let plain = answer.body.replace(answer.header("x-request-id"), "");
        if answer.header("content-type").starts_with("text/html") && self.0.insert(plain) {
            assert!(!answer.status.is_client_error() || answer.body.matches("<h1").count() == 1, "{what}");
            let (elements, attributes, links) = code(answer);
            assert!(elements == 0 && attributes == 0 && links == 0, "{what}: {elements} {attributes} {links}");
        }
    }
}

fn assert_clear_head(answer: &Answer, what: &str) {
    let status = answer.status;
    assert!(!status.is_server_error(), "{what} answers {status}");
    assert!(status.is_success() || status.is_redirection() || status.is_client_error(), "{what} answers {status}");
    if status.is_client_error() {
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{what}");
    }
    assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{what}");
    let location = answer.header("location");
    let leads_away = location.starts_with("//") || location.starts_with("/\\") || !location.starts_with('/');
    let exit = location.starts_with("https://www.bbc.co.uk/");
    assert!(location.is_empty() || !leads_away || exit, "{what} leads to {location}");
    for set in answer.set_cookies() {
        assert!(set.starts_with("bluelamp_"), "{what} sets {set}");
    }
}

#[tokio::test]
async fn naughty_strings_in_addresses() {
    let (site, mut seen) = (TestSite::start().await, Seen::default());
    let naughty = naughty_strings::BLNS.iter().map(|text| encoded(text));
    let raw = naughty_strings::BLNS.iter().map(|text| (*text).to_owned());
    let wire = WIRE.iter().map(|text| (*text).to_owned());
    let mut tried = 0;
    for typed in naughty.chain(raw).chain(wire) {
        for door in DOORS {
            let Ok(uri) = door.replace("{}", &typed).parse::<Uri>() else { continue };
            // Only what is an address on this site gets here.
            if uri.authority().is_some() || uri.path_and_query().is_none() {
                continue;
            }
            let answer = site.send(Request::get(uri.clone()).body(Body::empty()).unwrap()).await;
            seen.assert_clear(&answer, &uri.to_string());
            tried += 1;
        }
    }
    assert!(tried > 5000, "only {tried}");
}

#[tokio::test]
async fn an_address_with_a_slash_at_its_end_never_leads_to_another_site() {
    let (site, mut seen) = (TestSite::start().await, Seen::default());
    let before = ["", ".", "..", "%2e", "%2f", "%5c", "\\", "%09", "a", "https:", "~", "@", ";"];
    let mut tried = 0;
    for (one, other) in before.iter().flat_map(|one| before.iter().map(move |other| (one, other))) {
        for mark in ["/", "\\", "%2f", "%5C"] {
            let typed = format!("/{one}{mark}{other}{mark}evil.example/");
            let Ok(uri) = typed.parse::<Uri>() else { continue };
            if uri.authority().is_some() {
                continue;
            }
            let answer = site.send(Request::get(uri).body(Body::empty()).unwrap()).await;
            seen.assert_clear(&answer, &typed);
            let location = answer.header("location");
            let encoded = ["%2f", "%5c", "%09", "\\"].iter().any(|part| location.to_lowercase().contains(part));
            assert!(!encoded && !location.contains("/.") && !location.contains("//"), "{typed} leads to {location}");
            tried += 1;
        }
    }
    assert!(tried > 400, "only {tried}");
    assert_eq!(site.get("/notices/helplines/").await.header("location"), "/notices/helplines");
    assert_eq!(site.get("/.well-known/security.txt/").await.header("location"), "/.well-known/security.txt");
}

#[tokio::test]
async fn a_form_is_judged_by_the_sites_own_address_and_not_by_the_host_it_was_sent_to() {
    let site = TestSite::start().await;
    let own = site.site.settings().public_origin();
    for (origin, host, status) in [
        ("http://evil.example", "evil.example", 403),
        (own.as_str(), "evil.example", 303),
        (own.as_str(), "upstream", 303),
    ] {
        let request = Request::post("/cookies")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", origin)
            .header("host", host)
            .body(Body::from("choice=reject"))
            .unwrap();
        assert_eq!(site.send(request).await.status, status, "{origin} to {host}");
    }
    let page = site.get_with("/contact", "host", "evil.example").await;
    assert!(page.status == 200 && !page.body.contains("evil.example"));
}

#[tokio::test]
async fn naughty_strings_in_forms() {
    let (site, mut seen) = (TestSite::start().await, Seen::default());
    let naughty = naughty_strings::BLNS.iter().map(|text| encoded(text));
    let wire = WIRE.iter().map(|text| (*text).to_owned());
    for typed in naughty.chain(wire) {
        for form in [
            format!("choice={typed}"),
            format!("choice=reject&return_to={typed}"),
            format!("choice=reject&return_to=/{typed}"),
            format!("choice=accept&{typed}=1"),
            typed.clone(),
        ] {
            let answer = site.post("/cookies", form.clone()).await;
            seen.assert_clear(&answer, &form);
        }
    }
    for text in naughty_strings::BLNS {
        for content_type in ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"] {
            let request = Request::post("/cookies").header("content-type", content_type);
            let answer = site.send(request.body(Body::from(*text)).unwrap()).await;
            seen.assert_clear(&answer, text);
        }
    }
}

#[tokio::test]
async fn naughty_strings_in_headers_and_cookies() {
    let (site, mut seen) = (TestSite::start().await, Seen::default());
    for text in naughty_strings::BLNS {
        let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else { continue };
        let mut all = Request::get("/contact");
        for name in HEADERS {
            all = all.header(name, value.clone());
            let request = Request::get("/search?q=a").header(name, value.clone()).body(Body::empty()).unwrap();
            let answer = site.send(request).await;
            seen.assert_clear(&answer, &format!("{name}: {text}"));
            assert_eq!(answer.status, 200, "{name}: {text}");
            assert_ne!(answer.header("x-request-id"), *text, "the name of a request is ours");
        }
        let answer = site.send(all.body(Body::empty()).unwrap()).await;
        seen.assert_clear(&answer, text);
        assert_eq!(answer.status, 200, "{text}");
        for name in ["bluelamp_choice", "bluelamp_visit"] {
            let Ok(value) = HeaderValue::from_bytes(format!("{name}={text}").as_bytes()) else { continue };
            let request = Request::get("/contact").header("cookie", value).body(Body::empty()).unwrap();
            let answer = site.send(request).await;
            assert_eq!(answer.status, 200, "{name}={text}");
            assert!(answer.asks_about_cookies(), "{name}={text} is no choice");
        }
    }
}

#[tokio::test]
async fn input_at_its_size() {
    let (site, mut seen) = (TestSite::start().await, Seen::default());
    let line = "a".repeat(1024 * 1024);
    let answer = site.post("/cookies", format!("choice=reject&return_to=/{line}")).await;
    assert_eq!(answer.status, 413);
    seen.assert_clear(&answer, "1 MB form");
    // An address as long as the library reads.
    for door in DOORS {
        let answer = site.get(&door.replace("{}", &line[..60_000])).await;
        assert_eq!(answer.status, 414, "{door}");
        seen.assert_clear(&answer, door);
    }
    for door in DOORS {
        let answer = site.get(&door.replace("{}", &line[..8_000])).await;
        // A search looks for the first words of whatever is typed.
        let is_read = ["/contact?{}", "/search?q={}"].contains(&door);
        assert!(answer.status.is_client_error() || is_read, "{door} answers {}", answer.status);
        seen.assert_clear(&answer, door);
    }
    for name in HEADERS {
        let answer = site.get_with("/contact", name, &line).await;
        assert_eq!(answer.status, 200, "1 MB in {name}");
    }
    let many = "&as_of=2021-12-01".repeat(400);
    seen.assert_clear(&site.get(&format!("/contact?x=1{many}")).await, "400 parameters");
}

#[tokio::test]
async fn what_is_searched_for_comes_back_as_text() {
    let site = TestSite::start().await;
    for typed in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus='x",
        "&lt;b&gt;",
        "{{7*7}}",
    ] {
        let answer = site.get(&format!("/search?q={}", encoded(typed))).await;
        assert_eq!(answer.status, 200, "{typed}");
        let boxes = answer.attributes("input[name=q]", "value");
        assert!(boxes.iter().any(|value| value == typed), "{typed}: {boxes:?}");
        assert_eq!(code(&answer), (0, 0, 0), "{typed}");
    }
}
