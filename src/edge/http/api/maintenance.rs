//! `/api/v4/maintenance`: the mode, for everybody; what is under way and planned, for those who may read.

use super::drain::{self, Reached, Wait};
use super::window;
use crate::domain::mode::{Mode, ModeView, State as ModeState};
use crate::domain::window::Outlook;
use crate::edge::http::Parts;
use crate::edge::http::auth::Anybody;
use crate::edge::http::param::Params;
use crate::edge::http::precondition::{Condition, tag};
use crate::edge::http::problem::Problem;
use crate::store::drain::Drain;
use crate::store::mode::Node;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A process that said nothing for so long is gone.
pub const NODE_SILENCE: Duration = Duration::from_secs(15);

/// The mode as shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ModeRow {
    /// Off or on.
    pub mode: ModeState,
    /// Its version.
    pub version: i64,
    /// The administrator's words.
    pub message: Option<String>,
    /// When the state began.
    pub since: Timestamp,
    /// The planned end.
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

/// What is under way or waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pending {
    /// Mails being handed over.
    pub hand_overs: i64,
    /// Deliveries being sent.
    pub deliveries: i64,
    /// SMTP transactions open in this process.
    pub smtp_transactions: usize,
    /// Accepted mails to be handed over.
    pub waiting: i64,
    /// Mails kept until the mode is off.
    pub held: i64,
    /// Deliveries to be sent.
    pub queued: i64,
}

/// The mode, and what is under way.
#[derive(Debug, serde::Serialize)]
struct Whole {
    #[serde(flatten)]
    mode: ModeRow,
    drained: bool,
    drained_at: Option<Timestamp>,
    empty: bool,
    pending: Pending,
    nodes: Vec<Node>,
    #[serde(flatten)]
    outlook: Outlook,
}

/// `GET`; with `wait`, answers as soon as it is so.
pub async fn show(
    State(parts): State<Arc<Parts>>,
    caller: Anybody,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if params.text("wait")?.is_some() {
        caller.reader()?;
    }
    if caller.reader().is_ok() {
        let wait = Wait::read(&params)?;
        let reached = drain::until(&parts, wait.as_ref()).await?;
        // What is under way moves without a new version, so this answer is never "not modified".
        let whole = whole(&parts, reached.drain()).await?;
        return match reached {
            Reached::Yes(drain) => Ok(([(header::ETAG, tag(drain.mode.version))], Json(whole)).into_response()),
            Reached::No(_) => {
                Err(Problem::new(StatusCode::CONFLICT, "It is not so yet: see what is pending").members_of(&whole))
            }
        };
    }
    let ModeView::Known(mode) = parts.watch.look().await else { return Err(Problem::mode_unknown()) };
    let etag = [(header::ETAG, tag(mode.version))];
    let kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    if Condition::read(&headers, header::IF_NONE_MATCH).holds(mode.version) {
        return Ok((StatusCode::NOT_MODIFIED, etag, kept).into_response());
    }
    Ok((etag, kept, Json(ModeRow::from(&mode))).into_response())
}

async fn whole(parts: &Parts, drain: &Drain) -> Result<Whole, Problem> {
    Ok(Whole {
        mode: (&drain.mode).into(),
        drained: drain.is_drained(),
        drained_at: drain.drained_at,
        empty: drain.is_empty(),
        pending: pending(parts).await?,
        nodes: nodes(parts).await?,
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
    })
}

async fn nodes(parts: &Parts) -> Result<Vec<Node>, Problem> {
    let since = parts.clock.now().saturating_sub(NODE_SILENCE).unwrap_or(Timestamp::MIN);
    Ok(parts.store.nodes(since).await?)
}
