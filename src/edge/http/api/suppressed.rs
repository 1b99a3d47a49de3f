//! `/api/v4/suppressed_mails`: the report of the notifications that the mode kept back.

use crate::domain::id::{DeliveryId, Id};
use crate::domain::mode::Version;
use crate::domain::notification::Class;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi};
use crate::edge::http::listing;
use crate::edge::http::openapi::param::{FormatParams, PageParams, TimeParams};
use crate::edge::http::openapi::refusal::{Away, Missing, TooNarrow, Unidentified, Unprocessable, Unreadable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown::SuppressedMail;
use crate::store::desk::SuppressedFilter;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;
use utoipa::IntoParams;

/// The filters for suppressed deliveries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SuppressedParams {
    /// Only this kind, which an alias names too.
    #[param(required = false, example = "reset_password_instructions")]
    pub kind: String,
    /// Only this class.
    #[param(required = false)]
    pub class: Class,
    /// Only to this address, exactly.
    #[param(required = false, example = "ann@example.com")]
    pub recipient: String,
    /// Only what was kept back under this version of the mode.
    #[param(required = false, minimum = 1, example = 7)]
    pub mode_version: i64,
}

/// List what the mode kept back.
///
/// One row per suppressed delivery, newest first: its recipient and contents, and whether it can be
/// sent again or has to be requested anew.
#[utoipa::path(
    get, path = "/api/v4/suppressed_mails", operation_id = "list_suppressed_mails", tag = "reports",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(SuppressedParams, TimeParams, PageParams, FormatParams),
    responses(
        (status = 200, description = "A page, or the whole list.", headers(("Link" = String, description = "`<…>; rel=\"next\"`: the next page; not there on the last one (RFC 8288).")), content(
            (Vec<SuppressedMail> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson"),
        ), links(("first" = (operation_id = "show_suppressed_mail", parameters(("id" = "$response.body#/0/id")))))),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn list(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&parts, &params, &headers).await
}

/// One page of the list, or all of it as CSV or NDJSON. The caller's access has been checked.
///
/// # Errors
/// 422 for malformed parameters, 503 when the store is unavailable.
pub async fn answer(parts: &Parts, params: &Params, headers: &HeaderMap) -> Result<Response, Problem> {
    let filter = filter(parts, params)?;
    let store = Arc::clone(&parts.store);
    let fetch = move |page| {
        let (store, filter) = (Arc::clone(&store), filter.clone());
        async move { store.suppressed(filter, page).await }
    };
    listing::answer(parts, params, headers, "suppressed_mails", fetch, SuppressedMail::from).await
}

/// Show one suppressed delivery.
#[utoipa::path(
    get, path = "/api/v4/suppressed_mails/{id}", operation_id = "show_suppressed_mail", tag = "reports",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(("id" = DeliveryId, Path, description = "Its id.")),
    responses((status = 200, description = "It.", body = SuppressedMail), Unreadable, Unidentified, TooNarrow, Missing, Away),
)]
pub async fn show(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    Path(id): Path<String>,
) -> Result<Json<SuppressedMail>, Problem> {
    let missing = || Problem::missing("suppressed mail");
    let id = Id::parse(&id).ok_or_else(missing)?;
    parts.store.suppressed_one(id).await?.map(|mail| Json(mail.into())).ok_or_else(missing)
}

/// The filter that the parameters describe.
///
/// # Errors
/// 422 for malformed parameters.
pub fn filter(parts: &Parts, params: &Params) -> Result<SuppressedFilter, Problem> {
    // Rows hold the kind's own name, so an alias is resolved first. Undeclared kinds are on record
    // too, so every name is valid.
    let own_name = |name: &str| parts.kinds.find(name).map_or_else(|| name.to_owned(), |kind| kind.name.clone());
    Ok(SuppressedFilter {
        kind: params.text("kind")?.map(own_name),
        class: params.word("class", Class::ALL)?,
        recipient: params.text("recipient")?.map(str::to_owned),
        mode_versions: params.count("mode_version")?.map(|version| (Version(version), Version(version))),
        since: params.time("since")?,
        until: params.time("until")?,
    })
}
