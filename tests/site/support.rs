//! A site in process: its own database, the starter set, a clock that stands still, and visitors who come to it.

pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod crawl;
pub(crate) mod ledger;
pub(crate) mod log;
pub(crate) mod process;
pub(crate) mod wire;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use bluelamp::base::clock::Clock;
use bluelamp::base::config::Settings;
use bluelamp::base::database::{Database, DatabaseSettings};
use bluelamp::features;
use bluelamp::features::consent::Recorder;
use bluelamp::front::PublicService;
use bluelamp::front::request_log::RequestLog;
use bluelamp::site::Site;
use bluelamp::site::published::Published;
use http_body_util::BodyExt as _;
use sqlx::PgConnection;
use tower::ServiceExt as _;

use self::client::Client;
use self::cluster::{Urls, connect};

/// The time at which tests take place, unless they move the clock.
pub(crate) const NOON: &str = "2026-11-24T12:00:00Z";

/// The site that a test drives.
pub(crate) struct TestSite {
    pub(crate) site: Site,
    pub(crate) clock: Clock,
    pub(crate) urls: Urls,
    pub(crate) recorder: Recorder,
    service: PublicService,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// All values of `Set-Cookie`.
    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The visible words, blanks collapsed.
    pub(crate) fn words(&self) -> String {
        self.words_of("html")
    }

    /// The visible words of the first element that a selector finds.
    pub(crate) fn words_of(&self, selector: &str) -> String {
        let html = scraper::Html::parse_document(&self.body);
        let found = html.select(&scraper::Selector::parse(selector).unwrap()).next();
        let text: String = found.map(|element| element.text().collect()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The values of an attribute on every element that a selector finds.
    pub(crate) fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let html = scraper::Html::parse_document(&self.body);
        let selector = scraper::Selector::parse(selector).unwrap();
        html.select(&selector).filter_map(|element| element.value().attr(name)).map(ToOwned::to_owned).collect()
    }

    /// Tells whether the page asks about cookies.
    pub(crate) fn asks_about_cookies(&self) -> bool {
        !self.attributes("form[action='/cookies'][data-cookies-form]", "action").is_empty()
    }
}

impl TestSite {
    /// With the starter set, at noon of 24 November 2026.
    pub(crate) async fn start() -> Self {
        Self::start_with(Settings::for_tests()).await
    }

    /// Starts a site with other settings.
    pub(crate) async fn start_with(settings: Settings) -> Self {
        let site = Self::unread(settings, Urls::of_a_new_database(true).await);
        assert!(site.site.refresh().await.unwrap());
        site
    }

    /// With an empty ledger.
    pub(crate) async fn empty() -> Self {
        Self::unread(Settings::for_tests(), Urls::of_a_new_database(false).await)
    }

    /// Another node on the same database, with a clock of its own; it has read nothing yet.
    pub(crate) fn another_node(&self) -> Self {
        self.another_node_with(Settings::for_tests())
    }

    /// Another node with other settings.
    pub(crate) fn another_node_with(&self, settings: Settings) -> Self {
        let urls =
            Urls { superuser: self.urls.superuser.clone(), owner: self.urls.owner.clone(), app: self.urls.app.clone() };
        Self::unread(settings, urls)
    }

    fn unread(settings: Settings, urls: Urls) -> Self {
        Self::showing(Published::default(), settings, urls, NOON)
    }

    /// A site that some entries make and that has no database; its clock starts at an instant.
    pub(crate) fn of(published: Published, at: &str) -> Self {
        let nowhere = "postgres://nobody@127.0.0.1:1/none".to_owned();
        let urls = Urls { superuser: nowhere.clone(), owner: nowhere.clone(), app: nowhere };
        Self::showing(published, Settings::for_tests(), urls, at)
    }

    fn showing(published: Published, settings: Settings, urls: Urls, at: &str) -> Self {
        let clock = Clock::fixed(at.parse().unwrap());
        // As a node does: with the login that may only add to the ledger.
        let database = Database::new(&urls.app, &DatabaseSettings::default()).unwrap();
        let site = Site::new(settings, database, clock.clone(), features::for_site(), published);
        let recorder = Recorder::default();
        let service =
            bluelamp::routes::public::service_with(site.clone(), recorder.clone(), RequestLog::none()).unwrap();
        Self { site, clock, urls, recorder, service }
    }

    /// This site with other routes.
    pub(crate) fn with_routes(mut self, routes: axum::Router<Site>) -> Self {
        self.service =
            PublicService::new(self.site.clone(), routes, self.recorder.clone(), RequestLog::none()).unwrap();
        self
    }

    /// Writes what the public site keeps back for a moment.
    pub(crate) async fn write_behind(&self) {
        self.recorder.consents.write(self.site.database()).await.unwrap();
    }

    /// A connection as the owner of the tables.
    pub(crate) async fn connection(&self) -> PgConnection {
        connect(&self.urls.owner).await
    }

    /// Moves this node's clock; the database's stays.
    pub(crate) fn at(&self, instant: &str) {
        self.clock.set(instant.parse().unwrap());
    }

    /// Somebody with a browser of their own.
    pub(crate) fn visitor(&self) -> Client {
        Client::of_site(self)
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.service.clone().oneshot(request).await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        self.send(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, form: impl Into<Body>) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into())
            .unwrap();
        self.send(request).await
    }
}
