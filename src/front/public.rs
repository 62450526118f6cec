//! The public site as a service.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request as AxumRequest;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use tower::{Service, ServiceExt as _};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{ConfigError, CsrfLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tracing::Instrument as _;

use crate::base::error::AppError;
use crate::base::web::client::Peer;
use crate::base::web::encoding::Encoding;
use crate::base::web::{extract, headers};
use crate::features::consent::Recorder;
use crate::features::quick_exit;
use crate::front::common::{REQUEST_ID, RoutePattern, empty_body, note_route, refusal};
use crate::front::fast::HOME;
use crate::front::prepared_headers::{PreparedHeaders, VARY};
use crate::front::public_front::PublicFront;
use crate::front::request_id::RequestId;
use crate::front::request_log::{Line, RequestLog};
use crate::front::{dress, hosts};
use crate::site::edition::Edition;
use crate::site::now::SiteNow;
use crate::site::{Site, paths};

/// The public site as a service; cheap to clone.
#[derive(Clone)]
pub struct PublicService {
    inner: Arc<PublicFront>,
    /// The other end of the connection; none in a test that does not say.
    peer: Option<Peer>,
}

/// An answer that is there at once, or one that takes a moment.
pub type Answer = Either<Ready<Result<Response, Infallible>>, BoxFuture<'static, Result<Response, Infallible>>>;

/// Facts about a request that are needed after the router has consumed it.
#[derive(Clone, Copy)]
struct Asked {
    head: bool,
    encoding: Encoding,
}

impl PublicService {
    /// The front door of a site before its routes.
    pub fn new(site: Site, router: Router<Site>, recorder: Recorder, log: RequestLog) -> Result<Self, ConfigError> {
        let settings = site.settings();
        let cross_site = CsrfLayer::new().add_trusted_origin(settings.public_origin())?;
        let router = router
            .with_state(site.clone())
            .layer(RequestBodyLimitLayer::new(extract::BODY_LIMIT))
            .layer(cross_site)
            .layer(CatchPanicLayer::custom(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
            .layer(axum::middleware::from_fn(note_route));
        let neutral_site = HeaderValue::from_str(settings.quick_exit_url.as_str())
            .unwrap_or(HeaderValue::from_static("https://www.bbc.co.uk/weather"));
        let leave_page = quick_exit::public::render_leave_page(settings).unwrap_or_default();
        let origin = settings.public_origin();
        let https = settings.is_https();
        let prepared = PreparedHeaders::new(https);
        let inner = PublicFront { site, router, recorder, log, prepared, neutral_site, leave_page, origin, https };
        Ok(Self { inner: Arc::new(inner), peer: None })
    }

    /// The service for a connection from an address.
    #[must_use]
    pub fn at(&self, peer: IpAddr) -> Self {
        Self { inner: Arc::clone(&self.inner), peer: Some(Peer(peer)) }
    }

    /// Answers a request.
    pub fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let started = Instant::now();
        let id = RequestId::new(self.inner.site.clock().now());
        let unclear = hosts::is_unclear(&request, self.peer.is_some());
        let fast = || if unclear { None } else { self.inner.fast(&request, &id) };
        let at_once = self.inner.exit(&request, &id).or_else(fast);
        if let Some((response, route)) = at_once {
            self.inner.note(request.method(), Some(route), response.status(), started, &id);
            return Either::Left(ready(Ok(response)));
        }
        let (front, peer) = (Arc::clone(&self.inner), self.peer);
        Either::Right(
            async move {
                let mut request = request;
                if let Some(peer) = peer {
                    request.extensions_mut().insert(peer);
                }
                let method = request.method().clone();
                let span = tracing::info_span!("request", request_id = id.as_str());
                let (response, route) = front.slow(request.map(Body::new), unclear, &id).instrument(span).await;
                let route = route.as_ref().map(|RoutePattern(pattern)| pattern.as_str());
                front.note(&method, route, response.status(), started, &id);
                Ok(response)
            }
            .boxed(),
        )
    }
}

impl PublicFront {
    async fn slow(&self, mut request: AxumRequest, unclear: bool, id: &RequestId) -> (Response, Option<RoutePattern>) {
        let asked = Asked { head: *request.method() == Method::HEAD, encoding: Encoding::accepted(request.headers()) };
        if asked.head {
            // Routed as GET, so that both carry the same headers (RFC 9110 section 9.3.2).
            *request.method_mut() = Method::GET;
        }
        hosts::forget(&mut request);
        let now = SiteNow::of(&self.site);
        request.extensions_mut().insert(Arc::clone(&now.edition));
        let mut response = if unclear {
            StatusCode::BAD_REQUEST.into_response()
        } else if let Some(response) = self.before_route(&request) {
            response
        } else {
            let visit = self.count(&now.edition, &request, asked);
            let of_the_site = !is_for_itself(request.uri().path());
            let mut response = self.route(request).await;
            if of_the_site && response.status() == StatusCode::NOT_FOUND && !self.site.is_whole() {
                // A node that has not read everything cannot say that a page does not exist.
                response = AppError::Starting.into_response();
            }
            if let Some(visit) = visit {
                response.headers_mut().append(header::SET_COOKIE, visit);
            }
            response
        };
        let route = response.extensions_mut().remove::<RoutePattern>();
        let response = self.finish(&now, response, asked, id).await;
        (response, route)
    }

