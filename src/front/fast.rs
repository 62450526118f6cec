//! The short way: a page that is the same for everybody is answered from its kept bytes, with headers that were prepared at
//! start. Whatever is special about a request sends it the long way, through the router.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;

use crate::base::web::encoding::Encoding;
use crate::base::web::headers;
use crate::features;
use crate::features::quick_exit::model::Sender;
use crate::features::{consent, notices, quick_exit};
use crate::front::common::{REQUEST_ID, empty_body};
use crate::front::prepared_headers::VARY;
use crate::front::public_front::PublicFront;
use crate::front::request_id::RequestId;
use crate::site::edition::View;
use crate::site::now::SiteNow;
use crate::site::paths;

/// The path of the exit.
const EXIT: &str = paths::QUICK_EXIT;

/// The page at `/`.
pub(super) const HOME: &str = "home";

impl PublicFront {
    /// The exit: before anything that could refuse the request or wait for something. Whatever is odd about it, it leaves.
    pub(super) fn exit<B>(&self, request: &Request<B>, id: &RequestId) -> Option<(Response, &'static str)> {
        let leaves = matches!(*request.method(), Method::GET | Method::HEAD | Method::POST);
        if !leaves || request.uri().path() != EXIT {
            return None;
        }
        let mut response = quick_exit::public::leave(&self.site, request.method(), request.headers()).ok()?;
        headers::apply(&mut response, self.https);
        self.tell_of_exit(request);
        Some((Self::on_the_short_way(response, request, id), EXIT))
    }

    /// Tells features that a visitor leaves, unless another site may have sent the request. Whatever becomes of that, the visitor leaves.
    fn tell_of_exit<B>(&self, request: &Request<B>) {
        if Sender::of(request.headers(), &self.origin) == Sender::Other {
            return;
        }
        for note in features::ALL.iter().filter_map(|feature| feature.on_exit) {
            let _ = catch_unwind(AssertUnwindSafe(|| note(&self.site, request.headers())));
        }
    }

    fn on_the_short_way<B>(mut response: Response, request: &Request<B>, id: &RequestId) -> Response {
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.header());
        if headers::is_html(headers) {
            headers.insert(header::VARY, HeaderValue::from_static(VARY));
        }
        if *request.method() == Method::HEAD {
            empty_body(&mut response);
        }
        response
    }

    /// The answer with the pattern of its route, where the short way leads to one.
    pub(super) fn fast<B>(&self, request: &Request<B>, id: &RequestId) -> Option<(Response, &'static str)> {
        let get = *request.method() == Method::GET;
        if !(get || *request.method() == Method::HEAD) || request.uri().query().is_some() {
            return None;
        }
        let path = request.uri().path();
        let (address, route) = match path.strip_prefix('/')? {
            "" => (HOME, paths::HOME),
            address => (address, paths::ADDRESS),
        };
        let now = SiteNow::of(&self.site);
        let edition = &*now.edition;
        if route == paths::ADDRESS && edition.declared.is_own(address) {
            return None;
        }
        let view = edition.views.get(address).filter(|view| is_whole(view))?;
        let asked = request.headers();
        if quick_exit::has_left(asked, self.site.cookies()) {
            return Some((Self::on_the_short_way(self.away(request), request, id), route));
        }
        let asks = consent::asks(asked, &self.site, edition);
        let encoding = Encoding::accepted(asked);
        let render = || notices::page::render(&now, view, address, asks);
        // A page that cannot be made goes the long way, which has an error page for it.
        let bytes = catch_unwind(AssertUnwindSafe(|| view.bytes.get(asks, encoding, render))).ok()?.ok()?;

        let mut headers = self.prepared.of(encoding).clone();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        headers.insert(REQUEST_ID, id.header());
        let mut response = Response::new(if get { Body::from(bytes) } else { Body::empty() });
        *response.status_mut() = StatusCode::OK;
        *response.headers_mut() = headers;
        if get && let Some(visit) = self.recorder.count(&self.site, edition, asked, address) {
            response.headers_mut().append(header::SET_COOKIE, visit);
        }
        Some((response, route))
    }
}

/// Tells that all texts of a page are in memory. A redacted text is rendered by the slow path, which explains it.
fn is_whole(view: &View) -> bool {
    view.sections.iter().all(|section| section.version.as_ref().is_none_or(|version| version.text.is_some()))
}
