//! `/api/v4/maintenance`: the mode, for every client; work in progress and planned windows, for
//! callers with read access.

use super::drain::{self, Goal, Reached, Wait};
use super::window;
use crate::domain::mode::{Mode, ModeView, State as ModeState, Version};
use crate::domain::window::Outlook;
use crate::edge::http::Parts;
use crate::edge::http::auth::Anybody;
use crate::edge::http::openapi::param::IfNoneMatch;
use crate::edge::http::openapi::refusal::{self, Away, TooNarrow, Unidentified, Unprocessable};
use crate::edge::http::openapi::standing::NodeShape;
use crate::edge::http::openapi::window::OutlookShape;
use crate::edge::http::param::Params;
use crate::edge::http::precondition::{Condition, tag, whole_tag};
use crate::edge::http::problem::Problem;
use crate::flag::node::{LiveNode, live_nodes};
use crate::store::drain::Drain;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The mode as every client may see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Mode)]
pub struct ModeRow {
    /// Off or on.
    pub mode: ModeState,
    /// Grows by one at every change and never goes back.
    #[schema(value_type = i64, examples(7))]
    pub version: Version,
    /// The administrator's message.
    #[schema(required, examples("Moving to new disks"))]
    pub message: Option<String>,
    /// When the state began.
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub since: Timestamp,
    /// The planned end; an announcement, not a timer.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    pub until: Option<Timestamp>,
}

impl From<&Mode> for ModeRow {
    fn from(mode: &Mode) -> Self {
        Self {
            mode: mode.state,
            version: mode.version,
            message: mode.message.clone(),
            since: mode.since,
            until: mode.until,
        }
    }
}

/// Work in progress or waiting.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Pending {
    /// Mails being handed over.
    pub hand_overs: i64,
    /// Deliveries being sent.
    pub deliveries: i64,
    /// SMTP transactions open in this process.
    pub smtp_transactions: usize,
    /// Accepted mails that wait for hand-over.
    pub waiting: i64,
    /// Mails held until the mode is off.
    pub held: i64,
    /// Deliveries that wait to be sent.
    pub queued: i64,
    /// Queued deliveries of an undeclared kind. While the mode is on they wait for its end, unless
    /// `unknown_kind` says otherwise.
    pub unclassified: i64,
}

/// The mode and the work in progress, for callers with read access.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = ModeWithPending)]
pub struct Whole {
    #[serde(flatten)]
    mode: ModeRow,
    /// Whether all work that was decided before the mode came on has finished; null while the mode
    /// is off.
    #[schema(required)]
    drained: Option<bool>,
    /// When it became drained under this version.
    #[schema(required)]
    #[serde(serialize_with = "crate::domain::six_digits::serialize")]
    drained_at: Option<Timestamp>,
    /// Whether it is drained, and no work is waiting, held or queued; null while the mode is off.
    #[schema(required)]
    empty: Option<bool>,
    /// Work in progress or waiting.
    pending: Pending,
    /// The processes that reported within the last seconds, with the version that each has seen.
    #[schema(value_type = Vec<NodeShape>)]
    nodes: Vec<LiveNode>,
    #[serde(flatten)]
    #[schema(value_type = OutlookShape)]
    outlook: Outlook,
}

/// The response: everything with a token of scope `read_api`, only the mode without a token.
struct Shown;

impl PartialSchema for Shown {
    fn schema() -> RefOr<Schema> {
        // Not `oneOf`, because the full response also matches the schema of the mode alone.
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(Whole::name()))
            .item(Ref::from_schema_name(ModeRow::name()))
            .into()
    }
}

impl ToSchema for Shown {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Whole::name().into(), Whole::schema()));
        Whole::schemas(schemas);
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
    pub whole: Whole,
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
    State(parts): State<Arc<Parts>>,
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
    Ok((etag, kept, Json(ModeRow::from(&mode.announced()))).into_response())
}

/// The detail for a wait while the mode is off.
const OFF: &str = "Maintenance Mode is off, so there is nothing to drain: turn it on first, then wait.";

async fn whole(parts: &Parts, drain: &Drain) -> Result<Whole, Problem> {
    let is_on = drain.mode.state == ModeState::On;
    Ok(Whole {
        mode: (&drain.mode.clone().announced()).into(),
        drained: is_on.then(|| drain.is_drained()),
        drained_at: drain.drained_at,
        empty: is_on.then(|| drain.is_empty()),
        pending: pending(parts).await?,
        nodes: live_nodes(parts.store.as_ref(), parts.clock.as_ref(), drain.mode.version).await?,
        outlook: window::outlook(parts, &drain.mode).await?,
    })
}

async fn pending(parts: &Parts) -> Result<Pending, Problem> {
    let depths = parts.store.depths().await?;
    Ok(Pending {
        hand_overs: depths.hand_overs,
        deliveries: depths.deliveries,
        smtp_transactions: parts.smtp_transactions.load(Ordering::Relaxed),
        waiting: depths.waiting,
        held: depths.held,
        queued: depths.queued,
        unclassified: depths.unclassified,
    })
}
