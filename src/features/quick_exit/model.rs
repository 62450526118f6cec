//! The rules of quick exit: who sent a request to leave, who has left, and which paths are exempt from the lock.

use axum::http::{HeaderMap, header};

use crate::base::web::cookies;
use crate::base::web::cookies::{CookieNames, cookie};
use crate::base::web::paths as shared;
use crate::site::paths;

/// The prefixes of all our cookies, on https and http.
const OURS: [&str; 2] = ["bluelamp_", "__Host-bluelamp_"];

/// The sender of a request to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// One of our pages, a typed address, a bookmark, or a browser that sends no header about it.
    Visitor,
    /// Another site, or a prefetch: not the visitor's own act.
    Other,
}

impl Sender {
    /// Finds the sender of a request to the site at `origin` by its headers.
    pub fn of(headers: &HeaderMap, origin: &str) -> Self {
        let says = |name: &str, word: &str| {
            headers
                .get_all(name)
                .iter()
                .any(|value| value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains(word)))
        };
        let ahead = says("sec-purpose", "prefetch") || says("purpose", "prefetch") || says("x-moz", "prefetch");
        if ahead || comes_from_elsewhere(headers, origin) { Self::Other } else { Self::Visitor }
    }
}

/// Tells that another site may have sent a request to the site at `origin`: by Fetch Metadata (<https://www.w3.org/TR/fetch-metadata/>),
/// or for an older browser, which sends none, by `Origin` and `Referer`. A request without any of them counts as our own.
pub fn comes_from_elsewhere(headers: &HeaderMap, origin: &str) -> bool {
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    if sites.peek().is_some() {
        return !sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"));
    }
    let hosts = [Some(origin).and_then(host_of), headers.get(header::HOST).and_then(|host| host.to_str().ok())];
    let is_ours = |url: &str| host_of(url).is_some_and(|host| hosts.into_iter().flatten().any(|own| own == host));
    [header::ORIGIN, header::REFERER]
        .iter()
        .flat_map(|name| headers.get_all(name))
        .any(|url| !url.to_str().is_ok_and(is_ours))
}

/// The host and port of an absolute address, as they are written in it.
fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split(['/', '?', '#']).next()
}

/// Tells that the visitor has used quick exit and is still locked out.
pub fn has_left(headers: &HeaderMap, names: CookieNames) -> bool {
    cookie(headers, names.left).is_some()
}

/// Tells that a path is exempt from the lock: the exit itself, the way back, assets, and addresses for machines.
pub fn is_exempt(path: &str) -> bool {
    matches!(
        path,
        paths::QUICK_EXIT
            | paths::RETURN
            | paths::READYZ
            | shared::HEALTHZ
            | shared::FAVICON
            | shared::FAVICON_ICO
            | shared::APPLE_TOUCH_ICON
    ) || shared::is_asset(path)
        || path.starts_with("/.well-known/")
        // Whoever wrote the address down types it as it stands in their note.
        || paths::as_meant(path) == paths::RETURN
}

/// The names of our other cookies that a request carries, each once.
pub fn others(headers: &HeaderMap, names: CookieNames) -> Vec<&str> {
    let mut found: Vec<&str> = cookies::names(headers)
        .filter(|name| *name != names.left && OURS.iter().any(|start| name.starts_with(start)))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    const ORIGIN: &str = "https://www.northshire.example";

    fn sender(name: &'static str, value: &'static str) -> Sender {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        Sender::of(&headers, ORIGIN)
    }

    #[test]
    fn our_pages_typed_addresses_and_old_phones_leave() {
        assert_eq!(Sender::of(&HeaderMap::new(), ORIGIN), Sender::Visitor);
        assert_eq!(sender("sec-fetch-site", "same-origin"), Sender::Visitor);
        assert_eq!(sender("sec-fetch-site", "none"), Sender::Visitor);
        assert_eq!(sender("referer", "https://www.northshire.example/contact"), Sender::Visitor);
        assert_eq!(sender("origin", ORIGIN), Sender::Visitor);
    }

    #[test]
    fn other_sites_and_browsers_that_look_ahead_do_not() {
        assert_eq!(sender("sec-fetch-site", "cross-site"), Sender::Other);
        assert_eq!(sender("sec-fetch-site", "same-site"), Sender::Other);
        assert_eq!(sender("sec-fetch-site", "anything new"), Sender::Other);
        assert_eq!(sender("referer", "https://www.northshire.example.evil.test/"), Sender::Other);
        assert_eq!(sender("origin", "https://evil.test"), Sender::Other);
        assert_eq!(sender("origin", "null"), Sender::Other);
        assert_eq!(sender("sec-purpose", "prefetch;prerender"), Sender::Other);
        assert_eq!(sender("purpose", "prefetch"), Sender::Other);
        assert_eq!(sender("x-moz", "prefetch"), Sender::Other);
    }

    #[test]
    fn a_proxy_may_hide_the_name_that_the_visitor_typed() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("192.0.2.7:8000"));
        headers.insert("referer", HeaderValue::from_static("http://192.0.2.7:8000/contact"));
        assert!(!comes_from_elsewhere(&headers, ORIGIN));
        headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
        assert!(comes_from_elsewhere(&headers, ORIGIN), "what the browser says itself counts first");
    }

    #[test]
    fn the_lock_spares_the_way_back_however_it_is_typed_and_nothing_else() {
        for exempt in ["/quick-exit", "/return", "/static/abc/site.css", "/healthz", "/.well-known/security.txt"] {
            assert!(is_exempt(exempt), "{exempt}");
        }
        for typed in ["/Return", "/return/", "/RETURN.", "//return"] {
            assert!(is_exempt(typed), "{typed}");
        }
        for locked in ["/", "/returning", "/return/x", "/static", "/%72eturn", "/search", "/cookies"] {
            assert!(!is_exempt(locked), "{locked}");
        }
    }

    #[test]
    fn every_other_cookie_of_ours_is_found_once() {
        let names = CookieNames::new(false);
        let mut headers = HeaderMap::new();
        let cookie = "bluelamp_visit=1; theirs=2; bluelamp_left=1; bluelamp_choice=2.none; bluelamp_visit=3";
        headers.insert("cookie", HeaderValue::from_static(cookie));
        assert_eq!(others(&headers, names), ["bluelamp_choice", "bluelamp_visit"]);
        assert!(has_left(&headers, names));
    }
}
