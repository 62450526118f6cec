//! The host that a request names. No link is made of it and no permission depends on it: the author of any page can make a
//! browser send any name that they let lead to this machine (DNS rebinding).

use std::net::Ipv6Addr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Request, Uri, Version, header};
use url::Url;

/// Tells that a request names two hosts, or none where HTTP/1.1 demands one (RFC 9112 section 3.2). `on_wire` tells what came over a
/// connection from what was made in this process.
pub(super) fn is_unclear<B>(request: &Request<B>, on_wire: bool) -> bool {
    match request.headers().get_all(header::HOST).iter().count() {
        0 => on_wire && request.version() == Version::HTTP_11,
        1 => false,
        _ => true,
    }
}

/// Takes away whom a request says that it was sent to, so that nothing behind the front door compares anything with it.
pub(super) fn forget<B>(request: &mut Request<B>) {
    request.headers_mut().remove(header::HOST);
    if request.uri().authority().is_some()
        && let Some(path) = request.uri().path_and_query().cloned()
    {
        *request.uri_mut() = Uri::from(path);
    }
}

/// Tells that a request was sent to the host of `url`, or to this machine by a name that cannot be another's: a proxy beside the program
/// may use one. The port may differ, since a proxy has its own. A request that names no host was made in this process.
pub(super) fn is_for(url: &Url, uri: &Uri, headers: &HeaderMap) -> bool {
    let named = headers.get(header::HOST).map(|host| Authority::try_from(host.as_bytes()));
    let ours = |authority: &Authority| {
        let host = authority.host().trim_end_matches('.');
        !authority.as_str().contains('@')
            && (is_this_machine(host) || url.host_str().is_some_and(|own| own.eq_ignore_ascii_case(host)))
    };
    named.is_none_or(|named| named.as_ref().is_ok_and(ours)) && uri.authority().is_none_or(ours)
}

fn is_this_machine(host: &str) -> bool {
    let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        || six.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn is_taken(host: &str) -> bool {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
        is_for(&Url::parse("https://desk.northshire.example/").unwrap(), &Uri::from_static("/"), &headers)
    }

    #[test]
    fn only_the_sites_own_name_and_this_machine_are_taken() {
        for host in [
            "desk.northshire.example",
            "DESK.northshire.example:443",
            "desk.northshire.example.",
            "localhost:8001",
            "127.0.0.1",
            "[::1]:8001",
        ] {
            assert!(is_taken(host), "{host}");
        }
        for host in [
            "evil.example",
            "desk.northshire.example.evil.example",
            "desk.northshire.example@evil.example",
            "evil.example@desk.northshire.example",
            "203.0.113.9",
            "[2001:db8::1]",
            "localhost.evil.example",
            "",
            "a b",
        ] {
            assert!(!is_taken(host), "{host}");
        }
        let absolute = Uri::from_static("http://evil.example/");
        let url = Url::parse("https://desk.northshire.example/").unwrap();
        assert!(!is_for(&url, &absolute, &HeaderMap::new()));
    }
}
