//! `/api/v4/application/settings`: the reference's own way to turn the mode on and off.
//!
//! Parameters come by query, form or JSON, also mixed; one that is given twice with different values is 422, for which of them
//! counts is nobody's guess. Unknown parameters are ignored, none known is 400. An empty message or end takes it away.

use crate::domain::mode::{Change, How, Mode, ModeView, State as ModeState};
use crate::domain::window::Shown;
use crate::edge::http::Parts;
use crate::edge::http::auth::{Api, Caller};
use crate::edge::http::body;
use crate::edge::http::param::{Params, read_time};
use crate::edge::http::precondition::{Condition, tag};
use crate::edge::http::problem::Problem;
use crate::store::mode::{Author, Changed};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use std::sync::Arc;
use url::form_urlencoded;

/// The longest body: three short parameters.
const MOST_BYTES: usize = 64 * 1024;

const MODE: &str = "maintenance_mode";
const MESSAGE: &str = "maintenance_mode_message";
const UNTIL: &str = "maintenance_mode_until";

/// The settings as shown.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SettingsRow {
    /// Whether the mode is on.
    pub maintenance_mode: bool,
    /// The administrator's words.
    pub maintenance_mode_message: Option<String>,
    /// The planned end.
    pub maintenance_mode_until: Option<Timestamp>,
    /// The version of all three.
    pub maintenance_mode_version: i64,
}

/// The settings after a change, and the open windows that ended with it, if any.
#[derive(Debug, serde::Serialize)]
struct Done {
    #[serde(flatten)]
    settings: SettingsRow,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ended_windows: Vec<Shown>,
}

impl From<&Mode> for SettingsRow {
    fn from(mode: &Mode) -> Self {
        Self {
            maintenance_mode: mode.state == ModeState::On,
            maintenance_mode_message: mode.message.clone(),
            maintenance_mode_until: mode.until,
            maintenance_mode_version: mode.version,
        }
    }
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, _: Caller<Api>) -> Result<Response, Problem> {
    match parts.watch.look().await {
        ModeView::Known(mode) => Ok(answer(&mode)),
        ModeView::Unknown => Err(Problem::mode_unknown()),
    }
}

/// `PUT`.
pub async fn change(
    State(parts): State<Arc<Parts>>,
    caller: Caller<Api>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut given = Given::default();
    for (name, value) in params.pairs {
        given.add(&name, Value::String(value))?;
    }
    given.read_body(&headers, body).await?;
    let change = given.change()?;
    let expected = expected(&parts, &headers).await?;
    let author = Author { name: caller.token.name, how: How::Api };
    match parts.switch.set(change, expected, author).await? {
        Changed::Moved(mode) => Err(moved(&mode)),
        Changed::Same(mode) => Ok(answer(&mode)),
        Changed::Done { mode, ended_windows, .. } => {
            // What the mode kept back may go now, and what it keeps back from now on is already out of the workers' way.
            parts.wake_deliveries.notify_one();
            parts.wake_hand_overs.notify_one();
            let now = parts.clock.now();
            let ended_windows = ended_windows.iter().map(|window| window.shown(now)).collect();
            let done = Done { settings: SettingsRow::from(&mode), ended_windows };
            Ok(([(header::ETAG, tag(mode.version))], Json(done)).into_response())
        }
    }
}

fn answer(mode: &Mode) -> Response {
    ([(header::ETAG, tag(mode.version))], Json(SettingsRow::from(mode))).into_response()
}

fn moved(mode: &Mode) -> Problem {
    let detail = format!(
        "The settings are at version {} and not at the one in If-Match: look at them again before changing them.",
        mode.version
    );
    Problem::new(StatusCode::PRECONDITION_FAILED, detail)
        .members_of(&SettingsRow::from(mode))
        .header(header::ETAG, tag(mode.version))
}

/// The version that the change is to be made on top of; the store compares it once more inside its transaction.
async fn expected(parts: &Parts, headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let condition = Condition::read(headers, header::IF_MATCH);
    match &condition {
        Condition::Absent | Condition::Any => Ok(None),
        Condition::OneOf(versions) if versions.len() == 1 => Ok(versions.first().copied()),
        Condition::OneOf(_) => {
            let mode = parts.store.mode().await?;
            if condition.holds(mode.version) { Ok(Some(mode.version)) } else { Err(moved(&mode)) }
        }
    }
}

/// The parameters that we know, as they came.
#[derive(Debug, Default)]
struct Given {
    mode: Option<Value>,
    message: Option<Value>,
    until: Option<Value>,
}

impl Given {
    fn add(&mut self, name: &str, value: Value) -> Result<(), Problem> {
        let slot = match name {
            MODE => &mut self.mode,
            MESSAGE => &mut self.message,
            UNTIL => &mut self.until,
            _ => return Ok(()),
        };
        if slot.as_ref().is_some_and(|before| plain(before) != plain(&value)) {
            return Err(Problem::field(name, "is given twice with different values: give it once"));
        }
        *slot = Some(value);
        Ok(())
    }

    async fn read_body(&mut self, headers: &HeaderMap, body: Body) -> Result<(), Problem> {
        let bytes = body::whole(body, MOST_BYTES).await?;
        if bytes.is_empty() {
            return Ok(());
        }
        match body::media_type(headers).as_str() {
            "application/x-www-form-urlencoded" => {
                form_urlencoded::parse(&bytes).try_for_each(|(name, value)| self.add(&name, Value::from(value)))
            }
            "application/json" => {
                let wrong = |error| Problem::field("body", format!("is no JSON object ({error})"));
                let Members(members) = serde_json::from_slice(&bytes).map_err(wrong)?;
                members.into_iter().try_for_each(|(name, value)| self.add(&name, value))
            }
            _ => Err(body::unsupported("application/x-www-form-urlencoded or application/json")),
        }
    }

    fn change(self) -> Result<Change, Problem> {
        if self.mode.is_none() && self.message.is_none() && self.until.is_none() {
            let detail = format!("Nothing to change: give at least one of {MODE}, {MESSAGE}, {UNTIL}.");
            return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
        }
        Ok(Change {
            state: self.mode.map(|value| read_state(&value)).transpose()?,
            message: self.message.map(|value| read_text(MESSAGE, value)).transpose()?,
            until: self.until.map(read_until).transpose()?,
        })
    }
}

/// How a value would stand in a query, so that the same value given twice is no conflict.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => match text.as_str() {
            "1" => "true".to_owned(),
            "0" => "false".to_owned(),
            _ => text.clone(),
        },
        Value::Null => String::new(),
        Value::Number(number) if number.as_i64() == Some(1) => "true".to_owned(),
        Value::Number(number) if number.as_i64() == Some(0) => "false".to_owned(),
        other => other.to_string(),
    }
}

fn read_state(value: &Value) -> Result<ModeState, Problem> {
    match plain(value).as_str() {
        "true" => Ok(ModeState::On),
        "false" => Ok(ModeState::Off),
        _ => Err(Problem::field(MODE, "is none of: true, false, 1, 0")),
    }
}

fn read_text(name: &str, value: Value) -> Result<Option<String>, Problem> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        _ => Err(Problem::field(name, "is no text")),
    }
}

fn read_until(value: Value) -> Result<Option<Timestamp>, Problem> {
    read_text(UNTIL, value)?.map(|text| read_time(UNTIL, &text)).transpose()
}

/// The members of a JSON object in order, so that one given twice is seen.
struct Members(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
