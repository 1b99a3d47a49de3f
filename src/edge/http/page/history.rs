//! `/admin/maintenance/history`: every change of the mode with its author, time, way and contents,
//! and when it was drained.

use super::answer;
use super::frame::Frame;
use super::moment;
use super::person::Person;
use super::query::Pager;
use crate::domain::mode::State as ModeState;
use crate::edge::http::Parts;
use crate::edge::http::api::history;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::shown::Change;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    frame: Frame,
    rows: Vec<Line>,
    pager: Pager,
}

/// One change, with its differences in words.
struct Line {
    row: Change,
    changes: Vec<String>,
    /// How long it took to drain.
    drained_after: Option<String>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let (rows, next) = history::page(&parts, &params).await?;
    let frame = Frame::of(&parts, &person, "/admin/maintenance/history").await;
    let rows = rows.into_iter().map(Line::of).collect();
    answer::show(&person.visit, &History { frame, rows, pager: Pager::of(&params, next) })
}

impl Line {
    fn of(row: Change) -> Self {
        let drained_after = row.drained_at.map(|at| moment::ago(&row.changed_at, &at));
        Self { changes: changes(&row), drained_after, row }
    }
}

/// What is different, in words.
fn changes(row: &Change) -> Vec<String> {
    let Some(from) = &row.from else { return vec!["The store was made.".to_owned()] };
    let to = &row.to;
    let mut said = Vec::new();
    if from.mode != to.mode {
        let before = moment::ago(&from.since, &row.changed_at);
        said.push(match to.mode {
            ModeState::On => format!("Turned on, after {before} off."),
            ModeState::Off => format!("Turned off, after {before} on."),
        });
    }
    if from.message != to.message {
        said.push(match &to.message {
            Some(message) => format!("Message: {message}"),
            None => "Message taken away.".to_owned(),
        });
    }
    if from.until != to.until {
        said.push(match &to.until {
            Some(until) => format!("Planned end: {}.", moment::minute(until)),
            None => "Planned end taken away.".to_owned(),
        });
    }
    if said.is_empty() && row.opened_windows.is_empty() && row.ended_windows.is_empty() {
        // Only a mode that was set again after a restore makes a version without a difference.
        said.push(format!(
            "Said again that it is {}: the store had gone back, and this version is above all that were seen.",
            to.mode
        ));
    }
    if !row.opened_windows.is_empty() {
        said.push("A scheduled window opened.".to_owned());
    }
    if !row.ended_windows.is_empty() {
        said.push("Ended the open window.".to_owned());
    }
    said
}
