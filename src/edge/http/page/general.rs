//! `/admin/application_settings/general`: the mode, its message and its planned end.
//!
//! The write gate always passes this route, so that an administrator can turn the mode off. The
//! page's form first asks for a review (`action=review`). The review shows what will change, with
//! numbers if the mode turns, and its button saves the change. A form without an `action`, as a
//! script sends it, is saved at once; a field that it omits keeps its value. `version` is the
//! version that the sender has seen. If the mode has changed since then, the page shows both states
//! and saves nothing. A form that was sent twice finds its own change and reports it.

mod draft;
mod foresight;
mod plan;
mod restored;
mod review;

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::{Banner, Frame};
use super::person::Person;
use super::return_path;
use super::words;
use crate::domain::mode::{Change, HistoryEntry, How, Mode, State as ModeState};
use crate::domain::window::{Shown, WindowState};
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::flag::switch::SwitchError;
use crate::store::error::StoreError;
use crate::store::mode::{Author, Changed};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use draft::{Draft, Wrong};
use foresight::Foresight;
use plan::Typed;
use std::sync::Arc;

/// The page's path.
pub const HERE: &str = "/admin/application_settings/general";

#[derive(Template)]
#[template(path = "general.html")]
struct General {
    frame: Frame,
    mode: Mode,
    draft: Draft,
    wrong: Option<Wrong>,
    foresight: Foresight,
    preview: Option<Banner>,
    windows: Vec<Shown>,
    typed: Typed,
}

impl General {
    /// Why the field `name` is not accepted, if so.
    fn wrong(&self, name: &str) -> Option<&str> {
        self.wrong.as_ref().filter(|wrong| wrong.field == name).map(|wrong| wrong.text.as_str())
    }
}

#[derive(Template)]
#[template(path = "general_moved.html")]
struct Moved {
    frame: Frame,
    now: Mode,
    change: Option<HistoryEntry>,
    draft: Draft,
}

#[derive(Template)]
#[template(path = "general_preview.html")]
struct Preview {
    preview: Option<Banner>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    let mode = match parts.store.mode().await {
        Err(StoreError::WentBack { seen, read }) => return restored::show(&parts, &person, seen, read).await,
        mode => mode?,
    };
    let draft = Draft::of(&mode);
    page(&parts, &person, mode, (draft, Typed::default()), None).await
}

/// `GET …/preview`: the banner as it would look, for a script that asks while a person types.
pub async fn preview(State(parts): State<Arc<Parts>>, person: Person, params: Params) -> Result<Response, Problem> {
    let mode = parts.store.mode().await?;
    let draft = Draft::read(&params, &mode)?;
    answer::show(&person.visit, &Preview { preview: Some(draft.banner(&mode, parts.clock.now())) })
}

/// `POST`.
pub async fn change(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let mode = match parts.store.mode().await {
        Err(StoreError::WentBack { .. }) => return restored::confirm(&parts, &form).await,
        mode => mode?,
    };
    match form.fields.text("action")? {
        None => set(&parts, &form, mode, Asked::Save).await,
        Some("review") => set(&parts, &form, mode, Asked::Review).await,
        Some("edit") => {
            let draft = Draft::read(&form.fields, &mode)?;
            page(&parts, &form.person, mode, (draft, Typed::default()), None).await
        }
        Some("schedule") => {
            let typed = Typed::read(&form.fields)?;
            match plan::schedule(&parts, &form, &typed).await? {
                Ok(done) => Ok(answer::go(&form.person.visit, HERE, &Flash::done(done))),
                Err(wrong) => {
                    let draft = Draft::of(&mode);
                    page(&parts, &form.person, mode, (draft, typed), Some(wrong)).await
                }
            }
        }
        Some("cancel") => {
            let flash = plan::cancel(&parts, &form).await?.map_or_else(Flash::refused, Flash::done);
            Ok(answer::go(&form.person.visit, HERE, &flash))
        }
        Some(_) => {
            Err(Problem::field("action", "is none of: review, edit, schedule, cancel; leave it out to save the mode"))
        }
    }
}

/// The action of a form about the mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// Save the change.
    Save,
    /// Show first what would happen.
    Review,
}

