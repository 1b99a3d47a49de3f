//! The client's address: the connection's peer, or the client that a trusted proxy names.

use crate::listen::client::network;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts as RequestParts;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The other end of the connection. The server adds it to each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The client's address. `None` for requests without a connection (tests), and behind a trusted
/// proxy that sends no readable address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub Option<IpAddr>);

impl Client {
    /// The client of a request from `peer`.
    ///
    /// Only a trusted proxy's `X-Forwarded-For` is read. The client is the last address there that
    /// is not a trusted proxy, because a client can forge everything left of it.
    #[must_use]
    pub fn behind(peer: Option<Peer>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let Some(Peer(peer)) = peer else { return Self(None) };
        let peer = peer.ip().to_canonical();
        if !is_in(trusted, peer) {
            return Self(Some(peer));
        }
        let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        let mut nearest = Some(peer);
        for hop in hops {
            nearest = read(hop.trim());
            if nearest.is_none_or(|address| !is_in(trusted, address)) {
                break;
            }
        }
        Self(nearest)
    }

    /// What a rate limit counts as one client: an IPv4 address, or an IPv6 /64, because one client
    /// controls all of it.
    #[must_use]
    pub fn network(self) -> Option<IpAddr> {
        self.0.map(network)
    }

    /// The address that a limit counts; `None` for a trusted proxy, which speaks for many clients.
    #[must_use]
    pub fn counted(self, trusted_proxies: &[IpNet]) -> Option<IpAddr> {
        self.network().filter(|_| !self.is_among(trusted_proxies))
    }

    /// The address without its last part, for display: `192.0.2.*`, `2001:db8:1:*`.
    #[must_use]
    pub fn masked(self) -> String {
        match self.0 {
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("{a}.{b}.{c}.*")
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:*")
            }
            None => "unknown".to_owned(),
        }
    }

    /// Whether the client is in one of `nets`.
    #[must_use]
    pub fn is_among(self, nets: &[IpNet]) -> bool {
        self.0.is_some_and(|address| is_in(nets, address))
    }
}

impl std::fmt::Display for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut RequestParts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(None)))
    }
}

fn is_in(nets: &[IpNet], address: IpAddr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

/// Parses one hop. Some proxies add the port.
fn read(hop: &str) -> Option<IpAddr> {
    let address = hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    let bracketed = || hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(|ip| ip.parse().ok());
    address.or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        Client::behind(Some(Peer(peer.parse().unwrap())), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(client("192.0.2.1:5", &["127.0.0.1"]), "192.0.2.1");
        assert_eq!(client("10.0.0.1:5", &["192.0.2.9"]), "192.0.2.9");
        assert_eq!(client("[::ffff:10.0.0.1]:5", &["192.0.2.9:4711"]), "192.0.2.9");
    }

    #[test]
    fn what_a_client_wrote_itself_is_not_believed() {
        assert_eq!(client("10.0.0.1:5", &["127.0.0.1, 192.0.2.9, 10.0.0.2"]), "192.0.2.9");
        assert_eq!(client("10.0.0.1:5", &["127.0.0.1", "192.0.2.9"]), "192.0.2.9");
    }

    #[test]
    fn a_proxy_that_names_nobody_readable_leaves_the_client_unknown() {
        assert_eq!(client("10.0.0.1:5", &["127.0.0.1, nonsense"]), "unknown");
        assert_eq!(client("10.0.0.1:5", &[]), "10.0.0.1");
    }
}