    /// Answers that need no route: the lock of quick exit and targets that cannot be read.
    fn before_route(&self, request: &AxumRequest) -> Option<Response> {
        let path = request.uri().path();
        // The cookie is looked for first: nearly nobody has it, and reading a path as it is meant costs more.
        if quick_exit::has_left(request.headers(), self.site.cookies()) && !quick_exit::is_exempt(path) {
            return Some(self.away(request));
        }
        if !self.site.is_loaded() && !is_for_itself(path) {
            return Some(AppError::Starting.into_response());
        }
        refusal(request.uri())
    }

    async fn route(&self, request: AxumRequest) -> Response {
        let sends = *request.method() != Method::GET;
        let answer = self.router.clone().oneshot(request);
        match tokio::time::timeout(self.site.settings().request_timeout, answer).await {
            Ok(Ok(response)) => response,
            // A form may have been sent slowly. For any other request the delay is ours.
            Err(_) if sends => StatusCode::REQUEST_TIMEOUT.into_response(),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    /// Counts a page that a feature answers itself; kept pages are counted on the short way.
    fn count(&self, edition: &Edition, request: &AxumRequest, asked: Asked) -> Option<HeaderValue> {
        let plain = *request.method() == Method::GET && !asked.head && request.uri().query().is_none();
        let address = request.uri().path().strip_prefix('/').filter(|_| plain)?;
        let address = if address.is_empty() { HOME } else { address };
        self.recorder.count(&self.site, edition, request.headers(), address)
    }

    async fn finish(&self, now: &SiteNow, response: Response, asked: Asked, id: &RequestId) -> Response {
        let response = dress::render_error(now, response, id);
        let mut response = dress::compress(response, asked.encoding, self.site.heavy()).await;
        headers::apply(&mut response, self.https);
        let plain = response.headers_mut();
        plain.insert(REQUEST_ID, id.header());
        if headers::is_html(plain) {
            plain.insert(header::VARY, HeaderValue::from_static(VARY));
        }
        if asked.head {
            empty_body(&mut response);
        }
        response
    }

    fn note(&self, method: &Method, route: Option<&str>, status: StatusCode, started: Instant, id: &RequestId) {
        let at = self.site.clock().for_log();
        self.log.add(&Line { at, method, route, status, duration: started.elapsed(), id, staff: None });
    }
}

/// Tells that an answer needs nothing of what was published: health, assets and quick exit.
fn is_for_itself(path: &str) -> bool {
    path == paths::ROBOTS_TXT || quick_exit::is_exempt(path)
}

impl<B> Service<Request<B>> for PublicService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        self.answer(request)
    }
}

impl<B> hyper::service::Service<Request<B>> for PublicService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: Request<B>) -> Answer {
        self.answer(request)
    }
}
