//! The HTTP client of both webhooks: one signed POST, no redirects, no proxy, bounded by a timeout.

use super::signature::Secret;
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::tls::certificate_remedy;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use url::Url;

/// Bytes of an answer's body that are read.
const MAX_ANSWER: usize = 4096;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// No connection could be made.
    #[error("{0}")]
    Unreachable(String),
    /// The request could not be built, or no answer arrived. The request itself may be the cause.
    #[error("{0}")]
    Broken(String),
}

/// A webhook URL and the secret that signs its requests. Not `Debug`: the URL may contain a
/// password.
pub(super) struct Caller {
    key: &'static str,
    url: Url,
    secret: Secret,
    client: Client,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl Caller {
    /// A caller for the `url` configured under `key`. It opens no connection yet.
    ///
    /// # Errors
    /// A sentence with the remedy, when `url` is not a webhook URL or no TLS roots are available.
    pub(super) fn new(
        key: &'static str,
        url: Url,
        secret: Secret,
        timeout: Duration,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(format!("{key}: this is no webhook; write https://HOST/PATH"));
        }
        let builder = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(timeout)
            .user_agent(concat!("postern/", env!("CARGO_PKG_VERSION")));
        // Plain HTTP needs no TLS roots, and the machine may have none.
        let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
        let client = builder.build().map_err(|error| {
            let cause = cause(&error);
            format!("{key}: TLS cannot be set up ({cause}); install the ca-certificates package or set SSL_CERT_FILE")
        })?;
        Ok(Self { key, url, secret, client, timeout, clock })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Scheme, host and port only, because the path and query may contain a token.
    pub(super) fn name(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Posts `body` with `headers`, signed under `id`.
    ///
    /// # Errors
    /// Why there is no answer. The text never contains the URL.
    pub(super) async fn post(&self, id: &str, headers: HeaderMap, body: bytes::Bytes) -> Result<Response, NoAnswer> {
        let headers = self.signed(id, headers, &body).map_err(NoAnswer::Broken)?;
        let request = self.client.post(self.url.clone()).headers(headers).body(body);
        request.send().await.map_err(|error| match (error.is_connect(), error.is_timeout()) {
            (true, _) => {
                let remedy = certificate_remedy(&error, self.key);
                NoAnswer::Unreachable(remedy.unwrap_or_else(|| cause(&error.without_url())))
            }
            (false, true) => NoAnswer::Broken(format!("it did not answer within {:?} ([app] timeout)", self.timeout)),
            (false, false) => NoAnswer::Broken(cause(&error.without_url())),
        })
    }

    /// Opens a TCP connection and closes it. An empty request would get an error even from a
    /// healthy application.
    ///
    /// # Errors
    /// Why the connection failed, with the remedy.
    pub(super) async fn probe(&self) -> Result<String, Failure> {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.url.port_or_known_default().unwrap_or(443);
        let (name, key) = (self.name(), self.key);
        match tokio::time::timeout(self.timeout, TcpStream::connect((host, port))).await {
            Ok(Ok(_)) => Ok(format!("the application {name} takes connections")),
            Ok(Err(error)) => Err(Failure::temporary(format!(
                "the application {name} cannot be reached: {error}; check {key} and that it is running"
            ))),
            Err(_) => Err(Failure::temporary(format!(
                "the application {name} did not take a connection within {:?}; check {key} and [app] timeout",
                self.timeout
            ))),
        }
    }

    fn signed(&self, id: &str, mut headers: HeaderMap, body: &[u8]) -> Result<HeaderMap, String> {
        let seconds = self.clock.now().as_second();
        let signature = self.secret.sign(id, seconds, body).map_err(|error| error.to_string())?;
        let own = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        for (name, value) in own {
            add(&mut headers, name, &value)?;
        }
        Ok(headers)
    }
}

/// Adds a header whose value is marked sensitive.
pub(super) fn add(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), String> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
    // Text outside ASCII is sent as UTF-8.
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| error.to_string())?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// The innermost cause: outer errors only say that something failed.
fn cause(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}

/// The first bytes of the answer's body, up to `MAX_ANSWER`; empty if there is no body.
pub(super) async fn first_words(mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < MAX_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(MAX_ANSWER - body.len())]),
            // The status is already known, so a body that breaks off does no harm.
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
