//! `/admin/sessions`: lists all sessions and ends any of them.

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::Frame;
use super::person::Person;
use crate::domain::id::{Id, SessionId};
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use crate::store::person::Session;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/sessions";

#[derive(Template)]
#[template(path = "sessions.html")]
struct Sessions {
    frame: Frame,
    mine: SessionId,
    sessions: Vec<Session>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    let page = Sessions {
        frame: Frame::of(&parts, &person, HERE).await,
        mine: person.session.id,
        sessions: parts.store.list_sessions(parts.clock.now()).await?,
    };
    answer::show(&person.visit, &page)
}

/// `POST /admin/sessions/revoke`.
pub async fn revoke(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let id = form.fields.text("id")?.and_then(Id::parse).ok_or_else(|| Problem::missing("session"))?;
    let flash = if parts.store.end_session(id).await? {
        tracing::info!(session = %id, by = form.person.account.name, "A session was ended");
        Flash::done("The session has ended.")
    } else {
        Flash::refused("This session had ended already.")
    };
    Ok(answer::go(&form.person.visit, HERE, &flash))
}
