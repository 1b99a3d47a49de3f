//! `/api/v4/suppressed_mails`: the report of what the mode kept back.

use crate::domain::id::Id;
use crate::domain::notification::Class;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi};
use crate::edge::http::listing::{self, Row};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::desk::{SuppressedFilter, SuppressedMail};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use std::sync::Arc;

impl Row for SuppressedMail {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "notification_id",
        "kind",
        "title",
        "class",
        "recipient",
        "subject",
        "reference",
        "reason",
        "mode_version",
        "enqueued_at",
        "suppressed_at",
        "resend",
    ];

    fn key(&self) -> (Timestamp, Id) {
        (self.suppressed_at, self.id)
    }
}

/// `GET`, filtered.
pub async fn list(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&parts, &params, &headers).await
}

/// The list, or the whole as a file, for whoever may read it.
///
/// # Errors
/// 422 for unreadable parameters, 503 without a store.
pub async fn answer(parts: &Parts, params: &Params, headers: &HeaderMap) -> Result<Response, Problem> {
    let filter = filter(parts, params)?;
    let store = Arc::clone(&parts.store);
    let fetch = move |page| {
        let (store, filter) = (Arc::clone(&store), filter.clone());
        async move { store.suppressed(filter, page).await }
    };
    listing::answer(parts, params, headers, "suppressed_mails", fetch).await
}

/// `GET` of one.
pub async fn show(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    Path(id): Path<String>,
) -> Result<Json<SuppressedMail>, Problem> {
    let missing = || Problem::missing("suppressed mail");
    let id = Id::parse(&id).ok_or_else(missing)?;
    parts.store.suppressed_one(id).await?.map(Json).ok_or_else(missing)
}

/// The filter that the parameters name.
///
/// # Errors
/// 422 for what is not readable.
pub fn filter(parts: &Parts, params: &Params) -> Result<SuppressedFilter, Problem> {
    // Rows hold the kind's own name; an alias finds them too. Undeclared kinds are on record as well, so no name is wrong.
    let own_name = |name: &str| parts.kinds.find(name).map_or(name, |kind| kind.name.as_str()).to_owned();
    Ok(SuppressedFilter {
        kind: params.text("kind")?.map(own_name),
        class: params.word("class", Class::ALL)?,
        recipient: params.text("recipient")?.map(str::to_owned),
        mode_versions: params.count("mode_version")?.map(|version| (version, version)),
        since: params.time("since")?,
        until: params.time("until")?,
    })
}
