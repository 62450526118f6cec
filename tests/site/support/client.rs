//! A browser without scripts at the public or the staff site: it keeps cookies, sends them back, and says where its forms come from.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use bluelamp::base::web::client::Peer;
use bluelamp::desk::accounts::Desk;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;

use super::{Answer, TestSite};

/// The only client that tests use in process.
#[derive(Clone)]
pub(crate) struct Client {
    site: BoxCloneSyncService<Request<Body>, Response, Infallible>,
    /// The origin that forms of the public site come from.
    origin: Option<String>,
    session_cookie: &'static str,
    /// The cookies that it holds, by name.
    pub(crate) cookies: BTreeMap<String, Cookie>,
    /// The other end of its connection, and what a proxy there says.
    pub(crate) peer: Option<IpAddr>,
    pub(crate) forwarded: Option<String>,
    headers: Vec<(&'static str, &'static str)>,
}

/// A cookie as it was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) value: String,
    /// Seconds; `None` for a cookie that goes when the browser is closed.
    pub(crate) max_age: Option<i64>,
    /// Everything after the value.
    pub(crate) attributes: String,
}

impl Client {
    /// A visitor of the public site.
    pub(super) fn of_site(site: &TestSite) -> Self {
        let origin = site.site.settings().public_origin();
        Self::new(BoxCloneSyncService::new(site.service.clone()), Some(origin), "")
    }

    /// A browser at the staff site.
    pub(crate) fn of_desk(desk: &Desk) -> Self {
        let router = bluelamp::routes::staff::router(desk.clone()).unwrap();
        Self::new(BoxCloneSyncService::new(router), None, desk.cookies().session)
    }

    fn new(
        site: BoxCloneSyncService<Request<Body>, Response, Infallible>,
        origin: Option<String>,
        session_cookie: &'static str,
    ) -> Self {
        Self {
            site,
            origin,
            session_cookie,
            cookies: BTreeMap::new(),
            peer: None,
            forwarded: None,
            headers: Vec::new(),
        }
    }

    /// A browser that sends a header with everything.
    pub(crate) fn whose_browser_sends(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// A browser that holds a session.
    pub(crate) fn with_session(mut self, secret: &str) -> Self {
        let cookie = Cookie { value: secret.to_owned(), ..Cookie::default() };
        self.cookies.insert(self.session_cookie.to_owned(), cookie);
        self
    }

    pub(crate) async fn send(&mut self, request: Request<Body>) -> Answer {
        let answer = Answer::read(self.respond(request).await).await;
        for set in answer.set_cookies() {
            let (pair, attributes) = set.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let max_age = attributes.split("Max-Age=").nth(1).and_then(|rest| rest.split(';').next());
            let max_age = max_age.map(|seconds| seconds.parse().unwrap());
            if value.is_empty() || max_age.is_some_and(|seconds| seconds <= 0) {
                self.cookies.remove(name);
            } else {
                let cookie = Cookie { value: value.to_owned(), max_age, attributes: attributes.trim().to_owned() };
                self.cookies.insert(name.to_owned(), cookie);
            }
        }
        answer
    }

    async fn respond(&self, mut request: Request<Body>) -> Response {
        let jar: Vec<String> = self.cookies.iter().map(|(name, cookie)| format!("{name}={}", cookie.value)).collect();
        let headers = request.headers_mut();
        if !jar.is_empty() {
            headers.insert(header::COOKIE, jar.join("; ").parse().unwrap());
        }
        if let Some(forwarded) = &self.forwarded {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        for (name, value) in &self.headers {
            headers.insert(*name, value.parse().unwrap());
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(Peer(peer));
        }
        self.site.clone().oneshot(request).await.unwrap()
    }

    /// Opens an address, without following where it leads.
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form from one of the site's own pages.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.submit(path, &encode(fields)).await
    }

    /// Sends a form that is encoded already.
    pub(crate) async fn submit(&mut self, path: &str, fields: &str) -> Answer {
        let mut request = encoded_form(path, fields.to_owned());
        if let Some(origin) = &self.origin {
            request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        }
        self.send(request).await
    }

    /// Opens a page, fills in the form that posts to `action` over what it holds already, and sends it.
    pub(crate) async fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let held = self.fill_in(page, action, fields).await;
        self.post(action, &pairs(&held)).await
    }

