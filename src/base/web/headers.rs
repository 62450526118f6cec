//! The headers of every answer: security headers, and the time for which it may be kept. Applied in one
//! place, outside everything that can answer by itself, so that an error page carries them too.

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// Nothing but our own files, no inline script or style, no frames, no third party (Content Security Policy Level 3).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Features that no page uses and none may be talked into using (W3C Permissions Policy).
pub const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), \
     payment=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()";

/// Two years, sub-domains too (RFC 6797; GDS asks for at least one year). Only on https, where a browser heeds it.
pub const STRICT_TRANSPORT_SECURITY: &str = "max-age=63072000; includeSubDomains";

/// Asks the browser to offer leaving the page out of its history.
pub const REQUEST_OTR: HeaderName = HeaderName::from_static("request-otr");

/// The referrer policy of a page that sets no stricter one: `no-referrer` would make browsers send `Origin: null` with our
/// own forms.
const REFERRER_POLICY: HeaderValue = HeaderValue::from_static("same-origin");

const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS_POLICY)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// For how long an answer may be kept. A response declares it as an extension or sets `Cache-Control` itself; whatever does
/// neither is not kept at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CachePolicy {
    /// Nowhere (RFC 9111 section 5.2.2.5).
    #[default]
    NoStore,
    /// A year, without asking (RFC 8246): its address names its content.
    Immutable,
    /// Kept, and asked about each time.
    Revalidate,
}

impl CachePolicy {
    /// The value of `Cache-Control`.
    pub const fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::NoStore => "no-store",
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
        })
    }
}

/// Puts on a response what every response carries.
pub fn apply(response: &mut Response, https: bool) {
    let policy = response.extensions().get::<CachePolicy>().copied();
    let headers = response.headers_mut();
    if let Some(policy) = policy {
        headers.insert(header::CACHE_CONTROL, policy.value());
    }
    secure(headers, https);
}

/// Applies the headers to a set that has no response yet.
pub fn secure(headers: &mut HeaderMap, https: bool) {
    headers.reserve(ALWAYS.len() + 4);
    headers.entry(header::CACHE_CONTROL).or_insert(CachePolicy::NoStore.value());
    headers.entry(header::REFERRER_POLICY).or_insert(REFERRER_POLICY);
    for (name, value) in ALWAYS {
        // A feature may say something stricter: the exit sends no referrer at all.
        headers.entry(name).or_insert(value);
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STRICT_TRANSPORT_SECURITY));
    }
    if is_html(headers) {
        headers.insert(REQUEST_OTR, HeaderValue::from_static("?1"));
    }
}

/// Tells whether the content is an HTML page.
pub fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Says that another `Accept-Encoding` may be answered with other bytes (RFC 9110 section 12.5.5).
pub fn vary_on_encoding(headers: &mut HeaderMap) {
    let said = headers
        .get_all(header::VARY)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|name| name.trim().eq_ignore_ascii_case("accept-encoding"));
    if !said {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn an_answer_that_says_nothing_is_not_kept() {
        let mut response = Response::new(Body::empty());
        apply(&mut response, false);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(!response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(!response.headers().contains_key(REQUEST_OTR));
    }

    #[test]
    fn a_declared_policy_wins() {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(CachePolicy::Immutable);
        apply(&mut response, true);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert!(response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn a_page_that_wants_to_send_no_referrer_at_all_keeps_that() {
        let mut response = Response::new(Body::empty());
        apply(&mut response, false);
        assert_eq!(response.headers()[header::REFERRER_POLICY], "same-origin");
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        apply(&mut response, false);
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
    }

    #[test]
    fn pages_ask_to_stay_out_of_the_history() {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        apply(&mut response, false);
        assert_eq!(response.headers()[REQUEST_OTR], "?1");
    }

    #[test]
    fn vary_names_the_encoding_once() {
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static("cookie, Accept-Encoding"));
        vary_on_encoding(&mut headers);
        assert_eq!(headers.get_all(header::VARY).iter().count(), 1);
    }

    #[test]
    fn the_policy_allows_nothing_inline_and_nobody_else() {
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
        assert!(!CONTENT_SECURITY_POLICY.contains("http"));
        assert!(!CONTENT_SECURITY_POLICY.contains("  "));
    }
}
