//! A browser with a cookie jar, and people who set up their own sign-in with it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use bluelamp::base::audit::Who;
use bluelamp::base::web::client::Peer;
use bluelamp::desk::accounts::invite;
use bluelamp::desk::accounts::invite::Newcomer;
use bluelamp::desk::accounts::{Desk, Role, cleanup};
use http_body_util::BodyExt as _;
use jiff::{SignedDuration, Timestamp};
use sqlx::Connection as _;
use totp_rs::{Builder, Secret, Totp};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::people;
pub(crate) use super::people::form;
use super::people::{Office, filled, held_fields};
use crate::support::Answer;

/// A browser without scripts that keeps cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    desk: Desk,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The other end of its connection, and what a proxy there says.
    pub(crate) peer: Option<IpAddr>,
    pub(crate) forwarded: Option<String>,
}

/// Somebody with a password and an app, signed in.
pub(crate) struct Settled {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) secret: String,
    pub(crate) codes: Vec<String>,
    pub(crate) browser: Browser,
}

pub(crate) const PASSWORD: &str = "harbour violet casting umbrella";

impl Browser {
    pub(crate) fn new(office: &Office) -> Self {
        Self { desk: office.desk.clone(), cookies: BTreeMap::new(), peer: None, forwarded: None }
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() {
            let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(header::COOKIE, jar.join("; ").parse().unwrap());
        }
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(Peer(peer));
        }
        if let Some(forwarded) = &self.forwarded {
            request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        let answer = people::send(&self.desk, request).await;
        for cookie in answer.set_cookies() {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// How many bytes go over the wire for a page or a file, packed by Brotli.
    pub(crate) async fn weigh(&self, path: &str) -> usize {
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::get(path)
            .header(header::ACCEPT_ENCODING, "br")
            .header(header::COOKIE, jar.join("; "))
            .body(Body::empty())
            .unwrap();
        let response = bluelamp::routes::staff::router(self.desk.clone()).unwrap().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "br", "{path}");
        response.into_body().collect().await.unwrap().to_bytes().len()
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(form(path, fields)).await
    }

    /// Opens a page, fills in the form that posts to `action`, and sends it.
    pub(crate) async fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let opened = self.get(page).await;
        let held = filled(&opened, page, action, fields);
        let pairs: Vec<(&str, &str)> = held.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &pairs).await
    }

    /// The name of the session's cookie and its value.
    pub(crate) fn session(&self) -> Option<&String> {
        self.cookies.get(self.desk.cookies().session)
    }

    /// Whether somebody is signed in with it.
    pub(crate) async fn is_in(&mut self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }

    /// Types address and password.
    pub(crate) async fn type_password(&mut self, email: &str, password: &str) -> Answer {
        self.post("/sign-in", &[("email", email), ("password", password)]).await
    }
}

/// The code that an app with a secret shows at a time.
pub(crate) fn code_at(secret: &str, at: Timestamp) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp: Totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(u64::try_from(at.as_second()).unwrap()).to_string()
}

/// The secret that a page shows to be typed into an app.
pub(crate) fn shown_secret(html: &str) -> String {
    let page = scraper::Html::parse_document(html);
    let selector = scraper::Selector::parse("form p code").unwrap();
    page.select(&selector).next().unwrap().text().collect()
}

/// The recovery codes that a page shows.
pub(crate) fn shown_codes(html: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(html);
    let selector = scraper::Selector::parse("ol.codes code").unwrap();
    page.select(&selector).map(|code| code.text().collect()).collect()
}

impl Office {
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, time: SignedDuration) {
        self.public.clock.set(self.desk.now() + time);
    }

    /// Makes an account and gives the path of its set-up link.
    pub(crate) async fn invite(&self, name: &str, email: &str, roles: &[Role]) -> (Uuid, String) {
        let mut connection = self.public.connection().await;
        let mut transaction = connection.begin().await.unwrap();
        let newcomer = Newcomer { name, email, roles };
        let (id, secret) =
            invite::add(&mut transaction, self.desk.keys(), Who::CONSOLE, &newcomer, self.desk.now()).await.unwrap();
        transaction.commit().await.unwrap();
        (id, format!("/welcome/{}", secret.text()))
    }

    /// Somebody who set up a password and an app.
    pub(crate) async fn settled(&self, name: &str, roles: &[Role]) -> Settled {
        let email = format!("{}@northshire.example", name.to_lowercase().replace(' ', "."));
        let (id, link) = self.invite(name, &email, roles).await;
        let mut browser = self.browser();
        let secret = shown_secret(&browser.get(&link).await.body);
        let opened = browser.get(&link).await;
        let held = held_fields(&opened.body, &link).unwrap();
        assert_ne!(shown_secret(&opened.body), secret, "each opening shows a secret of its own");
        let secret = shown_secret(&opened.body);
        let app = held.iter().find(|(name, _)| name == "app").unwrap().1.clone();
        let code = code_at(&secret, self.desk.now());
        let done = browser.post(&link, &[("password", PASSWORD), ("app", &app), ("code", &code)]).await;
        assert_eq!(done.header("location"), "/account/codes", "{}", done.words());
        let codes = shown_codes(&browser.get("/account/codes").await.body);
        self.pass(SignedDuration::from_secs(30));
        Settled { id, email, secret, codes, browser }
    }

    /// How often something was recorded, with its details.
    pub(crate) async fn recorded(&self, action: &str) -> Vec<String> {
        let mut connection = self.public.connection().await;
        sqlx::query_scalar(
            "select coalesce(actor_name, '') || ' ' || subject || ' ' || details from audit_entry where action = $1 order by id",
        )
        .bind(action)
        .fetch_all(&mut connection)
        .await
        .unwrap()
    }
}

impl Office {
    /// What the log says of failed sign-ins, once their minutes are over.
    pub(crate) async fn failed_sign_ins(&self) -> Vec<String> {
        self.pass(SignedDuration::from_mins(1));
        cleanup::record_counts(&self.desk).await.unwrap();
        self.recorded("sign_in_failed").await
    }
}

impl Settled {
    /// Signs in from a browser, with password and code.
    pub(crate) async fn sign_in(&self, office: &Office, browser: &mut Browser) {
        let first = browser.type_password(&self.email, PASSWORD).await;
        assert_eq!(first.header("location"), "/sign-in/code", "{}", first.words());
        let code = code_at(&self.secret, office.desk.now());
        let second = browser.post("/sign-in/code", &[("code", &code)]).await;
        assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.words());
        office.pass(SignedDuration::from_secs(30));
    }
}
