//! `/api/v4/incoming_mails`: the recipients of incoming mail and the verdict on each. Their keys
//! are always masked here.

use crate::domain::id::{AnyId, Id, MailId, RecipientId};
use crate::domain::mail::{Intent, MailState, Verdict};
use crate::domain::mode::Version;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, ReadApi};
use crate::edge::http::listing;
use crate::edge::http::openapi::param::{FormatParams, PageParams, TimeParams};
use crate::edge::http::openapi::refusal::{self, Away, Missing, TooNarrow, Unidentified, Unprocessable, Unreadable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown;
use crate::store::desk::{IncomingFilter, IncomingMail, Page};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use utoipa::IntoParams;

/// Most recipients of one mail that a 300 lists.
const MAX_CHOICES: i64 = 1_000;

/// The filters for recipients of incoming mail.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IncomingParams {
    /// Only this intent.
    #[param(required = false)]
    pub intent: Intent,
    /// Only this verdict.
    #[param(required = false)]
    pub verdict: Verdict,
    /// Only this state.
    #[param(required = false)]
    pub state: MailState,
    /// Only to this full address, its key included; it is compared by hash.
    #[param(required = false)]
    pub recipient: String,
    /// Only to this address as it is shown, with its key masked.
    #[param(required = false, example = "incoming+group-project-20-…-issue@forge.example.com")]
    pub masked_recipient: String,
    /// Only from this reverse path, exactly; `<>` is the null sender.
    #[param(required = false, example = "ann@example.com")]
    pub sender: String,
    /// Only with this Message-ID, exactly, with or without its angle brackets.
    #[param(required = false, example = "<1@example.com>")]
    pub message_id: String,
    /// Only the recipients of this mail.
    #[param(required = false)]
    pub mail_id: MailId,
    /// Only what was decided under this version of the mode.
    #[param(required = false, minimum = 1, example = 7)]
    pub mode_version: i64,
}

/// List incoming mail.
///
/// One row per recipient, newest first: accepted, refused, deferred, held or discarded, and its
/// state since then. Keys in addresses are secrets and shown masked.
#[utoipa::path(
    get, path = "/api/v4/incoming_mails", operation_id = "list_incoming_mails", tag = "reports",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(IncomingParams, TimeParams, PageParams, FormatParams),
    responses(
        (status = 200, description = "A page, or the whole list.", headers(("Link" = String, description = "`<…>; rel=\"next\"`: the next page; not there on the last one (RFC 8288).")), content(
            (Vec<shown::IncomingMail> = "application/json"), (String = "text/csv"), (String = "application/x-ndjson"),
        ), links(("first" = (operation_id = "show_incoming_mail", parameters(("id" = "$response.body#/0/id")))))),
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
    let filter = filter(params)?;
    let store = Arc::clone(&parts.store);
    let fetch = move |page| {
        let (store, filter) = (Arc::clone(&store), filter.clone());
        async move { store.incoming(filter, page).await }
    };
    listing::answer(parts, params, headers, "incoming_mails", fetch, shown::IncomingMail::from).await
}

/// Show one recipient of an incoming mail.
#[utoipa::path(
    get, path = "/api/v4/incoming_mails/{id}", operation_id = "show_incoming_mail", tag = "reports",
    security(("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(("id" = RecipientId, Path, description = "Its id, or its mail's when the mail has no other recipient.")),
    responses(
        (status = 200, description = "It.", body = shown::IncomingMail),
        (
            status = 300, description = "The id is that of a mail with several recipients: `ids` are theirs.", body = refusal::Shape,
            content_type = "application/problem+json",
        ),
        Unreadable, Unidentified, TooNarrow, Missing, Away),
)]
pub async fn show(
    State(parts): State<Arc<Parts>>,
    _: Caller<ReadApi>,
    Path(id): Path<String>,
) -> Result<Json<shown::IncomingMail>, Problem> {
    let id = Id::parse(&id).ok_or_else(|| Problem::missing("incoming mail"))?;
    one(&parts, id).await.map(|mail| Json(mail.into()))
}

/// One recipient by its own id, or by its mail's id if the mail has no other recipient.
///
/// # Errors
/// 404 when there is none, 300 when the mail has several, 503 when the store is unavailable.
pub async fn one(parts: &Parts, id: AnyId) -> Result<IncomingMail, Problem> {
    if let Some(mail) = parts.store.incoming_one(id.as_if_of()).await? {
        return Ok(mail);
    }
    let of_mail = IncomingFilter { mail_id: Some(id.as_if_of()), ..IncomingFilter::default() };
    let mut mails = parts.store.incoming(of_mail, Page { limit: MAX_CHOICES, after: None }).await?;
    match (mails.pop(), mails.as_slice()) {
        (Some(only), []) => Ok(only),
        (Some(last), others) => {
            let ids: Vec<String> = others.iter().chain([&last]).map(|mail| mail.id.to_string()).collect();
            let detail = format!("This mail has {} recipients: ask for one of them, or list ?mail_id={id}.", ids.len());
            Err(Problem::new(StatusCode::MULTIPLE_CHOICES, detail).member("ids", ids))
        }
        (None, _) => Err(Problem::missing("incoming mail")),
    }
}

/// The filter that the parameters describe.
///
/// # Errors
/// 422 for malformed parameters.
pub fn filter(params: &Params) -> Result<IncomingFilter, Problem> {
    Ok(IncomingFilter {
        intent: params.word("intent", Intent::ALL)?,
        verdict: params.word("verdict", Verdict::ALL)?,
        state: params.word("state", MailState::ALL)?,
        recipient: params.text("recipient")?.map(str::to_owned),
        masked_recipient: params.text("masked_recipient")?.map(str::to_owned),
        sender: params.text("sender")?.map(str::to_owned),
        message_id: params.text("message_id")?.map(str::to_owned),
        mail_id: params.id("mail_id")?,
        mode_versions: params.count("mode_version")?.map(|version| (Version(version), Version(version))),
        since: params.time("since")?,
        until: params.time("until")?,
    })
}
