//! `/api/v4/queue`: shows what waits and why, and lets an operator act on it.

use crate::domain::id::{Id, ItemId};
use crate::domain::mail::MailState;
use crate::domain::notification::DeliveryState;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Api, Caller, ReadApi};
use crate::edge::http::listing;
use crate::edge::http::openapi::param::{FormatParams, PageParams};
use crate::edge::http::openapi::refusal::{
    Away, Blocked, Inapplicable, Missing, TooNarrow, Unidentified, Unprocessable, Unreadable,
};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown;
use crate::store::desk::{Action, QueueFilter, QueueItem, QueueKind};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// List what waits, and why.
///
/// Deliveries and incoming mail that wait, are held or failed, newest first, each with its next try
/// and its last failure. With `state` the list can also show finished ones.
#[utoipa::path(
    get, path = "/api/v4/queue", operation_id = "list_queue", tag = "queue",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(
        ("type" = Option<QueueKind>, Query, description = "Only deliveries, or only incoming mail."),
        ("state" = inline(Option<QueueState>), Query, description = "Only what stands there; one that `type` can have."),
        ("recipient" = Option<String>, Query, description = "Only to this address, exactly; for incoming mail the full one, compared by hash."),
        ("masked_recipient" = Option<String>, Query, description = "Only incoming mail to this address as it is shown, its key masked."),
        ("sender" = Option<String>, Query, description = "Only incoming mail from this reverse path, exactly; `<>` is the null sender."),
        ("message_id" = Option<String>, Query, description = "Only incoming mail with this Message-ID, with or without its angle brackets."),
        PageParams, FormatParams,
    ),
    responses(
        (status = 200, description = "A page, or the whole list.", headers(("Link" = String, description = "`<…>; rel=\"next\"`: the next page; not there on the last one (RFC 8288).")), content(
            (Vec<shown::QueueItem> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson"),
        ), links(
            ("retry" = (operation_id = "retry_queued", parameters(("id" = "$response.body#/0/id")))),
            ("cancel" = (operation_id = "cancel_queued", parameters(("id" = "$response.body#/0/id")))),
            ("release" = (operation_id = "release_queued", parameters(("id" = "$response.body#/0/id")))),
        )),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn list(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = filter(&params)?;
    let store = Arc::clone(&parts.store);
    let fetch = move |page| {
        let (store, filter) = (Arc::clone(&store), filter.clone());
        async move { store.queue(filter, page).await }
    };
    listing::answer(&parts, &params, &headers, "queue", fetch, shown::QueueItem::from).await
}

/// The filter that the parameters describe.
///
/// # Errors
/// 422 for malformed parameters.
pub fn filter(params: &Params) -> Result<QueueFilter, Problem> {
    let kind = params.word("type", QueueKind::ALL)?;
    Ok(QueueFilter {
        kind,
        state: params.word("state", &states(kind))?.map(str::to_owned),
        recipient: params.text("recipient")?.map(str::to_owned),
        masked_recipient: params.text("masked_recipient")?.map(str::to_owned),
        sender: params.text("sender")?.map(str::to_owned),
        message_id: params.text("message_id")?.map(str::to_owned),
    })
}

/// Every state of a queue item, for the API description.
struct QueueState;

impl PartialSchema for QueueState {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(states(None))).into()
    }
}

impl ToSchema for QueueState {}

/// The names of the states, for one of the two kinds or both.
fn states(kind: Option<QueueKind>) -> Vec<&'static str> {
    let mut states = Vec::new();
    if kind != Some(QueueKind::Recipient) {
        states.extend(DeliveryState::ALL.iter().map(|state| state.as_str()));
    }
    if kind != Some(QueueKind::Delivery) {
        states.extend(MailState::ALL.iter().map(|state| state.as_str()));
    }
    let mut seen = std::collections::BTreeSet::new();
    states.retain(|state| seen.insert(*state));
    states
}

/// Retry a queued item now.
///
/// For an item that waits or failed and whose message is still kept.
#[utoipa::path(
    post, path = "/api/v4/queue/{id}/retry", operation_id = "retry_queued", tag = "queue",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    params(("id" = ItemId, Path, description = "The delivery's or recipient's id.")),
    responses(
        (status = 200, description = "How it stands now.", body = shown::QueueItem),
        Unreadable, Unidentified, Blocked, Missing, Inapplicable, Away,
    ),
)]
pub async fn retry(
    State(parts): State<Arc<Parts>>,
    _: Caller<Api>,
    Path(id): Path<String>,
) -> Result<Json<shown::QueueItem>, Problem> {
    act(&parts, &id, Action::Retry).await.map(|item| Json(item.into()))
}

/// Take an item out of the queue.
///
/// For an item that waits, is held or failed. It will not be sent or handed over any more.
#[utoipa::path(
    post, path = "/api/v4/queue/{id}/cancel", operation_id = "cancel_queued", tag = "queue",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    params(("id" = ItemId, Path, description = "The delivery's or recipient's id.")),
    responses(
        (status = 200, description = "How it stands now.", body = shown::QueueItem),
        Unreadable, Unidentified, Blocked, Missing, Inapplicable, Away,
    ),
)]
pub async fn cancel(
    State(parts): State<Arc<Parts>>,
    _: Caller<Api>,
    Path(id): Path<String>,
) -> Result<Json<shown::QueueItem>, Problem> {
    act(&parts, &id, Action::Cancel).await.map(|item| Json(item.into()))
}

/// Hand over held mail.
///
/// The mail is handed over even though the mode is on.
#[utoipa::path(
    post, path = "/api/v4/queue/{id}/release", operation_id = "release_queued", tag = "queue",
    security(("private_token" = ["api"]), ("bearer" = ["api"])),
    params(("id" = ItemId, Path, description = "The delivery's or recipient's id.")),
    responses(
        (status = 200, description = "How it stands now.", body = shown::QueueItem),
        Unreadable, Unidentified, Blocked, Missing, Inapplicable, Away,
    ),
)]
pub async fn release(
    State(parts): State<Arc<Parts>>,
    _: Caller<Api>,
    Path(id): Path<String>,
) -> Result<Json<shown::QueueItem>, Problem> {
    act(&parts, &id, Action::Release).await.map(|item| Json(item.into()))
}

/// Performs an operator's action and wakes the workers.
///
/// # Errors
/// 404 when the item does not exist, 409 when the action does not apply to it, 503 when the store
/// is unavailable.
pub async fn act(parts: &Parts, id: &str, action: Action) -> Result<QueueItem, Problem> {
    let missing = || Problem::missing("delivery or recipient");
    let id = Id::parse(id).ok_or_else(missing)?;
    let (item, applied) = parts.store.act(id, action, parts.clock.now()).await?.ok_or_else(missing)?;
    if !applied {
        let (state, queue) = (&item.state, item.queue);
        let detail = format!("The action {action} does not apply to this {queue}: it is {state}. {}", applies(action));
        return Err(Problem::new(StatusCode::CONFLICT, detail).member("state", state.as_str()));
    }
    tracing::info!(item.id = %id, %action, "An operator asked to {action} {} {id}", item.queue);
    parts.wake_deliveries.notify_one();
    parts.wake_hand_overs.notify_one();
    Ok(item)
}

/// The states that an action applies to, in words.
fn applies(action: Action) -> &'static str {
    match action {
        Action::Retry => "Only what waits or failed, and whose message is still kept, can be tried again.",
        Action::Cancel => "Only what waits, is held or failed can be cancelled.",
        Action::Release => "Only held mail can be released.",
    }
}
