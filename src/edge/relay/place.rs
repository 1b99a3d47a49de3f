//! Parses `[relay] url`.

use rustls::pki_types::ServerName;
use std::net::IpAddr;
use url::{Host, Url};

/// Why `[relay] url` and its password cannot be used. Each message says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayUrlError {
    /// The scheme is not supported.
    #[error("[relay] url: `{0}:` is not a way to send; use smtp://HOST:PORT, smtps://USER@HOST:PORT or file:FOLDER")]
    Scheme(String),
    /// The host is missing or malformed.
    #[error("[relay] url has no usable host; write smtp://HOST:PORT")]
    Host,
    /// Something follows the port.
    #[error("[relay] url has something behind the port; write only smtp://HOST:PORT")]
    Surplus,
    /// The URL contains a password, which would be shown wherever the URL is.
    #[error("[relay] url holds a password; put it into a file and name that in [relay] password_file")]
    PasswordInUrl,
    /// A user without a password.
    #[error("[relay] url names a user, but there is no password; set [relay] password_file")]
    NoPassword,
    /// A password without a user.
    #[error("[relay] password_file is set, but [relay] url names no user; write smtps://USER@HOST:PORT")]
    NoUser,
    /// A password would cross the network unencrypted.
    #[error("[relay] url would send the password in clear to another machine; use smtps://USER@HOST:PORT")]
    PasswordInClear,
    /// TLS cannot be set up.
    #[error("[relay] url: TLS cannot be set up ({0}); install the ca-certificates package or set SSL_CERT_FILE")]
    Tls(String),
}

/// How the connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wire {
    /// Not encrypted.
    Clear,
    /// TLS from the first byte (RFC 8314 §3.3). The certificate must be valid for this name.
    Tls(ServerName<'static>),
}

/// The relay's address and user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// A name or an IP address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) wire: Wire,
    /// The user for AUTH.
    pub(super) user: Option<String>,
}

impl Place {
    /// Reads `smtp://HOST[:PORT]` or `smtps://[USER@]HOST[:PORT]`.
    pub(super) fn read(url: &Url) -> Result<Self, RelayUrlError> {
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err(RelayUrlError::Scheme(url.scheme().to_owned()));
        }
        if url.password().is_some() {
            return Err(RelayUrlError::PasswordInUrl);
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(RelayUrlError::Surplus);
        }
        // `Url` does not parse the host of a scheme it does not know, so parse it here.
        let host = match url.host_str().filter(|host| !host.is_empty()).map(Host::parse) {
            Some(Ok(Host::Domain(name))) => name,
            Some(Ok(Host::Ipv4(ip))) => ip.to_string(),
            Some(Ok(Host::Ipv6(ip))) => ip.to_string(),
            Some(Err(_)) | None => return Err(RelayUrlError::Host),
        };
        let (wire, port) = if url.scheme() == "smtps" {
            (Wire::Tls(ServerName::try_from(host.clone()).map_err(|_| RelayUrlError::Host)?), 465)
        } else {
            (Wire::Clear, 25)
        };
        let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
        Ok(Self { host, port: url.port().unwrap_or(port), wire, user })
    }

    /// Whether the connection stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The host without the user, for logs.
    pub(super) fn name(&self) -> String {
        let scheme = if self.wire == Wire::Clear { "smtp" } else { "smtps" };
        let bracketed = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{bracketed}:{}", self.port)
    }
}

/// Percent-decodes a user, so `user%40example.com` becomes `user@example.com`.
fn decoded(user: &str) -> String {
    // Form decoding is percent decoding, except that it reads `+` as a space.
    let kept = user.replace('+', "%2B");
    url::form_urlencoded::parse(kept.as_bytes()).next().map_or_else(String::new, |(name, _)| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Place, RelayUrlError> {
        Place::read(&Url::parse(text).unwrap())
    }

    #[test]
    fn ports_and_names_have_their_defaults() {
        assert_eq!(read("smtp://mail.example.com").unwrap().name(), "smtp://mail.example.com:25");
        assert_eq!(read("smtps://u@Mail.Example.com/").unwrap().name(), "smtps://mail.example.com:465");
        assert_eq!(read("smtp://[::1]:2525").unwrap().name(), "smtp://[::1]:2525");
        assert_eq!(read("smtp://[::1]:2525").unwrap().host, "::1");
    }

    #[test]
    fn a_user_is_percent_decoded_and_keeps_its_plus() {
        assert_eq!(read("smtps://a%40b+c@h").unwrap().user.as_deref(), Some("a@b+c"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(read("http://h"), Err(RelayUrlError::Scheme("http".to_owned())));
        assert_eq!(read("smtps://u:p@h"), Err(RelayUrlError::PasswordInUrl));
        assert_eq!(read("smtp://h:25/path"), Err(RelayUrlError::Surplus));
        assert_eq!(read("smtp://h?x=1"), Err(RelayUrlError::Surplus));
        assert_eq!(read("smtp:h"), Err(RelayUrlError::Surplus));
        assert_eq!(read("smtp:///"), Err(RelayUrlError::Host));
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (text, answer) in [
            ("smtp://127.0.0.1", true),
            ("smtp://127.8.9.1", true),
            ("smtp://[::1]", true),
            ("smtp://localhost", true),
            ("smtp://10.0.0.1", false),
            ("smtp://localhost.example.com", false),
        ] {
            assert_eq!(read(text).unwrap().is_loopback(), answer, "{text}");
        }
    }
}