async fn set(parts: &Parts, form: &Form, mode: Mode, asked: Asked) -> Result<Response, Problem> {
    let draft = Draft::read(&form.fields, &mode)?;
    let change = match draft.change(&mode) {
        Ok(change) => change,
        Err(wrong) => return page(parts, &form.person, mode, (draft, Typed::default()), Some(wrong)).await,
    };
    if asked == Asked::Review {
        if draft.version.is_some_and(|version| version != mode.version) {
            return moved(parts, &form.person, mode, (draft, change)).await;
        }
        let change = match parts.switch.check(change.clone()) {
            Ok(change) => change,
            Err(error) => {
                return page(parts, &form.person, mode, (draft, Typed::default()), Some(Wrong::of(&error))).await;
            }
        };
        let after = change.apply(&mode, parts.clock.now());
        if after != mode {
            return review::show(parts, &form.person, (&mode, after), draft).await;
        }
    }
    save(parts, &form.person, mode, draft, change).await
}

async fn save(parts: &Parts, person: &Person, mode: Mode, draft: Draft, change: Change) -> Result<Response, Problem> {
    let author = Author { name: person.account.name.clone(), how: How::Ui };
    match parts.switch.set(change.clone(), draft.version, author).await {
        Ok(Changed::Moved(now)) => moved(parts, person, now, (draft, change)).await,
        Ok(Changed::Same(_)) => {
            Ok(answer::go(&person.visit, HERE, &Flash::done("Nothing was different, so nothing was changed.")))
        }
        Ok(Changed::Done { mode: now, suppressed, released, ended_windows }) => {
            // The change may have released work; work that it blocks is already out of the workers'
            // reach.
            parts.wake_deliveries.notify_one();
            parts.wake_hand_overs.notify_one();
            // After the mode was turned, lead the person to the overview, which shows the progress.
            let way = if now.state == mode.state { HERE } else { return_path::HOME };
            Ok(answer::go(
                &person.visit,
                way,
                &Flash::done(said(&mode, &now, [suppressed, released], ended_windows.len())),
            ))
        }
        Err(SwitchError::Store(error)) => Err(error.into()),
        Err(error) => {
            let wrong = Wrong::of(&error);
            page(parts, person, mode, (draft, Typed::default()), Some(wrong)).await
        }
    }
}

/// The result of a change, in words.
fn said(before: &Mode, now: &Mode, [suppressed, released]: [u64; 2], ended: usize) -> String {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let version = now.version;
    match (now.state == before.state, now.state) {
        (true, _) => format!("The changes are saved, as version {version}."),
        (false, ModeState::On) => {
            let kept = words::counted(count(suppressed), "queued delivery", "queued deliveries");
            format!("Maintenance mode is on, as version {version}. Suppressed: {kept}.")
        }
        (false, ModeState::Off) => {
            let mails = words::counted(count(released), "held mail", "held mails");
            let windows = match ended {
                0 => String::new(),
                _ => format!(
                    " Ended: {}.",
                    words::counted(i64::try_from(ended).unwrap_or(i64::MAX), "window", "windows")
                ),
            };
            format!("Maintenance mode is off, as version {version}. Released for hand-over: {mails}.{windows}")
        }
    }
}

async fn page(
    parts: &Parts,
    person: &Person,
    mode: Mode,
    (draft, typed): (Draft, Typed),
    wrong: Option<Wrong>,
) -> Result<Response, Problem> {
    let frame = Frame::of(parts, person, HERE).await;
    let foresight = Foresight::read(parts, &mode, turned(&mode)).await?;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let preview = Some(draft.banner(&mode, parts.clock.now()));
    let windows = plan::standing(parts).await?;
    answer::show_as(status, &person.visit, &General { frame, mode, draft, wrong, foresight, preview, windows, typed })
}

/// Handles a form whose version is no longer current. If the same form was already saved, it says
/// so. Otherwise the page shows the current mode beside the requested one, and nothing is saved.
async fn moved(
    parts: &Parts,
    person: &Person,
    now: Mode,
    (mut draft, change): (Draft, Change),
) -> Result<Response, Problem> {
    let is_so = parts.switch.check(change).is_ok_and(|change| change.apply(&now, parts.clock.now()) == now);
    if is_so {
        let text = format!("That is saved already, as version {}: maintenance mode is {}.", now.version, now.state);
        return Ok(answer::go(&person.visit, HERE, &Flash::done(text)));
    }
    let frame = Frame::of(parts, person, HERE).await;
    let change = parts.store.history(1).await?.into_iter().find(|change| change.mode.version == now.version);
    // A second save is based on the mode that is shown now.
    draft.version = Some(now.version);
    answer::show_as(StatusCode::PRECONDITION_FAILED, &person.visit, &Moved { frame, now, change, draft })
}

/// The opposite of the current state.
fn turned(mode: &Mode) -> ModeState {
    match mode.state {
        ModeState::Off => ModeState::On,
        ModeState::On => ModeState::Off,
    }
}
