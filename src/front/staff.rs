//! The staff site's front door. Nothing is public here but the sign-in, so nothing is kept or answered ahead of the router: what
//! cannot be read is refused, a form must say where it comes from, the router answers, an error is dressed in the staff shell, and
//! whatever comes back gets its headers and its line in the log.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use askama::Template;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request as AxumRequest;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
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
use crate::base::web::paths as shared;
use crate::base::web::{extract, headers};
use crate::desk::accounts::Desk;
use crate::desk::session::Seen;
use crate::desk::shell::StaffShell;
use crate::front::common::{REQUEST_ID, RoutePattern, empty_body, note_route, refusal};
use crate::front::request_id::{RequestId, RequestIds};
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
    inner: Arc<Inner>,
    /// The other end of the connection that this clone answers; none in process.
    peer: Option<Peer>,
}

struct Inner {
    desk: Desk,
    router: Router,
    log: RequestLog,
    ids: RequestIds,
    https: bool,
}

impl StaffService {
    /// The front door of the staff site before its routes.
    ///
    /// # Errors
    /// When the site's address cannot be an origin, which checked settings rule out.
    pub fn new(desk: Desk, router: Router<Desk>, log: RequestLog) -> Result<Self, ConfigError> {
        let url = &desk.settings().staff_url;
        let https = url.scheme() == "https";
        let cross_site = CsrfLayer::new().add_trusted_origin(url.origin().ascii_serialization())?;
        let router = router
            .with_state(desk.clone())
            .layer(RequestBodyLimitLayer::new(extract::LONG_BODY_LIMIT))
            .layer(cross_site)
            .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
            .layer(axum::middleware::from_fn(note_route));
        let inner = Arc::new(Inner { desk, router, log, ids: RequestIds::default(), https });
        Ok(Self { inner, peer: None })
    }

    /// The same for one connection.
    #[must_use]
    pub fn at(&self, peer: IpAddr) -> Self {
        Self { inner: Arc::clone(&self.inner), peer: Some(Peer(peer)) }
    }

    fn respond(&self, mut request: AxumRequest) -> BoxFuture<'static, Result<Response, Infallible>> {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        let (inner, on_wire) = (Arc::clone(&self.inner), self.peer.is_some());
        async move { Ok(inner.answer(request, on_wire).await) }.boxed()
    }
}

impl Inner {
    async fn answer(&self, mut request: AxumRequest, on_wire: bool) -> Response {
        let started = Instant::now();
        let id = self.ids.next(self.desk.now());
        let method = request.method().clone();
        let encoding = Encoding::accepted(request.headers());
        let seen = Seen::default();
        request.extensions_mut().insert(seen.clone());
        if method == Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        let refused = self.misdirected(&request, on_wire).or_else(|| refusal(request.uri()));
        hosts::forget(&mut request);
        let response = match refused {
            Some(response) => response,
            // Not a word of "not found" before everything was read.
            None if !self.desk.site().is_loaded() && !is_for_itself(request.uri().path()) => {
                AppError::Starting.into_response()
            }
            None if is_unsaid(request.method(), request.headers()) => StatusCode::FORBIDDEN.into_response(),
            None => {
                let span = tracing::info_span!("request", request_id = id.as_str());
                self.route(request).instrument(span).await
            }
        };
        let (mut response, route) = self.finish(response, encoding, &id).await;
        if method == Method::HEAD {
            empty_body(&mut response);
        }
        let at = self.desk.site().clock().for_log();
        let route = route.as_ref().map(|RoutePattern(pattern)| pattern.as_str());
        let staff = seen.0.get().copied();
        let (status, duration) = (response.status(), started.elapsed());
        self.log.add(&Line { at, method: &method, route, status, duration, id: &id, staff });
        response
    }

    /// The answer to a request that was sent to another host, or does not say clearly to which. A probe of the process's health may
    /// use any name.
    fn misdirected(&self, request: &AxumRequest, on_wire: bool) -> Option<Response> {
        if hosts::is_unclear(request, on_wire) {
            return Some(StatusCode::BAD_REQUEST.into_response());
        }
        let url = &self.desk.settings().staff_url;
        let taken = request.uri().path() == shared::HEALTHZ || hosts::is_for(url, request.uri(), request.headers());
        (!taken).then(|| StatusCode::MISDIRECTED_REQUEST.into_response())
    }

    async fn route(&self, request: AxumRequest) -> Response {
        let sends = *request.method() != Method::GET;
        let answer = self.router.clone().oneshot(request);
        match tokio::time::timeout(self.desk.settings().request_timeout, answer).await {
            Ok(Ok(response)) => response,
            Err(_) if sends => StatusCode::REQUEST_TIMEOUT.into_response(),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    async fn finish(
        &self,
        mut response: Response,
        encoding: Encoding,
        id: &RequestId,
    ) -> (Response, Option<RoutePattern>) {
        let route = response.extensions_mut().remove::<RoutePattern>();
        let response = dress::error_with(response, |page: &ErrorPage| {
            let shell = self.desk.shell(None, page.heading, "");
            let template =
                ErrorTemplate { shell, heading: page.heading, message: page.message, request_id: id.as_str() };
            template.render()
        });
        let mut response = dress::pack(response, encoding, self.desk.site().heavy()).await;
        headers::apply(&mut response, self.https);
        response.headers_mut().insert(REQUEST_ID, id.header());
        (response, route)
    }
}

/// Whether an answer needs nothing of what was published.
fn is_for_itself(path: &str) -> bool {
    path == shared::HEALTHZ || path.starts_with("/static/")
}

/// Whether a request that changes something does not say where it comes from. Every browser that the staff site supports does
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
