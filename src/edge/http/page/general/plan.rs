//! Maintenance windows on the page: the current ones, and the one that a person is entering.

use super::draft::{self, Wrong};
use crate::domain::id::WindowId;
use crate::domain::window::Shown;
use crate::edge::http::Parts;
use crate::edge::http::page::form::Form;
use crate::edge::http::page::moment::minute;
use crate::edge::http::param::{Params, restored};
use crate::edge::http::problem::Problem;
use crate::flag::moment::MomentError;
use crate::flag::plan::{End, PlanError, Planner, Wish};
use jiff::tz::TimeZone;
use std::sync::Arc;

/// A window as a person typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The start, as typed.
    pub starts: String,
    /// The end, as typed.
    pub ends: String,
    /// Its message.
    pub message: String,
    /// Whether the gateway turns the mode off at the end.
    pub auto_off: bool,
}

impl Typed {
    /// Reads a form.
    ///
    /// # Errors
    /// 422 when a field is given twice with different values.
    pub fn read(fields: &Params) -> Result<Self, Problem> {
        let text = |name| fields.text(name).map(|text| text.unwrap_or_default().trim().to_owned());
        let message = draft::one_line(&text("message")?);
        let auto_off = fields.text("auto_off")?.is_some_and(|word| word == "true");
        Ok(Self { starts: text("starts_at")?, ends: text("ends_at")?, message, auto_off })
    }

    fn wish(&self) -> Wish {
        Wish {
            starts: restored(&self.starts),
            ends: End::At(restored(&self.ends)),
            zone: Some(TimeZone::UTC),
            message: Some(self.message.clone()).filter(|text| !text.is_empty()),
            auto_off: self.auto_off,
        }
    }
}

/// Schedules the window as typed. Returns the flash message, or the field that is wrong.
///
/// # Errors
/// 503 when the store is unavailable.
pub async fn schedule(parts: &Parts, form: &Form, typed: &Typed) -> Result<Result<String, Wrong>, Problem> {
    match planner(parts).schedule(typed.wish(), form.person.account.name.clone()).await {
        Ok(window) => {
            Ok(Ok(format!("A window is scheduled from {} to {}.", minute(&window.starts_at), minute(&window.ends_at))))
        }
        Err(PlanError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Err(Wrong::at(field(&error), &error))),
    }
}

fn field(error: &PlanError) -> &'static str {
    match error {
        PlanError::End(MomentError::NoLength(_)) | PlanError::End(_) | PlanError::EndNotAfterStart { .. } => "ends_at",
        PlanError::Message(_) => "message",
        PlanError::Start(_)
        | PlanError::StartPast(_)
        | PlanError::Overlaps(_)
        | PlanError::TooMany
        | PlanError::Missing(_)
        | PlanError::Over(..)
        | PlanError::Store(_) => "starts_at",
    }
}

/// Cancels a window. Returns the flash message, or why the window was not cancelled.
///
/// # Errors
/// 404 for a malformed id, 503 when the store is unavailable.
pub async fn cancel(parts: &Parts, form: &Form) -> Result<Result<String, String>, Problem> {
    let id = form.fields.text("id")?.and_then(WindowId::parse).ok_or_else(|| Problem::missing("window"))?;
    match planner(parts).cancel(id, form.person.account.name.clone()).await {
        Ok((window, mode)) if window.opened_at.is_some() => Ok(Ok(format!(
            "The window is cancelled. Maintenance mode stays {}: turn it off when the work is done.",
            mode.state
        ))),
        Ok(_) => Ok(Ok("The window is cancelled.".to_owned())),
        Err(PlanError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}

/// The windows that are planned or open.
///
/// # Errors
/// 503 when the store is unavailable.
pub async fn standing(parts: &Parts) -> Result<Vec<Shown>, Problem> {
    let now = parts.clock.now();
    Ok(parts.store.standing_windows().await?.iter().map(|window| window.shown(now)).collect())
}

fn planner(parts: &Parts) -> Planner {
    Planner::new(Arc::clone(&parts.store), Arc::clone(&parts.clock))
}
