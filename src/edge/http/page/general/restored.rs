//! The page for a restored store. A store that went back to an older version cannot tell whether
//! the mode is on, so all work waits until an administrator sets the mode here. The setting gets a
//! version above all that were seen.

use super::HERE;
use super::draft;
use crate::domain::mode::{Change, HistoryEntry, How, Version};
use crate::edge::http::Parts;
use crate::edge::http::page::answer;
use crate::edge::http::page::flash::Flash;
use crate::edge::http::page::form::Form;
use crate::edge::http::page::frame::Frame;
use crate::edge::http::page::person::Person;
use crate::edge::http::page::return_path;
use crate::edge::http::problem::Problem;
use crate::store::mode::Author;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "general_restored.html")]
struct Restored {
    frame: Frame,
    seen: Version,
    read: Version,
    /// The last change that the store has on record; not believed, but shown.
    last: Option<HistoryEntry>,
}

/// The page that asks the administrator for the mode.
///
/// # Errors
/// 503 without a store.
pub async fn show(parts: &Parts, person: &Person, seen: Version, read: Version) -> Result<Response, Problem> {
    let frame = Frame::of(parts, person, HERE).await;
    let last = parts.store.history(1).await?.pop();
    answer::show_as(StatusCode::SERVICE_UNAVAILABLE, &person.visit, &Restored { frame, seen, read, last })
}

/// Sets the mode as the form says.
///
/// # Errors
/// 422 without a mode in the form, 503 when the store is unavailable.
pub async fn confirm(parts: &Parts, form: &Form) -> Result<Response, Problem> {
    let state = draft::read_state(&form.fields)?
        .ok_or_else(|| Problem::field("maintenance_mode", "says what holds: give true or false"))?;
    let author = Author { name: form.person.account.name.clone(), how: How::Ui };
    let changed = parts.switch.set(Change { state: Some(state), ..Change::default() }, None, author).await?;
    parts.wake_deliveries.notify_one();
    parts.wake_hand_overs.notify_one();
    let mode = changed.mode();
    let text =
        format!("Maintenance mode is {}, as version {}: everything goes on from there.", mode.state, mode.version);
    Ok(answer::go(&form.person.visit, return_path::HOME, &Flash::done(text)))
}
