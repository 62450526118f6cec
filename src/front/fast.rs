//! The short way: a page that is the same for everybody is answered from its kept bytes, with headers that were prepared at
//! start. Whatever is special about a request sends it the long way, through the router.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;

use crate::base::web::encoding::Encoding;
use crate::base::web::headers;
use crate::features::{consent, notices, quick_exit};
use crate::front::{Inner, REQUEST_ID, RequestId};
use crate::site::edition::View;
use crate::site::model::ANSWERED_BY_A_ROOM;
use crate::site::paths;

/// What the bytes of a page depend on: its packing and whether the cookie banner asks.
pub(super) const VARY: &str = "accept-encoding, cookie, sec-gpc";

/// Where visitors leave.
const EXIT: &str = paths::QUICK_EXIT;

/// The page at `/`.
pub(super) const HOME: &str = "home";

/// All headers of a kept page, for each encoding; length and request id are filled in.
pub(super) struct PreparedHeaders {
    plain: HeaderMap,
    gzip: HeaderMap,
    brotli: HeaderMap,
}

impl PreparedHeaders {
    pub(super) fn new(https: bool) -> Self {
        let set = |encoding: Encoding| {
            let mut set = HeaderMap::with_capacity(16);
            let empty = HeaderValue::from_static("");
            set.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            set.insert(header::CONTENT_LENGTH, empty.clone());
            set.insert(header::VARY, HeaderValue::from_static(VARY));
            if let Some(name) = encoding.name() {
                set.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            set.insert(REQUEST_ID, empty);
            headers::secure(&mut set, https);
            set
        };
        Self { plain: set(Encoding::Identity), gzip: set(Encoding::Gzip), brotli: set(Encoding::Brotli) }
    }

    fn of(&self, encoding: Encoding) -> &HeaderMap {
        match encoding {
            Encoding::Identity => &self.plain,
            Encoding::Gzip => &self.gzip,
            Encoding::Brotli => &self.brotli,
        }
    }
}

impl Inner {
    /// The exit: before anything that could refuse the request or wait for something. Whatever is odd about it, it leaves.
    pub(super) fn exit<B>(&self, request: &Request<B>, id: &RequestId) -> Option<(Response, &'static str)> {
        let leaves = matches!(*request.method(), Method::GET | Method::HEAD | Method::POST);
        if !leaves || request.uri().path() != EXIT {
            return None;
        }
        let mut response = quick_exit::public::leave(&self.site, request.method(), request.headers()).ok()?;
        headers::apply(&mut response, self.https);
        Some((Self::on_the_short_way(response, request, id), EXIT))
    }

    fn on_the_short_way<B>(mut response: Response, request: &Request<B>, id: &RequestId) -> Response {
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.header());
        if headers::is_html(headers) {
            headers.insert(header::VARY, HeaderValue::from_static(VARY));
        }
        if *request.method() == Method::HEAD {
            crate::front::empty_body(&mut response);
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
            address if ANSWERED_BY_A_ROOM.contains(&address) => return None,
            address => (address, paths::ADDRESS),
        };
        let edition = self.site.edition();
        let view = edition.views.get(address).filter(|view| is_whole(view))?;
        let asked = request.headers();
        if quick_exit::has_left(asked, self.site.cookies()) {
            return Some((Self::on_the_short_way(self.away(request), request, id), route));
        }
        let asks = consent::asks(asked, &self.site, &edition);
        let encoding = Encoding::accepted(asked);
        let render = || notices::public::render(&self.site, &edition, view, address, asks);
        // A page that cannot be made goes the long way, which has an error page for it.
        let bytes = catch_unwind(AssertUnwindSafe(|| view.bytes.get(asks, encoding, render))).ok()?.ok()?;

        let mut headers = self.prepared.of(encoding).clone();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        headers.insert(REQUEST_ID, id.header());
        let mut response = Response::new(if get { Body::from(bytes) } else { Body::empty() });
        *response.status_mut() = StatusCode::OK;
        *response.headers_mut() = headers;
        if get && let Some(visit) = self.recorder.count(&self.site, &edition, asked, address) {
            response.headers_mut().append(header::SET_COOKIE, visit);
        }
        Some((response, route))
    }
}

/// Whether every text that the page shows is at hand; one that was removed by a redaction needs a word about it.
fn is_whole(view: &View) -> bool {
    view.sections.iter().all(|section| section.version.as_ref().is_none_or(|version| version.text.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_page_has_every_header_from_the_start() {
        let prepared = PreparedHeaders::new(true);
        let headers = prepared.of(Encoding::Brotli);
        assert_eq!(headers[header::CONTENT_ENCODING], "br");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[headers::REQUEST_OTR], "?1");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], headers::CONTENT_SECURITY_POLICY);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(!prepared.of(Encoding::Identity).contains_key(header::CONTENT_ENCODING));
    }
}
