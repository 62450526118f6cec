//! A member of the public with a browser: it keeps cookies, sends them back, and says where its forms come from.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, header};

use super::{Answer, TestSite};

/// A visitor of a site.
pub(crate) struct Visitor<'a> {
    site: &'a TestSite,
    /// What they hold, by name.
    pub(crate) cookies: BTreeMap<String, Cookie>,
    headers: Vec<(&'static str, &'static str)>,
}

/// A cookie as it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) value: String,
    /// Seconds.
    pub(crate) max_age: i64,
    /// Everything after the value.
    pub(crate) attributes: String,
}

impl<'a> Visitor<'a> {
    pub(super) fn of(site: &'a TestSite) -> Self {
        Self { site, cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// A browser that sends a header with everything.
    pub(crate) fn whose_browser_sends(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Opens an address, without following where it leads.
    pub(crate) async fn open(&mut self, path: &str) -> Answer {
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        self.send(request).await
    }

    /// Sends a form from one of the site's own pages.
    pub(crate) async fn submit(&mut self, path: &str, form: &str) -> Answer {
        let origin = self.site.site.settings().public_origin();
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.send(request).await
    }

    /// Chooses about cookies and comes back to the page that the choice was made on.
    pub(crate) async fn choose(&mut self, choice: &str, on: &str) -> Answer {
        let on: String = url::form_urlencoded::byte_serialize(on.as_bytes()).collect();
        let chosen = self.submit("/cookies", &format!("choice={choice}&return_to={on}")).await;
        assert_eq!(chosen.status, 303, "{}", chosen.words());
        self.open(chosen.header("location")).await
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(|cookie| cookie.value.as_str())
    }

    /// The names of all cookies that the browser holds.
    pub(crate) fn cookie_names(&self) -> Vec<&str> {
        self.cookies.keys().map(String::as_str).collect()
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path);
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, cookie)| format!("{name}={}", cookie.value)).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    }

    async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = self.site.send(request).await;
        for set in answer.set_cookies() {
            let (pair, attributes) = set.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let max_age = attributes.split("Max-Age=").nth(1).and_then(|rest| rest.split(';').next());
            let max_age = max_age.unwrap().parse().unwrap();
            if max_age > 0 {
                let cookie = Cookie { value: value.to_owned(), max_age, attributes: attributes.trim().to_owned() };
                self.cookies.insert(name.to_owned(), cookie);
            } else {
                self.cookies.remove(name);
            }
        }
        answer
    }
}
