//! One request of a browser: its cookies, whether it came over TLS, and whether one of Postern's
//! pages sent it.
//!
//! Cookies are for this host only: `HttpOnly`, `Path=/`, and over TLS `Secure` with a `__Host-`
//! name, which no other host and no plain connection can set. They are `SameSite=Lax`, not
//! `Strict`: a person who follows a link from a mail or a chat stays signed in, and a request that
//! writes needs more than a cookie anyway ([`Visit::is_ours`], and a token in the form).

use crate::edge::http::Parts;
use crate::edge::http::client::{Client, Peer};
use crate::edge::http::place::Occupant;
use axum::extract::FromRequestParts;
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};
use std::convert::Infallible;
use std::sync::Arc;
use url::{Position, Url};

/// Holds the session's secret.
pub const SESSION: &str = "postern_session";
/// Identifies a browser that has signed in before, under any name.
pub const BROWSER: &str = "postern_browser";
/// Holds the secret of the sign-in form.
pub const SIGN_IN: &str = "postern_sign_in";
/// Holds the flash message for the next page.
pub const FLASH: &str = "postern_flash";

/// Longest `Cookie` line that is read, in bytes.
const MAX_COOKIES: usize = 16 * 1024;

/// The parts of a request that pages use.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The client's address.
    pub client: Client,
    /// The requested path and query.
    pub target: String,
    /// Whether the method is GET or HEAD, which change nothing.
    pub is_reading: bool,
    /// The browser's `User-Agent`.
    pub agent: String,
    /// Whether htmx sent the request; it would follow a redirect itself.
    pub is_partial: bool,
    /// The connection's place, which is told who the caller is.
    pub occupant: Option<Occupant>,
    is_secure: bool,
    is_ours: bool,
    cookies: Vec<(String, String)>,
}

impl Visit {
    /// Reads a request.
    #[must_use]
    pub fn of(parts: &Parts, request: &RequestParts) -> Self {
        let headers = &request.headers;
        let target = request.uri.path_and_query().map_or("/", |target| target.as_str());
        Self {
            client: request.extensions.get().copied().unwrap_or(Client(None)),
            target: target.to_owned(),
            is_reading: request.method.is_safe(),
            agent: text(headers, "user-agent").unwrap_or("").to_owned(),
            is_partial: headers.contains_key("hx-request"),
            occupant: request.extensions.get().cloned(),
            is_secure: is_secure(parts, headers, request.extensions.get().copied()),
            is_ours: is_ours(headers, &parts.settings.external_url),
            cookies: read_cookies(headers),
        }
    }

    /// Whether one of Postern's pages sent the request, according to the browser. It is true for a
    /// request without any such header: current browsers send one, and the token in the form
    /// decides then.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.is_ours
    }

    /// The value of one of Postern's cookies. `None` if it is given twice, because it is not clear
    /// which one counts.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let name = self.full_name(name);
        let mut values = self.cookies.iter().filter(|(given, _)| *given == name).map(|(_, value)| value.as_str());
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// The header that sets one of Postern's cookies for `seconds`; with `None` the browser keeps
    /// it until it closes.
    #[must_use]
    pub fn set(&self, name: &str, value: &str, seconds: Option<i64>) -> HeaderValue {
        let mut cookie = Cookie::build((self.full_name(name), value))
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Lax)
            .build();
        cookie.set_max_age(seconds.map(Duration::seconds));
        // The values are base64url, so the header is always valid.
        HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
    }

    /// The header that deletes one of Postern's cookies.
    #[must_use]
    pub fn unset(&self, name: &str) -> HeaderValue {
        self.set(name, "", Some(0))
    }

    fn full_name(&self, name: &str) -> String {
        if self.is_secure { format!("__Host-{name}") } else { name.to_owned() }
    }
}

impl FromRequestParts<Arc<Parts>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut RequestParts, parts: &Arc<Parts>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, request))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn read_cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let lines = lines.filter(|line| line.len() <= MAX_COOKIES);
    let read = lines.flat_map(|line| Cookie::split_parse(line.to_owned()).filter_map(Result::ok));
    read.map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect()
}

/// Whether the client uses TLS, according to the configuration or a trusted proxy.
fn is_secure(parts: &Parts, headers: &HeaderMap, peer: Option<Peer>) -> bool {
    if parts.settings.external_url.scheme() == "https" {
        return true;
    }
    let believed =
        peer.is_some_and(|Peer(peer)| Client(Some(peer.ip().to_canonical())).is_among(&parts.settings.trusted_proxies));
    // The last value comes from the nearest proxy.
    let lines = headers.get_all("x-forwarded-proto");
    let last = lines.iter().next_back().and_then(|line| line.to_str().ok()?.rsplit(',').next());
    believed && last.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

/// Judges by `Sec-Fetch-Site` (W3C Fetch Metadata). Browsers without it send `Origin` with requests
/// that write.
fn is_ours(headers: &HeaderMap, external_url: &Url) -> bool {
    if headers.contains_key("sec-fetch-site") {
        return matches!(text(headers, "sec-fetch-site"), Some("same-origin" | "none"));
    }
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let origin = text(headers, "origin").and_then(|origin| Url::parse(origin).ok());
    origin.is_some_and(|origin| {
        // Accept the configured origin, or the host that the browser has contacted.
        let host = &origin[Position::BeforeHost..Position::AfterPort];
        origin.origin() == external_url.origin() || text(headers, "host").is_some_and(|asked| asked == host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_from_us(given: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.insert(*name, value.parse().unwrap());
        }
        is_ours(&headers, &"https://postern.example.com".parse().unwrap())
    }

    #[test]
    fn a_form_of_another_site_is_not_ours() {
        assert!(is_from_us(&[("sec-fetch-site", "same-origin"), ("origin", "https://behind.a.proxy")]));
        assert!(!is_from_us(&[("sec-fetch-site", "same-site"), ("origin", "https://postern.example.com")]));
        assert!(!is_from_us(&[("sec-fetch-site", "cross-site")]));
        assert!(is_from_us(&[("origin", "https://postern.example.com")]));
        assert!(is_from_us(&[("origin", "http://127.0.0.1:8025"), ("host", "127.0.0.1:8025")]));
        for origin in
            ["null", "https://evil.example", "http://postern.example.com", "https://postern.example.com:8443", "x"]
        {
            assert!(!is_from_us(&[("origin", origin), ("host", "other.example")]), "{origin}");
        }
        assert!(is_from_us(&[]));
    }
}
