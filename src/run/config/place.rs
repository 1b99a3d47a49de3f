//! Locations: paths, listening addresses, networks.

use super::error::Fault;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// A path, relative to the working directory or absolute.
pub(super) fn path(text: &str) -> Result<PathBuf, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new("names no path", "Write one, like `data/inbox`"));
    }
    if text.starts_with('~') {
        return Err(Fault::new("starts with `~`, which only a shell understands", "Write the whole path"));
    }
    Ok(PathBuf::from(text))
}

/// The path in `scheme:PATH`; `scheme://PATH` means the same, because people write both.
pub(super) fn path_of_url(rest: &str) -> Result<PathBuf, Fault> {
    path(rest.strip_prefix("//").unwrap_or(rest))
}

/// An address and port to listen on.
pub(super) fn listen(text: &str) -> Result<SocketAddr, Fault> {
    text.parse().map_err(|_| {
        Fault::new(
            "is not an address to listen on",
            "Write an IP address and a port, like `127.0.0.1:2525` or `[::]:2525`",
        )
    })
}

/// Whether these two addresses cannot be bound at the same time.
pub(super) fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_ip = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    // Port 0 asks the system for a free port.
    one.port() == other.port() && one.port() != 0 && same_ip
}

/// A network such as `10.0.0.0/8`, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, Fault> {
    let one = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| one()).map(|network| network.trunc()).map_err(|_| {
        Fault::new("is no network", "Write an address like `10.0.0.5` or a network like `10.0.0.0/8` or `fd00::/8`")
    })
}

/// Whether this host is the local machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
