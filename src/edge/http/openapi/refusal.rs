//! Answers that are no success, each described once, with its status. Routes name those they give.

use crate::domain::id::WindowId;
use crate::edge::http::concern::ShownConcern;
use crate::edge::http::problem::STORE_AWAY;
use jiff::Timestamp;
use std::collections::BTreeMap;
use utoipa::openapi::response::Response;
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoResponses, ToResponse, ToSchema};

/// Why a request was not answered as wished (RFC 9457). Problems may have more members than these.
#[derive(ToSchema)]
#[schema(as = Problem)]
pub struct Shape {
    /// Always `about:blank`: the status says it all.
    #[schema(examples("about:blank"))]
    pub r#type: String,
    /// The status in words.
    #[schema(examples("Unprocessable Entity"))]
    pub title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599, examples(422))]
    pub status: u16,
    /// What is wrong and what to do.
    #[schema(examples(
        "cursor: is not one that this API gave: follow the Link header, or leave it out to begin anew"
    ))]
    pub detail: String,
    /// The same, for clients written for GitLab; for a blocked write GitLab's own sentence.
    pub message: String,
    /// The request's id, as in `X-Request-Id` and in the log.
    pub request_id: String,
    /// The parameter or member that is wrong.
    #[schema(nullable = false, examples("cursor"))]
    pub field: Option<String>,
    /// What would be right.
    #[schema(nullable = false)]
    pub known: Option<Vec<String>>,
    /// `on` when the mode blocks it, `unknown` when the store cannot be reached; seldom there otherwise.
    #[schema(nullable = false, examples("on"))]
    pub mode: Option<String>,
    /// The rule of the write gate that blocks it.
    #[schema(nullable = false, examples("read_only"))]
    pub rule: Option<String>,
    /// The state that an action does not apply to.
    #[schema(nullable = false)]
    pub state: Option<String>,
    /// The planned end of the maintenance that blocks it.
    pub until: Option<Timestamp>,
    /// The window that it overlaps with.
    #[schema(nullable = false)]
    pub overlaps: Option<WindowId>,
    /// What an operator should look at, in words.
    #[schema(nullable = false)]
    pub problems: Option<Vec<String>>,
    /// The same with a code for each.
    #[schema(nullable = false)]
    pub concerns: Option<Vec<ShownConcern>>,
    /// So many bytes are read at most.
    #[schema(nullable = false)]
    pub limit_bytes: Option<u64>,
}

/// The path is not readable: its bytes are no UTF-8.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(400, "Bad Request", "The request cannot be answered.")),
)]
pub struct Unreadable(pub Shape);

/// No token came, or none that is valid.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    headers(("WWW-Authenticate" = String, description = "Always `Bearer`.")),
    example = json!(example(401, "Unauthorized", "401 Unauthorized: send a valid token in PRIVATE-TOKEN or Authorization: Bearer (one in the query is not read).")),
)]
pub struct Unidentified(pub Shape);

/// The token's scope is another one.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(403, "Forbidden", "This needs a token of scope read_api; this one has scope enqueue.")),
)]
pub struct TooNarrow(pub Shape);

/// The token's scope is another one; or the mode is on and the path is not written plainly (an escape, `//`, `;`): the write gate
/// lets this route through, but no other spelling of it. Its answer has the member `rule`, and is 503 with `Retry-After` where
/// `[maintenance] write_block_status` says so.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    headers(("Retry-After" = u32, description = "Seconds to the planned end; only from the write gate, and when one is planned.")),
    examples(
        ("scope" = (
            summary = "The token's scope is another one.",
            value = json!(example(403, "Forbidden", "This needs a token of scope api; this one has scope read_api.")),
        )),
        ("read_only" = (
            summary = "The write gate blocks it.",
            value = json!({
                "mode": "on", "rule": "read_only", "type": "about:blank", "title": "Forbidden", "status": 403,
                "detail": "This instance is in (read-only) maintenance mode: Moving to new disks",
                "message": "You cannot perform write operations on a read-only instance",
                "request_id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70",
            }),
        )),
    ),
)]
pub struct Blocked(pub Shape);

/// There is no such thing, or this token may not see it.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(404, "Not Found", "There is no such notification.")),
)]
pub struct Missing(pub Shape);

/// Whoever asks is not at one of the addresses in `[http] monitoring_clients`.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(404, "Not Found", "There is no such route: /api/v4/openapi.json describes those there are.")),
)]
pub struct Unknown(pub Shape);

/// The action does not apply to the state it is in, which is in `state`.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!({
        "state": "delivered", "type": "about:blank", "title": "Conflict", "status": 409,
        "detail": "The action cancel does not apply to this delivery: it is delivered. Only what waits, is held or failed can be cancelled.",
        "message": "The action cancel does not apply to this delivery: it is delivered. Only what waits, is held or failed can be cancelled.",
        "request_id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70",
    }),
)]
pub struct Inapplicable(pub Shape);

/// A parameter or member is wrong: `field` names it and `detail` says how to put it right.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!({
        "field": "class", "known": ["ordinary", "write_dependent", "paging", "system", "unclassified"], "type": "about:blank",
        "title": "Unprocessable Entity", "status": 422,
        "detail": "class: is none of: ordinary, write_dependent, paging, system, unclassified",
        "message": "class: is none of: ordinary, write_dependent, paging, system, unclassified",
        "request_id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70",
    }),
)]
pub struct Unprocessable(pub Shape);

/// The store cannot be reached, or went back to an older state, so the mode is not known. Nothing was changed: the same request may be sent
/// again.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    headers(("Retry-After" = u32, description = "Seconds to wait.")),
    example = json!({
        "mode": "unknown", "type": "about:blank", "title": "Service Unavailable", "status": 503,
        "detail": STORE_AWAY, "message": STORE_AWAY,
        "request_id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70",
    }),
)]
pub struct Away(pub Shape);

/// Gives each refusal its status, so that routes name it alone.
macro_rules! statuses {
    ($($name:ident = $status:literal),+ $(,)?) => {
        $(impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                BTreeMap::from([($status.to_owned(), Ref::from_response_name(stringify!($name)).into())])
            }
        })+

        /// All of them by name, for the document's components.
        #[must_use]
        pub fn all() -> Vec<(&'static str, RefOr<Response>)> {
            vec![$($name::response()),+]
        }
    };
}

statuses! {
    Unreadable = "400",
    Unidentified = "401",
    TooNarrow = "403",
    Blocked = "403",
    Missing = "404",
    Unknown = "404",
    Inapplicable = "409",
    Unprocessable = "422",
    Away = "503",
}

/// A problem as it is sent.
#[must_use]
pub fn example(status: u16, title: &str, detail: &str) -> serde_json::Value {
    serde_json::json!({
        "type": "about:blank", "title": title, "status": status, "detail": detail, "message": detail,
        "request_id": "019ad6c5-4e00-7b5a-9d3e-6f1c2a8b4d70",
    })
}
