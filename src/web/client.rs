//! Where a request comes from: the other end of its connection, or whom a trusted proxy there names.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderMap;

use crate::config::Network;

/// The other end of a connection, put on each of its requests by the accept loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address a request comes from: from the right of `X-Forwarded-For`, the first hop that is no trusted proxy. What a client
/// writes there itself stands further left and is never reached.
#[must_use]
pub fn address(peer: Peer, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut address = peer.0.to_canonical();
    let said: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in said.into_iter().rev() {
        if !trusted(address) {
            break;
        }
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        address = hop.to_canonical();
    }
    address
}

/// Those who share an address for our purposes: an IPv6 customer has a /64 or more to themselves (RFC 6177).
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
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
    use crate::config::Settings;

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
    fn an_ipv6_network_is_one_household() {
        let one: IpAddr = "2001:db8:1:2:3:4:5:6".parse().unwrap();
        assert_eq!(household(one).to_string(), "2001:db8:1:2::");
        let four: IpAddr = "203.0.113.9".parse().unwrap();
        assert_eq!(household(four), four);
    }
}
