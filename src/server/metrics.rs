//! The metrics of a node for a monitoring system, on a listener of their own (`METRICS_ADDRESS`). Every number is a sum or a state of the
//! node; no label holds anything that a visitor typed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::base::database::{DatabaseError, Waiting};
use crate::base::metrics::{MEDIA_TYPE, Text};
use crate::base::{audit, mail};
use crate::front::request_log::RequestLog;
use crate::server::listen::Connections;
use crate::server::log;
use crate::site::Site;

/// The sources of the numbers.
const PATH: &str = "/metrics";
/// The longest that the database may take. What it does not say in time is left out.
const LIMIT: Duration = Duration::from_secs(1);
/// Connections that the listener holds at a time.
pub(super) const MOST_CONNECTIONS: usize = 16;

/// A site that this node serves.
pub(super) struct Served {
    /// `public` or `staff`.
    pub(super) name: &'static str,
    pub(super) log: RequestLog,
    pub(super) connections: Arc<Connections>,
}

/// The service of the listener; cheap to clone.
#[derive(Clone)]
pub(super) struct Metrics {
    site: Site,
    served: Arc<[Served]>,
}

/// The numbers that need the database.
struct Waits {
    unsealed: i64,
    outbox: mail::store::Outbox,
}

impl Metrics {
    pub(super) fn new(site: Site, served: Vec<Served>) -> Self {
        Self { site, served: served.into() }
    }

    async fn answer(self, method: Method, path: String) -> Response<Body> {
        let mut response = Response::new(Body::empty());
        if path != PATH {
            *response.status_mut() = StatusCode::NOT_FOUND;
        } else if !matches!(method, Method::GET | Method::HEAD) {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        } else {
            let text = self.text().await;
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(text.len()));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if method == Method::GET {
                *response.body_mut() = Body::from(text);
            }
        }
        response
    }

    async fn text(&self) -> String {
        let mut text = Text::default();
        text.begin("bluelamp_info", "gauge", "The release that runs.");
        text.sample("bluelamp_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        let sites: Vec<_> = self.served.iter().map(|served| (served.name, served.log.requests())).collect();
        text.requests(&sites);
        self.put_connections(&mut text);
        self.put_edition(&mut text);
        self.put_database(&mut text);
        self.put_lost_lines(&mut text);
        if let Ok(Ok(waits)) = timeout(LIMIT, self.ask()).await {
            self.put_waits(&mut text, &waits);
        }
        text.finish()
    }

    fn put_connections(&self, text: &mut Text) {
        text.begin("bluelamp_connections", "gauge", "Connections held now.");
        for served in &*self.served {
            text.sample("bluelamp_connections", &[("site", served.name)], served.connections.held.value());
        }
        let name = "bluelamp_connections_refused_total";
        text.begin(name, "counter", "Connections closed at once: their address held as many as it may.");
        for served in &*self.served {
            text.sample(name, &[("site", served.name)], served.connections.refused.value());
        }
    }

    fn put_edition(&self, text: &mut Text) {
        let refreshes = self.site.refreshes();
        text.number(
            "bluelamp_refreshes_total",
            "counter",
            "Times that the ledger was read to its end.",
            refreshes.done.value(),
        );
        text.number(
            "bluelamp_refresh_failures_total",
            "counter",
            "Times that the ledger could not be read.",
            refreshes.failed.value(),
        );
        if let Some(age) = refreshes.age() {
            let help = "How long ago the pages were last compared with the ledger.";
            text.number("bluelamp_edition_age_seconds", "gauge", help, age.as_secs_f64());
        }
        let length = self.site.heads().borrow().number;
        text.number("bluelamp_ledger_length", "gauge", "Entries of the ledger that the pages are made of.", length);
    }

    fn put_database(&self, text: &mut Text) {
        let database = self.site.database();
        let status = database.status();
        text.number("bluelamp_database_up", "gauge", "1 while the database answers.", u8::from(!status.away));
        let help = "1 while the database takes changes of this release.";
        let writable = !status.away && database.refuses_writes().is_none();
        text.number("bluelamp_database_writable", "gauge", help, u8::from(writable));
        let help = "Open connections to the database.";
        text.number("bluelamp_database_connections", "gauge", help, status.connections);
        let help = "Open connections that nobody uses.";
        text.number("bluelamp_database_connections_idle", "gauge", help, status.idle);
        text.number("bluelamp_database_connections_max", "gauge", "Connections that there may be.", status.most);
        let waits: [(&str, &Waiting); 2] =
            [("connection", database.waiting_for_connections()), ("write", database.waiting_for_turns())];
        let help = "Those who wait for a connection, or for other writes to end.";
        text.begin("bluelamp_database_waiting", "gauge", help);
        for (what, waiting) in waits {
            text.sample("bluelamp_database_waiting", &[("for", what)], waiting.now.value());
        }
        text.begin("bluelamp_database_wait_seconds", "histogram", "How long that took.");
        for (what, waiting) in waits {
            text.histogram("bluelamp_database_wait_seconds", &[("for", what)], &waiting.took);
        }
    }

    fn put_lost_lines(&self, text: &mut Text) {
        let name = "bluelamp_log_lines_lost_total";
        text.begin(name, "counter", "Lines that were let go: whoever reads the log takes them too slowly.");
        // The sites share one log of requests.
        let requests = self.served.first().map_or(0, |served| served.log.lost());
        for (log, lost) in [("requests", requests), ("events", log::lost_lines())] {
            text.sample(name, &[("log", log)], lost);
        }
    }

    async fn ask(&self) -> Result<Waits, DatabaseError> {
        let reading = async |connection: &mut sqlx::PgConnection| {
            let unsealed = audit::store::count_unsealed(connection, audit::sealer::NEAR).await?;
            let outbox = mail::store::outbox(connection).await?;
            Ok(Waits { unsealed, outbox })
        };
        self.site.database().read(reading).await
    }

    fn put_waits(&self, text: &mut Text, waits: &Waits) {
        let help = "Rows of the audit log that are not sealed yet.";
        text.number("bluelamp_audit_unsealed_rows", "gauge", help, waits.unsealed);
        text.number("bluelamp_outbox_messages", "gauge", "Messages that wait to be sent.", waits.outbox.messages);
        let now = self.site.clock().now();
        let oldest = waits.outbox.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
        let help = "How long the oldest message has waited; 0 where none waits.";
        text.number("bluelamp_outbox_oldest_seconds", "gauge", help, oldest);
    }
}

impl hyper::service::Service<Request<Incoming>> for Metrics {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        self.clone().answer(method, path).map(Ok).boxed()
    }
}
