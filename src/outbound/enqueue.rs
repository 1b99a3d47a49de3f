//! Enqueues requests from an application. Each becomes a stored notification on its own, or a
//! rejection that names the wrong member.

use super::classify::SeenNames;
use super::prepare::Outgoing;
use super::request::{EnqueueAnswer, EnqueueRequest, Rejection};
use crate::clock::Clock;
use crate::domain::id::TokenId;
use crate::domain::notification::Class;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::notification::{Enqueued, Idempotency, NewNotification};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Notify;

/// Bytes that are prepared in about a millisecond; larger input runs on a blocking thread.
const MAX_INLINE: usize = 64 * 1024;
/// Longest idempotency key, in bytes.
const MAX_KEY: usize = 255;

/// One request as received.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The JSON body.
    pub body: Bytes,
    /// The caller's token; `None` for the console.
    pub token_id: Option<TokenId>,
    /// The `Idempotency-Key` header.
    pub key: Option<String>,
}

/// Stores notifications.
#[derive(Clone)]
pub struct Enqueuer {
    store: Arc<dyn Store>,
    outgoing: Arc<Outgoing>,
    clock: Arc<dyn Clock>,
    wake: Arc<Notify>,
    unknown: Arc<SeenNames>,
}

struct Ready {
    notification: Arc<NewNotification>,
    warnings: Vec<String>,
}

impl Enqueuer {
    /// An enqueuer that wakes the workers through `wake`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, outgoing: Arc<Outgoing>, clock: Arc<dyn Clock>, wake: Arc<Notify>) -> Self {
        Self { store, outgoing, clock, wake, unknown: Arc::default() }
    }

    /// The same, which notes undeclared kinds in `names`.
    #[must_use]
    pub fn noting(self, names: Arc<SeenNames>) -> Self {
        Self { unknown: names, ..self }
    }

    /// Enqueues each submission on its own. The answers are in the order of the submissions, and
    /// durable when this returns.
    pub async fn enqueue(&self, submissions: Vec<Submission>) -> Vec<Result<EnqueueAnswer, Rejection>> {
        let prepared = self.prepare_all(submissions).await;
        let notifications: Vec<_> = prepared.iter().flatten().map(|ready| Arc::clone(&ready.notification)).collect();
        let stored = if notifications.is_empty() { Ok(Vec::new()) } else { self.store.enqueue(notifications).await };
        let (mut stored, trouble) = match stored {
            Ok(stored) => (stored.into_iter(), None),
            Err(error) => {
                tracing::error!(%error, "Notifications are answered 503: {error}");
                (Vec::new().into_iter(), Some(error))
            }
        };
        let answers: Vec<_> = prepared
            .into_iter()
            .map(|prepared| {
                let ready = prepared?;
                match (stored.next(), &trouble) {
                    (Some(enqueued), _) => self.answer(ready, enqueued),
                    (None, Some(trouble)) => Err(Rejection::Unavailable(trouble.clone())),
                    (None, None) => Err(Rejection::Unavailable(StoreError::Corrupt("an answer is missing".into()))),
                }
            })
            .collect();
        if answers.iter().any(Result::is_ok) {
            self.wake.notify_one();
        }
        answers
    }

    /// Prepares each submission. Large input takes long to parse and compose, so it runs on
    /// blocking threads, away from the async workers.
    async fn prepare_all(&self, submissions: Vec<Submission>) -> Vec<Result<Ready, Rejection>> {
        let (count, bytes) = (submissions.len(), submissions.iter().map(|one| one.body.len()).sum::<usize>());
        if bytes <= MAX_INLINE {
            return submissions.iter().map(|one| self.prepare(one)).collect();
        }
        let own = self.clone();
        let prepared =
            tokio::task::spawn_blocking(move || submissions.iter().map(|one| own.prepare(one)).collect::<Vec<_>>());
        prepared.await.unwrap_or_else(|error| {
            tracing::error!(%error, "Notifications could not be prepared: please report this: {error}");
            let defect = || Err(Rejection::Unavailable(StoreError::Corrupt("preparing ended early".into())));
            std::iter::repeat_with(defect).take(count).collect()
        })
    }

    fn prepare(&self, submission: &Submission) -> Result<Ready, Rejection> {
        let request = parse(&submission.body)?;
        let key = match (&submission.key, &request.idempotency_key) {
            (Some(header), Some(member)) if header != member => {
                return Err(Rejection::field(
                    "idempotency_key",
                    "differs from the Idempotency-Key header: give it once",
                ));
            }
            (header, member) => header.as_ref().or(member.as_ref()),
        };
        if key.is_some_and(|key| key.is_empty() || key.len() > MAX_KEY) {
            return Err(Rejection::field("idempotency_key", format!("has to have 1 to {MAX_KEY} bytes")));
        }
        let idempotency =
            key.map(|key| Idempotency { key: key.clone(), fingerprint: Sha256::digest(&submission.body).into() });
        let prepared = self.outgoing.prepare(&request, submission.token_id, idempotency, self.clock.now())?;
        Ok(Ready { notification: Arc::new(prepared.notification), warnings: prepared.warnings })
    }

    fn answer(&self, ready: Ready, enqueued: Enqueued) -> Result<EnqueueAnswer, Rejection> {
        let reference = ready.notification.reference.clone();
        match enqueued {
            Enqueued::New(receipt) => {
                let new = &ready.notification;
                count(new.class, receipt.accepted.state.as_str(), new.recipients.len());
                if new.class == Class::Unclassified {
                    self.unknown.note(&new.kind);
                }
                Ok(EnqueueAnswer::new(receipt.accepted, ready.warnings, reference, false))
            }
            Enqueued::Replayed(receipt) => Ok(EnqueueAnswer::new(receipt.accepted, ready.warnings, reference, true)),
            Enqueued::KeyReused => Err(Rejection::KeyReused),
        }
    }
}

/// Parses a request; the rejection names the wrong member.
fn parse(body: &[u8]) -> Result<EnqueueRequest, Rejection> {
    // Serde would read an array as the members in declaration order.
    if body.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        let remedy = "is no JSON object: write one for a notification; many are application/x-ndjson, an object a line";
        return Err(Rejection::field("body", remedy));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let request: EnqueueRequest = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let text = told(error.inner(), body);
        // Serde reports missing and unknown members at the root, with their name in back-ticks.
        let named = text.split('`').nth(1).filter(|_| text.contains(" field `")).map(str::to_owned);
        let field = named.unwrap_or_else(|| if path == "." || path == "?" { "body".into() } else { path });
        Rejection::field(field, text)
    })?;
    json.end().map_err(|error| Rejection::field("body", told(&error, body)))?;
    Ok(request)
}

/// The parse error as text. A one-line request omits the line number: it is often one line of a
/// longer file.
fn told(error: &serde_json::Error, body: &[u8]) -> String {
    let text = error.to_string();
    match body.trim_ascii().contains(&b'\n') {
        true => text,
        false => text.replace(&format!(" at line {} column ", error.line()), " at column "),
    }
}

fn count(class: Class, state: &'static str, deliveries: usize) {
    let deliveries = u64::try_from(deliveries).unwrap_or(0);
    metrics::counter!("postern_enqueued_total", "class" => class.as_str(), "state" => state).increment(deliveries);
}
