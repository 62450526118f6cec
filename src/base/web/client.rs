//! The address of a client: the other end of its connection, or the address that a trusted proxy there names.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Once;

use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::base::config::{Network, Settings};

/// The other end of a connection, put on each of its requests by the accept loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address a request comes from: from the right of `X-Forwarded-For`, the first hop that is no trusted proxy. What a client
/// writes there itself stands further left and is never reached.
pub fn address(peer: Peer, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut address = peer.0.to_canonical();
    for hop in hops(headers).into_iter().rev() {
        if !trusted(address) {
            break;
        }
        let Ok(hop) = hop.parse::<IpAddr>() else { break };
        address = hop.to_canonical();
    }
    address
}

/// The address of a client; none in a test without one. Warns once in the log if a proxy's header cannot be relied on.
pub fn of(parts: &Parts, settings: &Settings) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>().copied()?;
    // On one's own machine browsers come without a proxy.
    if !settings.is_loopback()
        && let Some(doubt) = doubt(peer, &parts.headers, &settings.trusted_proxies)
    {
        doubt.say_once();
    }
    Some(address(peer, &parts.headers, &settings.trusted_proxies))
}

/// A reason why the address that a proxy gives may not be the visitor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// The proxy gives none.
    Missing,
    /// It passes on what the visitor sent, which may be anything.
    PassedOn,
}

fn doubt(peer: Peer, headers: &HeaderMap, proxies: &[Network]) -> Option<Doubt> {
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    if !trusted(peer.0.to_canonical()) {
        return None;
    }
    let said = hops(headers);
    let own = said.iter().rev().take_while(|hop| hop.parse().is_ok_and(|hop: IpAddr| trusted(hop.to_canonical())));
    match said.len() - own.count() {
        0 => Some(Doubt::Missing),
        1 => None,
        _ => Some(Doubt::PassedOn),
    }
}

impl Doubt {
    fn say_once(self) {
        static MISSING: Once = Once::new();
        static PASSED_ON: Once = Once::new();
        match self {
            Self::Missing => MISSING.call_once(|| {
                tracing::warn!(
                    "a trusted proxy sends no X-Forwarded-For, so limits hold for all its visitors together: let it send that \
                     header with the address it sees (nginx: proxy_set_header X-Forwarded-For $remote_addr), or take it out of \
                     TRUSTED_PROXIES"
                );
            }),
            Self::PassedOn => PASSED_ON.call_once(|| {
                tracing::warn!(
                    "a trusted proxy passes on an X-Forwarded-For that came to it: let it send only the address it sees (nginx: \
                     proxy_set_header X-Forwarded-For $remote_addr), or name the proxies before it in TRUSTED_PROXIES"
                );
            }),
        }
    }
}

/// The addresses in `X-Forwarded-For`, from the visitor to the proxy.
fn hops(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).collect()
}

/// The household of an address, for limits: an IPv6 customer has a /64 or more to themselves (RFC 6177).
pub fn rate_limit_key(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = u128::from(u64::MAX) << 64;
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        address(Peer(peer.parse().unwrap()), &headers, &Settings::for_tests().trusted_proxies).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(seen("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_counts_and_not_what_the_client_wrote() {
        assert_eq!(seen("127.0.0.1", &["10.9.9.9, 198.51.100.1, 127.0.0.2"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("127.0.0.1", &["198.51.100.1, rubbish"]), "127.0.0.1");
    }

    #[test]
    fn a_header_that_cannot_be_relied_on_is_noticed() {
        let doubted = |peer: &str, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            doubt(Peer(peer.parse().unwrap()), &headers, &Settings::for_tests().trusted_proxies)
        };
        assert_eq!(doubted("127.0.0.1", &[]), Some(Doubt::Missing));
        assert_eq!(doubted("127.0.0.1", &["127.0.0.2"]), Some(Doubt::Missing));
        assert_eq!(doubted("127.0.0.1", &["198.51.100.1"]), None);
        assert_eq!(doubted("127.0.0.1", &["198.51.100.1, 127.0.0.2"]), None);
        assert_eq!(doubted("127.0.0.1", &["10.9.9.9, 198.51.100.1"]), Some(Doubt::PassedOn));
        assert_eq!(doubted("127.0.0.1", &["10.9.9.9", "198.51.100.1"]), Some(Doubt::PassedOn));
        assert_eq!(
            doubted("203.0.113.9", &["10.9.9.9, 198.51.100.1"]),
            None,
            "what a visitor writes without a proxy says nothing"
        );
    }

    #[test]
    fn an_ipv6_network_is_one_household() {
        let one: IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        assert_eq!(rate_limit_key(one).to_string(), "2001:db8:1:2::");
        let four: IpAddr = "203.0.113.9".parse().unwrap();
        assert_eq!(rate_limit_key(four), four);
    }
}
