//! Error responses, each described once with its status. Routes name the ones they return.

use crate::domain::id::WindowId;
use crate::edge::http::problem::STORE_AWAY;
use crate::shown::Concern;
use jiff::Timestamp;
use std::collections::BTreeMap;
use utoipa::openapi::response::Response;
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoResponses, ToResponse, ToSchema};

/// Why a request failed (RFC 9457). Problems may have more members than these.
#[derive(ToSchema)]
#[schema(as = Problem)]
pub struct Shape {
    /// Always `about:blank`: the status says everything.
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
    /// The same as `detail`, for clients written for GitLab; for a blocked write, GitLab's own
    /// sentence.
    pub message: String,
    /// The request's id, as in `X-Request-Id` and in the log.
    pub request_id: String,
    /// The parameter or member that is wrong.
    #[schema(nullable = false, examples("cursor"))]
    pub field: Option<String>,
    /// The valid values or forms.
    #[schema(nullable = false)]
    pub known: Option<Vec<String>>,
    /// `on` when the mode blocks the request, `unknown` when the store cannot be reached; otherwise
    /// usually absent.
    #[schema(nullable = false, examples("on"))]
    pub mode: Option<String>,
    /// The rule of the write gate that blocks the request.
    #[schema(nullable = false, examples("read_only"))]
    pub rule: Option<String>,
    /// The state to which an action does not apply.
    #[schema(nullable = false)]
    pub state: Option<String>,
    /// The planned end of the maintenance that blocks the request.
    pub until: Option<Timestamp>,
    /// The window that the requested one overlaps.
    #[schema(nullable = false)]
    pub overlaps: Option<WindowId>,
    /// Conditions that need an operator's attention, in words.
    #[schema(nullable = false)]
    pub problems: Option<Vec<String>>,
    /// The same conditions with a code for each.
    #[schema(nullable = false)]
    pub concerns: Option<Vec<Concern>>,
    /// Largest number of bytes that is read.
    #[schema(nullable = false)]
    pub limit_bytes: Option<u64>,
}

/// The path cannot be decoded, because its bytes are not UTF-8.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(400, "Bad Request", "The request cannot be answered.")),
)]
pub struct Unreadable(pub Shape);

/// The request has no token, or an invalid one.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    headers(("WWW-Authenticate" = String, description = "Always `Bearer`.")),
    example = json!(example(401, "Unauthorized", "401 Unauthorized: send a valid token in PRIVATE-TOKEN or Authorization: Bearer (one in the query is not read).")),
)]
pub struct Unidentified(pub Shape);

/// The token has another scope.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(403, "Forbidden", "This needs a token of scope read_api; this one has scope enqueue.")),
)]
pub struct TooNarrow(pub Shape);

/// The token has another scope. Or the mode is on and the path is not in plain spelling (an escape,
/// `//`, `;`): the write gate passes only the plain spelling of this route. The gate's response has
/// the member `rule`, and is 503 with `Retry-After` if `[maintenance] write_block_status` says so.
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

/// The thing does not exist, or this token may not see it.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(404, "Not Found", "There is no such notification.")),
)]
pub struct Missing(pub Shape);

/// The client's address is not in `[http] monitoring_clients`.
#[derive(ToResponse)]
#[response(
    content_type = "application/problem+json",
    example = json!(example(404, "Not Found", "There is no such route: /api/v4/openapi.json describes those there are.")),
)]
pub struct Unknown(pub Shape);

/// The action does not apply to the item's current state, which is in `state`.
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

/// A parameter or member is wrong: `field` names it and `detail` says how to correct it.
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

/// The store cannot be reached, or it went back to an older state, so the mode is not known.
/// Nothing was changed, and the same request may be sent again.
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

/// Gives each error response its status, so that a route only has to name it.
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
