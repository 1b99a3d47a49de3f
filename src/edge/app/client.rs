//! Calling the application: one signed POST, no redirect, no proxy, ended by its timeout. Shared by the two webhooks.

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

/// How much of an answer is read.
const MAX_ANSWER: usize = 4096;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// No connection came about.
    #[error("{0}")]
    Unreachable(String),
    /// The request could not be made, or its answer did not come; that may be due to what was sent.
    #[error("{0}")]
    Broken(String),
}

/// A webhook and the secret its requests are signed with. Not `Debug`: the URL may hold a password.
pub(super) struct Caller {
    key: &'static str,
    url: Url,
    secret: Secret,
    client: Client,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl Caller {
    /// A caller of the `url` that stands under `key` in the configuration; nothing is connected yet.
    ///
    /// # Errors
    /// A sentence with the remedy, when the URL is no webhook or TLS has no roots.
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
        // Without TLS no roots are needed, and a machine may have none.
        let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
        let client = builder.build().map_err(|error| {
            let cause = cause(&error);
            format!("{key}: TLS cannot be set up ({cause}); install the ca-certificates package or set SSL_CERT_FILE")
        })?;
        Ok(Self { key, url, secret, client, timeout, clock })
    }

    /// Where it calls.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// The time.
    pub(super) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Scheme, host and port: a path or query may hold a token.
    pub(super) fn name(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Posts `body`, signed under `id`, with `headers`.
    ///
    /// # Errors
    /// Why there is no answer, without the URL.
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

    /// Connects and hangs up: a request with nothing to say would be answered with an error, whatever the state of things.
    ///
    /// # Errors
    /// Why no connection came about, with the remedy.
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

/// Adds a header whose value is nobody else's business.
pub(super) fn add(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), String> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
    // Letters outside ASCII travel as UTF-8.
    let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| error.to_string())?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// The innermost reason, which says what happened; the outer ones say only that something did.
fn cause(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}

/// The beginning of the answer's body; empty when there is none.
pub(super) async fn first_words(mut response: Response) -> String {
    let mut body = Vec::new();
    while body.len() < MAX_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk[..chunk.len().min(MAX_ANSWER - body.len())]),
            // The status is known; more words would only have been nice.
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
