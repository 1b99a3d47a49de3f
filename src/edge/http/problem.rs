//! Problems: every answer that is no success, as `application/problem+json` (RFC 9457).
//!
//! The extra member `message` says the same as `detail`, for clients written for GitLab. A problem is turned into bytes in one
//! place (`exchange`), which adds the request's id. Nothing in it comes from inside: no path, no SQL, no other request.

use crate::flag::switch::SwitchError;
use crate::flag::watch::Watch;
use crate::outbound::request::Rejection;
use crate::store::error::StoreError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// The sentence for everybody who asks while the store is away.
pub const STORE_AWAY: &str =
    "The store cannot be reached, so the mode is not known and nothing was changed: try again in a moment.";
/// The sentence for everybody whose request the store has no room for.
pub const STORE_FULL: &str =
    "The store cannot be written, so nothing was changed: free some space on its disk, then try again.";
/// The sentence for everybody who asks while the store is not believed.
pub const WENT_BACK: &str = "The store went back to an older state (it was restored, or lost a change in a failover), so the mode is not known and nothing was \
     changed: an administrator must say whether it is on or off, on Settings › General, by the API, or with `postern maintenance on` or `off`.";

/// An answer that is no success.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    message: Option<String>,
    members: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with a sentence that says what to do.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), message: None, members: Map::new(), headers: Vec::new() }
    }

    /// 422: the parameter or member `field` is wrong.
    #[must_use]
    pub fn field(field: impl Into<String>, detail: impl std::fmt::Display) -> Self {
        let field = field.into();
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{field}: {detail}")).member("field", field)
    }

    /// 404: there is no such thing, or the token may not see it.
    #[must_use]
    pub fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no such {what}."))
    }

    /// 503: whether the mode is on is not known; `watch` says why.
    #[must_use]
    pub fn mode_unknown(watch: &Watch) -> Self {
        Self::unknown(if watch.has_gone_back() { WENT_BACK } else { STORE_AWAY })
    }

    /// 503: the store failed so.
    fn of(error: &StoreError) -> Self {
        Self::unknown(match error {
            StoreError::WentBack { .. } => WENT_BACK,
            StoreError::Full(_) => STORE_FULL,
            StoreError::Unreachable(_) | StoreError::Corrupt(_) => STORE_AWAY,
        })
    }

    fn unknown(why: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why)
            .member("mode", "unknown")
            .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
    }

    /// 500: our own defect; the log has the rest.
    #[must_use]
    pub fn defect() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong inside Postern: look for this request's id in its log.",
        )
    }

    /// With one more member.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// With the members of `row` (a JSON object) beside its own.
    #[must_use]
    pub fn members_of(mut self, row: &impl serde::Serialize) -> Self {
        if let Ok(Value::Object(members)) = serde_json::to_value(row) {
            self.members.extend(members);
        }
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With a `message` of its own instead of the detail.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        self.message = Some(message.to_owned());
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is said to people: the short sentence, and the one with the details (often the same).
    #[must_use]
    pub fn said(&self) -> (&str, &str) {
        (self.message.as_deref().unwrap_or(&self.detail), &self.detail)
    }

    /// Does it say no more than its status?
    #[must_use]
    pub fn is_of_status(&self) -> bool {
        self.detail == Self::of_status(self.status).detail
    }

    /// The object as sent for the request `request_id`. Extra members never replace the fixed ones.
    #[must_use]
    pub fn render(&self, request_id: &str) -> Value {
        let mut object = self.members.clone();
        let fixed = [
            ("type", json!("about:blank")),
            ("title", json!(self.status.canonical_reason().unwrap_or("Problem"))),
            ("status", json!(self.status.as_u16())),
            ("detail", json!(self.detail)),
            ("message", json!(self.message.as_ref().unwrap_or(&self.detail))),
            ("request_id", json!(request_id)),
        ];
        object.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(object)
    }

    /// What to say when somebody else (the router, a layer) answered with a bare status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let detail = match status {
            StatusCode::NOT_FOUND => "There is no such route: /api/v4/openapi.json describes those there are.",
            StatusCode::METHOD_NOT_ALLOWED => {
                "This route does not take this method: the Allow header lists those it takes."
            }
            _ => "The request cannot be answered.",
        };
        Self::new(status, detail)
    }
}

impl IntoResponse for Problem {
    /// A bodiless answer that carries the problem; `exchange` writes the body.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "A request is answered 503: {error}");
        Self::of(&error)
    }
}

impl From<SwitchError> for Problem {
    fn from(error: SwitchError) -> Self {
        match error {
            SwitchError::MessageTooLong(_) | SwitchError::MessageNotPlain(_) => {
                Self::field("maintenance_mode_message", error)
            }
            SwitchError::UntilPast => Self::field("maintenance_mode_until", error),
            SwitchError::Store(error) => error.into(),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Field { field, text } => Self::field(field, text),
            Rejection::KeyReused => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, rejection.text()).member("field", "idempotency_key")
            }
            // The enqueuer has logged why.
            Rejection::Unavailable(error) => Self::of(&error),
        }
    }
}
