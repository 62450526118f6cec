//! Headers of kept pages, made once at start.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::base::web::encoding::Encoding;
use crate::base::web::headers;
use crate::front::common::REQUEST_ID;

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

    pub(super) fn of(&self, encoding: Encoding) -> &HeaderMap {
        match encoding {
            Encoding::Identity => &self.plain,
            Encoding::Gzip => &self.gzip,
            Encoding::Brotli => &self.brotli,
        }
    }
}

/// The `Vary` of pages: their bytes depend on the encoding and on whether the cookie banner asks.
pub(super) const VARY: &str = "accept-encoding, cookie, sec-gpc";

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
