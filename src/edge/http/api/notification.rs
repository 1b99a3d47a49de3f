//! `/api/v4/internal/notifications`: the application enqueues one notification (JSON) or many
//! (NDJSON), and reads its own.

use super::{batch, example};
use crate::domain::id::{Id, NotificationId, TokenId};
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, Enqueue};
use crate::edge::http::body;
use crate::edge::http::exchange::RequestId;
use crate::edge::http::openapi::param::IdempotencyKey;
use crate::edge::http::openapi::refusal::{self, Away, Missing, TooNarrow, Unidentified, Unprocessable, Unreadable};
use crate::edge::http::openapi::request::EnqueueRequest;
use crate::edge::http::problem::Problem;
use crate::outbound::enqueue::Submission;
use crate::shown::{EnqueueAnswer, NotificationRecord};
use crate::store::access::Scope;
use crate::store::notification;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use std::sync::Arc;

/// Largest request in bytes: a message of 25 MiB with the third that Base64 adds, rounded down.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Enqueue one notification, or many.
///
/// One as `application/json`: the response comes once the notification is on disk. It says
/// `queued`, or `suppressed` when the mode keeps it back; the application then needs no action,
/// because the report lists it. `queued` with the reason `maintenance` is sent when the mode is
/// off. Log `warnings`: they name what would go wrong in maintenance, such as a kind that is not
/// declared.
///
/// Many as `application/x-ndjson`, one request per line: 202 at once, then one answer or problem
/// per line, in order, while lines are still read. Each line stands alone. A line has at most 32
/// MiB; the request has no size limit. Give each line an `idempotency_key`, so that a request that
/// broke off can be sent again.
///
/// An idempotency key is kept for 7 days per token. The same key with the same bytes returns the
/// first result again, with `Idempotency-Replayed: true`; with other bytes it is 422.
///
/// This works while the mode is on. While the store cannot be reached it is 503, and nothing is
/// kept: send it again.
#[utoipa::path(
    post, path = "/api/v4/internal/notifications", operation_id = "enqueue_notification", tag = "notifications",
    security(("private_token" = ["enqueue"]), ("bearer" = ["enqueue"])),
    params(IdempotencyKey),
    request_body(content(
        (EnqueueRequest = "application/json", examples(
            ("new_note" = (summary = "A comment, which goes out in maintenance too", value = json!(example::new_note()))),
            ("reset_password" = (
                summary = "A password reset, which is suppressed in maintenance", value = json!(example::reset_password()),
            )),
            ("raw" = (summary = "A ready message, with whatever is attached to it", value = json!(example::raw()))),
        )),
        (String = "application/x-ndjson", example = json!(example::batch())),
    )),
    responses(
        (status = 202, description = "It is on disk; or one answer or problem a line.", content(
            (EnqueueAnswer = "application/json", examples(
                ("queued" = (summary = "It goes out", value = json!(example::queued()))),
                ("suppressed" = (summary = "The mode keeps it back", value = json!(example::suppressed()))),
            )),
            (String = "application/x-ndjson", example = json!(example::batch_answer())),
        ), headers(
            ("Idempotency-Replayed" = String, description = "`true`: the answer is that of an earlier request with the same key."),
        ), links(("deliveries" = (operation_id = "show_notification", parameters(("id" = "$response.body#/id")))))),
        (status = 413, description = "More than 32 MiB.", body = refusal::Shape, content_type = "application/problem+json"),
        (
            status = 415, description = "Neither JSON nor NDJSON: `detail` names what is read.", body = refusal::Shape,
            content_type = "application/problem+json",
        ),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn enqueue(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Enqueue>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = key(&headers)?;
    match body::media_type(&headers).as_str() {
        "application/json" => one(&parts, caller.token.id, key, &headers, body).await,
        "application/x-ndjson" if key.is_some() => Err(Problem::field(
            "idempotency_key",
            "cannot be one for many: give each line its own member idempotency_key",
        )),
        "application/x-ndjson" => {
            body::refuse_encoded(&headers)?;
            batch::enqueue(parts, caller.token.id, request_id, body).await
        }
        _ => Err(body::unsupported("application/json for one notification, application/x-ndjson for many")),
    }
}

async fn one(
    parts: &Parts,
    token_id: TokenId,
    key: Option<String>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = body::whole(&parts.room, headers, body, MAX_BYTES).await?;
    let submission = Submission { body: body.bytes(), token_id: Some(token_id), key };
    let answer = parts.enqueuer.enqueue(vec![submission]).await.pop().ok_or_else(Problem::defect)??;
    let replayed = answer.replayed.then_some([(REPLAYED, HeaderValue::from_static("true"))]);
    Ok((StatusCode::ACCEPTED, replayed, Json(EnqueueAnswer::from(answer))).into_response())
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut keys = headers.get_all(KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let text = key.to_str().map_err(|_| Problem::field("idempotency_key", "holds more than plain ASCII"))?;
    if keys.next().is_some() {
        return Err(Problem::field("idempotency_key", "is given twice: give it once"));
    }
    Ok(Some(text.to_owned()))
}

/// Show a notification.
///
/// Its deliveries and every attempt. A token sees what was enqueued with it; one of scope `api`
/// sees all.
#[utoipa::path(
    get, path = "/api/v4/internal/notifications/{id}", operation_id = "show_notification", tag = "notifications",
    security(("private_token" = ["enqueue"]), ("bearer" = ["enqueue"])),
    params(("id" = NotificationId, Path, description = "Its id, as answered when it was enqueued.")),
    responses(
        (status = 200, description = "It.", body = NotificationRecord),
        Unreadable, Unidentified, TooNarrow, Missing, Away,
    ),
)]
pub async fn show(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Enqueue>,
    Path(id): Path<String>,
) -> Result<Json<NotificationRecord>, Problem> {
    let missing = || Problem::missing("notification");
    let id = Id::parse(&id).ok_or_else(missing)?;
    let found = parts.store.notification(id).await?;
    let is_shown = |record: &notification::NotificationRecord| {
        caller.token.scope == Scope::Api || record.token_id == Some(caller.token.id)
    };
    found.filter(is_shown).map(|record| Json(record.into())).ok_or_else(missing)
}
