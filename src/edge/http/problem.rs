//! Problems: every error response, as `application/problem+json` (RFC 9457).
//!
//! The extra member `message` repeats `detail`, for clients written for GitLab. One place
//! (`exchange`) renders a problem and adds the request's id. A problem contains nothing internal:
//! no path, no SQL, no other request.

use crate::flag::switch::SwitchError;
use crate::flag::watch::Watch;
use crate::outbound::request::Rejection;
use crate::store::error::StoreError;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// The detail when the store is unavailable.
pub const STORE_AWAY: &str =
    "The store cannot be reached, so the mode is not known and nothing was changed: try again in a moment.";
/// The detail when the store has no room for the request.
pub const STORE_FULL: &str =
    "The store cannot be written, so nothing was changed: free some space on its disk, then try again.";
/// The detail when the store went back to an older state.
pub const WENT_BACK: &str = "The store went back to an older state (it was restored, or lost a change in a failover), so the mode is not known and nothing was \
     changed: an administrator must say whether it is on or off, on Settings › General, by the API, or with `postern maintenance on` or `off`.";

/// An error response.
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

    /// 404: the thing does not exist, or the token may not see it.
    #[must_use]
    pub fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no such {what}."))
    }

    /// 503: the mode is unknown; `watch` knows why.
    #[must_use]
    pub fn mode_unknown(watch: &Watch) -> Self {
        Self::unknown(if watch.has_gone_back() { WENT_BACK } else { STORE_AWAY })
    }

    /// 503: the store failed with `error`.
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

    /// 500: a defect in Postern. The log has the details.
    #[must_use]
    pub fn defect() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong inside Postern: look for this request's id in its log.",
        )
    }

    /// Adds one member.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds the members of `row`, which must be a JSON object.
    #[must_use]
    pub fn members_of(mut self, row: &impl serde::Serialize) -> Self {
        if let Ok(Value::Object(members)) = serde_json::to_value(row) {
            self.members.extend(members);
        }
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Replaces `message`, which otherwise repeats the detail.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        self.message = Some(message.to_owned());
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The texts for people: the short sentence, and the one with details (often the same).
    #[must_use]
    pub fn said(&self) -> (&str, &str) {
        (self.message.as_deref().unwrap_or(&self.detail), &self.detail)
    }

    /// Whether the problem says no more than its status.
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

    /// The problem for a bare status from the router or another layer.
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
    /// A response without a body that carries the problem; `exchange` writes the body.
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
            // The enqueuer has already logged the cause.
            Rejection::Unavailable(error) => Self::of(&error),
        }
    }
}
