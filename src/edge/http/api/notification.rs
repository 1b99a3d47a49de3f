//! `/api/v4/internal/notifications`: the application enqueues one (JSON) or many (NDJSON), and looks at its own.

use super::batch;
use crate::domain::id::Id;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, Enqueue};
use crate::edge::http::body;
use crate::edge::http::exchange::RequestId;
use crate::edge::http::problem::Problem;
use crate::outbound::enqueue::Submission;
use crate::store::access::Scope;
use crate::store::notification::NotificationRecord;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use std::sync::Arc;

/// One request may have so many bytes: a message of 25 MiB with the third that Base64 adds, rounded down.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// `POST`.
pub async fn enqueue(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Enqueue>,
    Extension(request_id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = key(&headers)?;
    match body::media_type(&headers).as_str() {
        "application/json" => one(&parts, caller.token.id, key, body).await,
        "application/x-ndjson" if key.is_some() => Err(Problem::field(
            "idempotency_key",
            "cannot be one for many: give each line its own member idempotency_key",
        )),
        "application/x-ndjson" => Ok(batch::enqueue(parts, caller.token.id, request_id, body)),
        _ => Err(body::unsupported("application/json for one notification, application/x-ndjson for many")),
    }
}

async fn one(parts: &Parts, token_id: Id, key: Option<String>, body: Body) -> Result<Response, Problem> {
    let body = body::whole(body, MOST_BYTES).await?;
    let submission = Submission { body: &body, token_id: Some(token_id), key };
    let answer = parts.enqueuer.enqueue(&[submission]).await.pop().ok_or_else(Problem::defect)??;
    let replayed = answer.replayed.then_some([(REPLAYED, HeaderValue::from_static("true"))]);
    Ok((StatusCode::ACCEPTED, replayed, Json(answer)).into_response())
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

/// `GET` of one: one's own; scope `api` sees all.
pub async fn show(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Enqueue>,
    Path(id): Path<String>,
) -> Result<Json<NotificationRecord>, Problem> {
    let missing = || Problem::missing("notification");
    let id = Id::parse(&id).ok_or_else(missing)?;
    let found = parts.store.notification(id).await?;
    let is_shown =
        |record: &NotificationRecord| caller.token.scope == Scope::Api || record.token_id == Some(caller.token.id);
    found.filter(is_shown).map(Json).ok_or_else(missing)
}
