//! The layers around the routes of the staff site. Nothing is public here but the sign-in, so nothing is kept or answered ahead of
//! the routes: what cannot be read is refused, a form must say where it comes from, a route answers, an error is dressed in the staff
//! shell, and whatever comes back gets its headers and its line in the log.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use askama::Template;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request as AxumRequest, State};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tower::{Service, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{ConfigError, CsrfLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tracing::Instrument as _;

use crate::base::error::{AppError, ErrorPage};
use crate::base::web::client::Peer;
use crate::base::web::encoding::Encoding;
use crate::base::web::{extract, headers, paths as shared};
use crate::desk::accounts::Desk;
use crate::desk::session::Seen;
use crate::desk::shell::StaffShell;
use crate::front::common::{REQUEST_ID, empty_body, refusal};
use crate::front::request_id::RequestId;
use crate::front::request_log::{Line, RequestLog};
use crate::front::{dress, hosts};

#[derive(Template)]
#[template(path = "error_staff.html")]
struct ErrorTemplate<'a> {
    shell: StaffShell,
    heading: &'a str,
    message: &'a str,
    request_id: &'a str,
}

/// The staff site as a service; cheap to clone.
#[derive(Clone)]
pub struct StaffService {
    router: Router,
    /// The other end of the connection that this clone answers; none in process.
    peer: Option<Peer>,
}

/// Marks a request that came over a connection.
#[derive(Clone, Copy)]
struct OnWire;

/// The state that the layers around the routes share.
#[derive(Clone)]
struct Front(Arc<Inner>);

struct Inner {
    desk: Desk,
    log: RequestLog,
    https: bool,
}

impl StaffService {
    /// The routes of the staff site with the layers around them. A request meets the last layer first.
    pub fn new(desk: Desk, router: Router<Desk>, log: RequestLog) -> Result<Self, ConfigError> {
        let url = &desk.settings().staff_url;
        let https = url.scheme() == "https";
        let cross_site = CsrfLayer::new().add_trusted_origin(url.origin().ascii_serialization())?;
        let front = Front(Arc::new(Inner { desk: desk.clone(), log, https }));
        let router = router
            .with_state(desk)
            .layer(RequestBodyLimitLayer::new(extract::LONG_BODY_LIMIT))
            .layer(cross_site)
            .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
            .layer(from_fn_with_state(front.clone(), limit_time))
            .layer(from_fn_with_state(front.clone(), refuse))
            .layer(from_fn_with_state(front, dress_and_log));
        Ok(Self { router, peer: None })
    }

    /// The service for one connection.
    #[must_use]
    pub fn at(&self, peer: IpAddr) -> Self {
        Self { router: self.router.clone(), peer: Some(Peer(peer)) }
    }

    fn respond(&self, mut request: AxumRequest) -> BoxFuture<'static, Result<Response, Infallible>> {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(OnWire);
        }
        self.router.clone().oneshot(request).boxed()
    }
}

/// Names a request, and makes of whatever comes back a page of the site with its headers and its line in the log.
async fn dress_and_log(
    State(Front(front)): State<Front>,
    pattern: Option<MatchedPath>,
    mut request: AxumRequest,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId::new(front.desk.now());
    let (method, encoding) = (request.method().clone(), Encoding::accepted(request.headers()));
    let seen = Seen::default();
    request.extensions_mut().insert(seen.clone());
    if method == Method::HEAD {
        // The headers are those of GET (RFC 9110 section 9.3.2).
        *request.method_mut() = Method::GET;
    }
    let response = next.run(request).instrument(tracing::info_span!("request", request_id = id.as_str())).await;
    let response = dress::render_error_with(response, |page: &ErrorPage| {
        let shell = front.desk.shell(None, page.heading, "");
        ErrorTemplate { shell, heading: page.heading, message: page.message, request_id: id.as_str() }.render()
    });
    let mut response = dress::compress(response, encoding, front.desk.site().heavy()).await;
    headers::apply(&mut response, front.https);
    response.headers_mut().insert(REQUEST_ID, id.header());
    if method == Method::HEAD {
        empty_body(&mut response);
    }
    let at = front.desk.site().clock().for_log();
    let (route, staff) = (pattern.as_ref().map(MatchedPath::as_str), seen.0.get().copied());
    let (status, duration) = (response.status(), started.elapsed());
    front.log.add(&Line { at, method: &method, route, status, duration, id: &id, staff });
    response
}

/// Refuses what cannot be read, was sent to another host, or does not say where it comes from.
async fn refuse(State(Front(front)): State<Front>, mut request: AxumRequest, next: Next) -> Response {
    let refused = misdirected(&front.desk, &request).or_else(|| refusal(request.uri()));
    hosts::forget(&mut request);
    match refused {
        Some(response) => response,
        // Not a word of "not found" before everything was read.
        None if !front.desk.site().is_loaded() && !is_for_itself(request.uri().path()) => {
            AppError::Starting.into_response()
        }
        None if is_unsaid(request.method(), request.headers()) => StatusCode::FORBIDDEN.into_response(),
        None => next.run(request).await,
    }
}

/// The answer to a request that was sent to another host, or does not say clearly to which. A probe of the process's health may
/// use any name.
fn misdirected(desk: &Desk, request: &AxumRequest) -> Option<Response> {
    if hosts::is_unclear(request, request.extensions().get::<OnWire>().is_some()) {
        return Some(StatusCode::BAD_REQUEST.into_response());
    }
    let url = &desk.settings().staff_url;
    let taken = request.uri().path() == shared::HEALTHZ || hosts::is_for(url, request.uri(), request.headers());
    (!taken).then(|| StatusCode::MISDIRECTED_REQUEST.into_response())
}

/// Gives up on an answer that takes too long.
async fn limit_time(State(Front(front)): State<Front>, request: AxumRequest, next: Next) -> Response {
    let sends = *request.method() != Method::GET;
    let answer = tokio::time::timeout(front.desk.settings().request_timeout, next.run(request));
    let late = if sends { StatusCode::REQUEST_TIMEOUT } else { StatusCode::SERVICE_UNAVAILABLE };
    answer.await.unwrap_or_else(|_| late.into_response())
}

/// Tells that an answer needs nothing of what was published.
fn is_for_itself(path: &str) -> bool {
    path == shared::HEALTHZ || shared::is_asset(path)
}

/// Tells that a request that changes something does not say where it comes from. Every supported browser does
/// (`Sec-Fetch-Site`, `Origin`); whoever sends neither is no browser, and the rest is checked by [`CsrfLayer`].
fn is_unsaid(method: &Method, headers: &HeaderMap) -> bool {
    !matches!(*method, Method::GET | Method::OPTIONS)
        && !headers.contains_key(header::ORIGIN)
        && !headers.contains_key("sec-fetch-site")
}

impl<B> Service<Request<B>> for StaffService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.respond(request.map(Body::new))
    }
}

impl<B> hyper::service::Service<Request<B>> for StaffService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn call(&self, request: Request<B>) -> Self::Future {
        self.respond(request.map(Body::new))
    }
}
