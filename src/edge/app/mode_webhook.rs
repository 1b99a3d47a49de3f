//! The mode webhook: tells the application about each mode change in one signed JSON POST,
//! following Standard Webhooks.
//!
//! The body is `{"type": "mode.changed", "timestamp": …, "data": {"mode", "version", "message",
//! "since", "until"}}`; `timestamp` is the time of the change. A retry repeats the `webhook-id`;
//! the higher version is the newer change. Any 2xx answer counts as delivered. `postern check`
//! posts `{"type": "mode.test", "timestamp": …, "data": {}}`, which changes nothing.

use super::client::{Caller, first_words};
use super::signature::Secret;
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::domain::mode::{HistoryEntry, State, Version};
use crate::flag::tell::Herald;
use crate::store::telling::Webhook;
use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Longest wait for an answer; shorter than the lease under which the webhook is called.
const MAX_WAIT: Duration = Duration::from_secs(20);
/// Characters of the application's answer that an operator sees.
const MAX_SHOWN: usize = 200;

/// Posts mode changes to the application. Not `Debug`: its URL may contain a password.
pub struct ModeWebhook(Caller);

#[derive(Serialize)]
struct Event<D> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    timestamp: Timestamp,
    data: D,
}

/// The empty `data` of a test event.
#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Data<'a> {
    mode: State,
    version: Version,
    message: Option<&'a str>,
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    since: Timestamp,
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    until: Option<Timestamp>,
}

impl ModeWebhook {
    /// A webhook at `url` (`https:`, or `http:` within a trusted network). It opens no connection
    /// yet.
    ///
    /// # Errors
    /// A sentence with the remedy, when `url` is not a webhook URL or no TLS roots are available.
    pub fn new(url: Url, secret: Secret, timeout: Duration, clock: Arc<dyn Clock>) -> Result<Self, String> {
        Ok(Self(Caller::new("[app] mode_webhook", url, secret, timeout.min(MAX_WAIT), clock)?))
    }
}

/// Identifies a webhook URL in the store by its hash, because the URL may contain a token.
#[must_use]
pub fn webhook(url: &Url) -> Webhook {
    Sha256::digest(url.as_str().as_bytes()).into()
}

/// The event's id. It is the same for every retry, and differs for a change with the same version
/// in another store.
fn id(change: &HistoryEntry) -> String {
    format!("mode-{}-{}", change.mode.version, change.changed_at.as_microsecond())
}

fn body(change: &HistoryEntry) -> Result<Vec<u8>, serde_json::Error> {
    let mode = &change.mode;
    let data = Data {
        mode: mode.state,
        version: mode.version,
        message: mode.message.as_deref(),
        since: mode.since,
        until: mode.until,
    };
    serde_json::to_vec(&Event { kind: "mode.changed", timestamp: change.changed_at, data })
}

#[async_trait]
impl Herald for ModeWebhook {
    async fn tell(&self, change: &HistoryEntry) -> Result<(), Failure> {
        self.post(&id(change), body(change)).await.map(drop)
    }

    async fn probe(&self) -> Result<String, Failure> {
        let now = self.0.now();
        let event = serde_json::to_vec(&Event { kind: "mode.test", timestamp: now, data: Nothing {} });
        let status = self.post(&format!("test-{}", now.as_microsecond()), event).await?;
        Ok(format!("the application {} answered {status} to a signed test event", self.0.name()))
    }

    fn webhook(&self) -> Webhook {
        webhook(self.0.url())
    }
}

