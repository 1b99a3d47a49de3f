//! Collects the parameters of the settings from query, form or JSON, also mixed.

use super::{MESSAGE, MODE, UNTIL};
use crate::domain::mode::{Change, State as ModeState};
use crate::edge::http::body;
use crate::edge::http::param::read_time;
use crate::edge::http::problem::Problem;
use crate::edge::http::room::Room;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use url::form_urlencoded;

/// Longest body in bytes: three short parameters.
const MAX_BYTES: usize = 64 * 1024;

/// The known parameters, with their values as given.
#[derive(Debug, Default)]
pub struct Given {
    mode: Option<Value>,
    message: Option<Value>,
    until: Option<Value>,
}

impl Given {
    /// Adds one parameter.
    ///
    /// # Errors
    /// 422 when it was given before with another value.
    pub fn add(&mut self, name: &str, value: Value) -> Result<(), Problem> {
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

    /// Adds the parameters in the body.
    ///
    /// # Errors
    /// 413 when the body is too long, 415 for an unknown type, 422 when it cannot be parsed.
    pub async fn read_body(&mut self, room: &Room, headers: &HeaderMap, body: Body) -> Result<(), Problem> {
        let bytes = body::whole(room, headers, body, MAX_BYTES).await?;
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

    /// The requested change.
    ///
    /// # Errors
    /// 400 when there is none, 422 when a value is wrong.
    pub fn change(self) -> Result<Change, Problem> {
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

/// A value in its query spelling, so that the same value given twice is not a conflict.
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

/// The members of a JSON object in order, so that a repeated member is noticed.
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
