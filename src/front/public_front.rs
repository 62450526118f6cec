//! The state that the fast and the slow path of a public request share.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::base::web::headers;
use crate::features::consent::Recorder;
use crate::features::quick_exit;
use crate::front::prepared_headers::PreparedHeaders;
use crate::front::request_log::RequestLog;
use crate::site::Site;

/// The state for answering public requests.
pub(super) struct PublicFront {
    pub(super) site: Site,
    pub(super) router: Router,
    pub(super) recorder: Recorder,
    pub(super) log: RequestLog,
    pub(super) prepared: PreparedHeaders,
    pub(super) neutral_site: HeaderValue,
    /// The page that leads to the neutral site by itself.
    pub(super) leave_page: Bytes,
    /// The origin of the site, as browsers send it in `Origin`.
    pub(super) origin: String,
    pub(super) https: bool,
}

impl PublicFront {
    /// Leads a visitor who has left to the neutral site. Another site must not learn that they did, and its policies report a redirect; a
    /// form of ours would be stopped by ours. Both get a page that leads on by itself.
    pub(super) fn away<B>(&self, request: &Request<B>) -> Response {
        let gets = matches!(*request.method(), Method::GET | Method::HEAD);
        let mut response = if gets && !quick_exit::comes_from_elsewhere(request.headers(), &self.origin) {
            (StatusCode::SEE_OTHER, [(header::LOCATION, self.neutral_site.clone())]).into_response()
        } else {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            ([(header::CONTENT_TYPE, html)], self.leave_page.clone()).into_response()
        };
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers::apply(&mut response, self.https);
        response
    }
}
