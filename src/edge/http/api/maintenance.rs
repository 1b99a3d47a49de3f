//! `/api/v4/maintenance`: the mode, for every client; work in progress and planned windows, for
//! callers with read access.

use super::drain::{self, Goal, Reached, Wait};
use super::window;
use crate::domain::mode::{ModeView, State};
use crate::edge::http::Parts;
use crate::edge::http::auth::Anybody;
use crate::edge::http::openapi::param::IfNoneMatch;
use crate::edge::http::openapi::refusal::{self, Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::param::Params;
use crate::edge::http::precondition::{Condition, tag, whole_tag};
use crate::edge::http::problem::Problem;
use crate::flag::node::live_nodes;
use crate::shown::{self, Mode, ModeWithPending, Pending};
use crate::store::drain::Drain;
use axum::Json;
use axum::extract;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The response: everything with a token of scope `read_api`, only the mode without a token.
struct Shown;

impl PartialSchema for Shown {
    fn schema() -> RefOr<Schema> {
        // Not `oneOf`, because the full response also matches the schema of the mode alone.
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(ModeWithPending::name()))
            .item(Ref::from_schema_name(Mode::name()))
            .into()
    }
}

impl ToSchema for Shown {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ModeWithPending::name().into(), ModeWithPending::schema()));
        ModeWithPending::schemas(schemas);
    }
}

/// The state was not reached in time: a problem, and the work still in progress.
#[derive(utoipa::ToSchema)]
#[schema(as = NotYet)]
pub struct NotYet {
    /// The problem's own members.
    #[serde(flatten)]
    pub problem: refusal::Shape,
    /// The work still in progress.
    #[serde(flatten)]
    pub whole: ModeWithPending,
}

/// Show the mode.
///
/// Every client may see the mode; message and end are null while it is off. With a token of scope
/// `read_api` the response also has the work in progress. Then `wait` delays the response until all
/// work from before the mode has finished (`drained`), or no work is left at all (`empty`): that is
/// when to fail over. Without a token the response can be cached: `ETag` is the mode's version, and
/// `If-None-Match` asks whether it still holds.
#[utoipa::path(
    get, path = "/api/v4/maintenance", operation_id = "show_maintenance", tag = "maintenance",
    security((), ("private_token" = ["read_api"]), ("bearer" = ["read_api"])),
    params(
        ("wait" = inline(Option<Goal>), Query, description = "Answer as soon as it is so; needs scope `read_api`.", example = "drained"),
        (
            "timeout" = Option<String>, Query, pattern = "^[0-9]+[sm]?$", example = "30s",
            description = "How long to wait: seconds (`30s`) or minutes (`5m`), at most 600s; 30s unless given.",
        ),
        IfNoneMatch,
    ),
    responses(
        (status = 200, description = "The mode.", body = Shown, headers(
            ("ETag" = String, description = "The mode's version, in quotes; with a token a weak tag that matches no version."),
        )),
        (status = 304, description = "It still is the version in `If-None-Match`; only without a token.", headers(
            ("ETag" = String, description = "The mode's version, in quotes."),
        )),
        (
            status = 409, description = "It did not become so in time: see `pending`; or the mode is off.", body = NotYet,
            content_type = "application/problem+json",
        ),
        Unidentified, TooNarrow, Unprocessable, Away,
    ),
)]
pub async fn show(
    extract::State(parts): extract::State<Arc<Parts>>,
    caller: Anybody,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if params.text("wait")?.is_some() {
        caller.reader()?;
    }
    let wait = Wait::read(&params)?;
    let reached = match (caller.reader(), drain::until(&parts, wait.as_ref())) {
        (Ok(_), looking) => match (looking.await, &wait) {
            // A store that can be read but not written still provides the mode.
            (Err(_), None) => None,
            (reached, _) => Some(reached?),
        },
        (Err(_), _) => None,
    };
    if let Some(reached) = reached {
        // Work in progress changes without a new version, so this response is never "not modified".
        let whole = whole(&parts, reached.drain()).await?;
        return match reached {
            Reached::Yes(drain) => Ok(([(header::ETAG, whole_tag(drain.mode.version))], Json(whole)).into_response()),
            Reached::No(_) => {
                Err(Problem::new(StatusCode::CONFLICT, "It is not so yet: see what is pending").members_of(&whole))
            }
            Reached::Off(_) => Err(Problem::new(StatusCode::CONFLICT, OFF).members_of(&whole)),
        };
    }
    let ModeView::Known(mode) = parts.watch.look().await else { return Err(Problem::mode_unknown(&parts.watch)) };
    let etag = [(header::ETAG, tag(mode.version))];
    let kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if Condition::read(&headers, header::IF_NONE_MATCH).holds(mode.version) {
        return Ok((StatusCode::NOT_MODIFIED, etag, kept).into_response());
    }
    Ok((etag, kept, Json(Mode::from(mode.announced()))).into_response())
}

/// The detail for a wait while the mode is off.
const OFF: &str = "Maintenance Mode is off, so there is nothing to drain: turn it on first, then wait.";

async fn whole(parts: &Parts, drain: &Drain) -> Result<ModeWithPending, Problem> {
    let is_on = drain.mode.state == State::On;
    Ok(ModeWithPending {
        mode: drain.mode.clone().announced().into(),
        drained: is_on.then(|| drain.is_drained()),
        drained_at: drain.drained_at,
        empty: is_on.then(|| drain.is_empty()),
        pending: Pending::of(&parts.store.depths().await?, Some(parts.smtp_transactions.load(Ordering::Relaxed))),
        nodes: shown::all(live_nodes(parts.store.as_ref(), parts.clock.as_ref(), drain.mode.version).await?),
        outlook: window::outlook(parts, &drain.mode).await?.into(),
    })
}
