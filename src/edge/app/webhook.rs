//! Hands mail over to a webhook: one signed POST per recipient, with the unchanged message as body
//! and trace and labels as headers.
//!
//! It makes one request, follows no redirect and uses no proxy; its timeout always ends it.
//! `policy::handover` judges the status; a few words of the answer's body are shown to operators. A
//! repeated offer has the same `webhook-id`, so that the application can recognise it.

use super::client::{Caller, NoAnswer, add, first_words};
use super::label::fields;
use super::retry_after;
pub use super::signature::{Secret, parse_secret};
use crate::clock::Clock;
use crate::domain::failure::Failure;
use crate::inbound::port::{AppInbox, HandOverAnswer};
use crate::policy::handover::{Answer, read_answer};
use crate::store::claim::Claim;
use crate::store::mail::HandOver;
use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Characters of the application's answer that an operator sees.
const MAX_SHOWN: usize = 200;

/// Posts mail to the application over HTTP. Not `Debug`: its URL may contain a password.
pub struct WebhookInbox {
    caller: Caller,
    hostname: String,
    clock: Arc<dyn Clock>,
}

impl WebhookInbox {
    /// A webhook at `url` (`https:`, or `http:` within a trusted network). It opens no connection
    /// yet. `hostname` is Postern's own, for the trace.
    ///
    /// # Errors
    /// A sentence with the remedy, when `url` is not a webhook URL or no TLS roots are available.
    pub fn new(
        url: Url,
        secret: Secret,
        timeout: Duration,
        hostname: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        Ok(Self { caller: Caller::new("[app] url", url, secret, timeout, Arc::clone(&clock))?, hostname, clock })
    }

    async fn post(&self, item: &HandOver) -> Result<Response, NoAnswer> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("message/rfc822"));
        for (name, value) in fields(item, &self.hostname) {
            add(&mut headers, name, &value).map_err(NoAnswer::Broken)?;
        }
        self.caller.post(&item.recipient_id.to_string(), headers, item.raw.clone()).await
    }
}

#[async_trait]
impl AppInbox for WebhookInbox {
    async fn offer(&self, claim: &Claim<HandOver>) -> HandOverAnswer {
        let item = &claim.item;
        let response = match self.post(item).await {
            Ok(response) => response,
            Err(cause) => {
                let text =
                    format!("the application {} cannot be reached: {cause}; check [app] url and its log", self.name());
                return match cause {
                    NoAnswer::Unreachable(_) => HandOverAnswer::Pause(Failure::temporary(text), None),
                    NoAnswer::Broken(_) => HandOverAnswer::Stumble(Failure::temporary(text), None),
                };
            }
        };
        let status = response.status();
        let again_at = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let again_at = again_at.and_then(|value| retry_after::read(value, self.clock.now()));
        let said = without_secrets(&first_words(response).await, item);
        let text = format!("the application answered {status}{said}{}", remedy(status));
        match read_answer(status.as_u16()) {
            Answer::Done => HandOverAnswer::Done(status.to_string()),
            Answer::Unusable => HandOverAnswer::Unusable(Failure::permanent(text)),
            Answer::Stumble => HandOverAnswer::Stumble(Failure::temporary(text), again_at),
            Answer::Pause => HandOverAnswer::Pause(Failure::temporary(text), again_at),
            Answer::ReadOnly => HandOverAnswer::ReadOnly(Failure::temporary(text), again_at),
        }
    }

    async fn probe(&self) -> Result<String, Failure> {
        self.caller.probe().await
    }

    fn name(&self) -> String {
        self.caller.name()
    }
}

/// The application's answer, shortened for an operator, without envelope data that it may have
/// echoed.
fn without_secrets(said: &str, item: &HandOver) -> String {
    let mut said = said.to_owned();
    let whole = [item.recipient.as_str(), item.sender.as_deref().unwrap_or_default(), item.key.as_str()];
    // A JSON answer may escape the slashes of a key, so its long pieces, such as the token, are
    // removed too.
    let pieces = item.key.split(|c: char| !c.is_alphanumeric()).filter(|piece| piece.len() >= 8);
    for secret in whole.into_iter().filter(|secret| !secret.is_empty()).chain(pieces) {
        said = said.replace(secret, "…");
    }
    let shown: String = said.trim().chars().take(MAX_SHOWN).collect();
    if shown.is_empty() { shown } else { format!(" ({shown})") }
}

/// What an operator can do about this status.
fn remedy(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200..300 => "",
        300..400 => ": set [app] url to where it redirects, for redirects are not followed",
        400 | 413 | 415 | 422 => ": it cannot use this mail; retry it with `postern queue retry` once it can",
        401 => ": check that [app] secret_file holds the secret the application has",
        403 => ": it may be read-only itself, or [app] secret_file does not match",
        404 | 405 => ": check the path in [app] url",
        409 | 429 => ": it is busy; the mail waits",
        500 | 502 | 504 => ": look into its log",
        503 => ": it may be in a maintenance of its own; the mail waits",
        500.. => ": look into its log; the mail waits",
        _ => ": the mail waits",
    }
}
