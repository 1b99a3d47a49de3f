//! `/api/v4/internal/deliverability`: whether a notification of this kind would be sent now, so
//! that the application can tell its user at once instead of saying "check your inbox". This is
//! only a hint: the decision is made when the notification is enqueued.

use crate::edge::http::Parts;
use crate::edge::http::auth::{Caller, Enqueue};
use crate::edge::http::openapi::refusal::{Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::outbound::classify::{Classified, classify};
use crate::policy::outbound::{SendVerdict, judge_delivery};
use crate::policy::rules::Reason;
use crate::shown::Deliverability;
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// Check whether a notification would be sent now.
///
/// An application can say at once that no mail will come now, instead of “check your inbox”. A name
/// is refused under the same rules as when a notification is enqueued. This is only a hint: the
/// decision is made when the notification is enqueued.
#[utoipa::path(
    get, path = "/api/v4/internal/deliverability", operation_id = "show_deliverability", tag = "notifications",
    security(("private_token" = ["enqueue"]), ("bearer" = ["enqueue"])),
    params(("kind" = String, Query, description = "The kind's name or an alias.", min_length = 1, example = "reset_password_instructions")),
    responses(
        (status = 200, description = "Whether it would, and why not.", body = Deliverability),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn show(
    State(parts): State<Arc<Parts>>,
    _: Caller<Enqueue>,
    params: Params,
) -> Result<Json<Deliverability>, Problem> {
    let name = params.text("kind")?.ok_or_else(|| Problem::field("kind", "is missing: name the kind to ask about"))?;
    let unknown = parts.rules.unknown_kind;
    let Classified { kind, class, .. } = classify(&parts.kinds, unknown, name)?;
    let plain = Deliverability { kind, class, send: false, reason: None, message: None, until: None };
    Ok(Json(match judge_delivery(class, &parts.watch.look().await, unknown) {
        SendVerdict::Send => Deliverability { send: true, ..plain },
        SendVerdict::Wait(None) => Deliverability { reason: Some("mode_unknown"), ..plain },
        SendVerdict::Wait(Some(reason)) | SendVerdict::Suppress(reason) => {
            let until = reason.until.filter(|until| *until > parts.clock.now());
            Deliverability { reason: Some(Reason::WORD), message: reason.message, until, ..plain }
        }
    }))
}