    /// The fields of a form of a page, with some filled in.
    pub(crate) async fn fill_in(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let opened = self.get(page).await;
        assert_eq!(opened.status, StatusCode::OK, "{page}: {}", opened.words());
        let mut held = held_fields(&opened.body, action)
            .unwrap_or_else(|| panic!("{page} has no form that posts to {action}: {}", opened.words()));
        for (name, value) in fields {
            held.retain(|(known, _)| known != name);
            held.push(((*name).to_owned(), (*value).to_owned()));
        }
        held
    }

    /// Chooses about cookies and comes back to the page that the choice was made on.
    pub(crate) async fn choose(&mut self, choice: &str, on: &str) -> Answer {
        let chosen = self.post("/cookies", &[("choice", choice), ("return_to", on)]).await;
        assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.words());
        self.get(chosen.header("location")).await
    }

    /// Types address and password at the staff site.
    pub(crate) async fn type_password(&mut self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Tells whether somebody is signed in with it.
    pub(crate) async fn is_in(&mut self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }

    /// The secret of the session that it holds.
    pub(crate) fn session(&self) -> Option<&str> {
        self.cookie(self.session_cookie)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(|cookie| cookie.value.as_str())
    }

    /// The names of all cookies that it holds.
    pub(crate) fn cookie_names(&self) -> Vec<&str> {
        self.cookies.keys().map(String::as_str).collect()
    }

    /// The length of a page or a file as it goes over the wire, compressed with Brotli.
    pub(crate) async fn weigh(&self, path: &str) -> usize {
        let request = Request::get(path).header(header::ACCEPT_ENCODING, "br").body(Body::empty()).unwrap();
        let response = self.respond(request).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "br", "{path}");
        response.into_body().collect().await.unwrap().to_bytes().len()
    }
}

/// A form as a page of the site sends it.
pub(crate) fn form(path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    encoded_form(path, encode(fields))
}

fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn encoded_form(path: &str, fields: String) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .body(Body::from(fields))
        .unwrap()
}

/// Fields as [`Client::post`] takes them.
pub(crate) fn pairs(held: &[(String, String)]) -> Vec<(&str, &str)> {
    held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The fields of a form as its page shows it: hidden, typed and ticked ones; buttons are not pressed.
pub(crate) fn held_fields(html: &str, action: &str) -> Option<Vec<(String, String)>> {
    let page = scraper::Html::parse_document(html);
    let selector = |text: &str| scraper::Selector::parse(text).unwrap();
    let form = page.select(&selector("form")).find(|form| form.value().attr("action") == Some(action))?;
    let mut fields = Vec::new();
    for input in form.select(&selector("input[name], textarea[name], select[name]")) {
        let element = input.value();
        let name = element.attr("name").unwrap().to_owned();
        let kind = element.attr("type").unwrap_or("text");
        if matches!(kind, "checkbox" | "radio") && element.attr("checked").is_none() {
            continue;
        }
        let value = match element.name() {
            // The parser drops the line break that follows the start tag.
            "textarea" => input.text().collect(),
            "select" => input
                .select(&selector("option[selected]"))
                .next()
                .or_else(|| input.select(&selector("option")).next())
                .map_or_else(String::new, |option| {
                    option.value().attr("value").map_or_else(|| option.text().collect(), ToOwned::to_owned)
                }),
            _ if matches!(kind, "checkbox" | "radio") => element.attr("value").unwrap_or("on").to_owned(),
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        fields.push((name, value));
    }
    Some(fields)
}