impl ModeWebhook {
    /// Posts an event and returns the status if it is 2xx.
    async fn post(&self, id: &str, body: serde_json::Result<Vec<u8>>) -> Result<StatusCode, Failure> {
        let name = self.0.name();
        let body = body.map_err(|error| Failure::permanent(error.to_string()))?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let response = self.0.post(id, headers, body.into()).await.map_err(|cause| {
            Failure::temporary(format!(
                "the application {name} cannot be told of the mode: {cause}; check [app] mode_webhook and its log"
            ))
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(status);
        }
        let said: String = first_words(response).await.trim().chars().take(MAX_SHOWN).collect();
        let said = if said.is_empty() { said } else { format!(" ({said})") };
        Err(Failure::temporary(format!(
            "the application {name} answered {status}{said} to the mode webhook; check [app] mode_webhook and secret_file"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::super::signature::parse_secret;
    use super::*;
    use crate::clock::FixedClock;
    use crate::domain::mode::{How, Mode};
    use serde_json::{Value, json};
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn change() -> HistoryEntry {
        let message = Some("Moving \"house\"".to_owned());
        let mode = Mode { state: State::On, version: Version(7), message, since: at(10), until: Some(at(20)) };
        let changed_by = "root".to_owned();
        HistoryEntry { mode, before: None, changed_at: at(11), changed_by, how: How::Api, drained_at: None }
    }

    fn hook(url: &str) -> ModeWebhook {
        let clock = Arc::new(FixedClock::at(at(1000)));
        let secret = parse_secret(SECRET).unwrap();
        ModeWebhook::new(Url::parse(url).unwrap(), secret, Duration::from_secs(600), clock).unwrap()
    }

    #[tokio::test]
    async fn a_change_is_posted_as_a_signed_event_with_the_same_id_at_every_try() {
        let server = MockServer::start().await;
        Mock::given(method("POST")).and(path("/mode")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
        let hook = hook(&format!("{}/mode", server.uri()));
        for _ in 0..2 {
            hook.tell(&change()).await.unwrap();
        }
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), 2);
        for request in &requests {
            let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap();
            assert_eq!((header("webhook-id"), header("webhook-timestamp")), ("mode-7-11000000", "1000"));
            assert_eq!(header("content-type"), "application/json");
            let signed = parse_secret(SECRET).unwrap().sign("mode-7-11000000", 1000, &request.body).unwrap();
            assert_eq!(header("webhook-signature"), signed);
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let data = json!({
                "mode": "on", "version": 7, "message": "Moving \"house\"",
                "since": "1970-01-01T00:00:10.000000Z", "until": "1970-01-01T00:00:20.000000Z",
            });
            assert_eq!(body, json!({"type": "mode.changed", "timestamp": "1970-01-01T00:00:11.000000Z", "data": data}));
        }
    }

    #[tokio::test]
    async fn a_probe_is_a_signed_test_event_and_reports_the_answer() {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
        let said = hook(&format!("{}/mode?token=t0p", server.uri())).probe().await.unwrap();
        assert!(said.contains("204") && said.contains("signed test event") && !said.contains("t0p"), "{said}");
        let request = server.received_requests().await.unwrap().remove(0);
        let id = request.headers.get("webhook-id").unwrap().to_str().unwrap();
        let signed = parse_secret(SECRET).unwrap().sign(id, 1000, &request.body).unwrap();
        assert_eq!(request.headers.get("webhook-signature").unwrap(), &*signed);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, json!({"type": "mode.test", "timestamp": "1970-01-01T00:16:40.000000Z", "data": {}}));
    }

    #[tokio::test]
    async fn anything_but_2xx_is_a_failure_that_names_the_key_and_no_secret() {
        for status in [301, 400, 403, 410, 500, 503] {
            let server = MockServer::start().await;
            let answer = ResponseTemplate::new(status).set_body_string("not\nnow");
            Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
            let hook = hook(&format!("{}/mode?token=t0p", server.uri()));
            let failure =
                if status % 2 == 0 { hook.probe().await.unwrap_err() } else { hook.tell(&change()).await.unwrap_err() };
            assert!(failure.text.contains(&status.to_string()) && failure.text.contains("(not now)"), "{failure:?}");
            assert!(failure.text.contains("[app] mode_webhook") && !failure.text.contains("t0p"), "{failure:?}");
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let failure = hook(&format!("http://127.0.0.1:{port}/mode?token=t0p")).tell(&change()).await.unwrap_err();
        assert!(failure.text.contains("cannot be told of the mode") && !failure.text.contains("t0p"), "{failure:?}");
    }
}
