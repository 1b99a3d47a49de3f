//! `/users/password`: changes a person's own password. The change ends all the person's sessions
//! and begins a new one here.

use super::answer;
use super::flash::Flash;
use super::form::OwnForm;
use super::frame::Frame;
use super::password_check::{self, PasswordCheck, in_turn};
use super::person::Person;
use super::return_path;
use super::sign_in;
use crate::domain::password;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use crate::store::person::{Credential, NewPassword};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "password.html")]
struct Password {
    frame: Frame,
    must_change: bool,
    fields: [Field; 3],
}

/// One of the three input fields.
struct Field {
    id: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    hint: String,
    wrong: Option<String>,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    page(&parts, &person, StatusCode::OK, None).await
}

/// `POST`.
pub async fn change(State(parts): State<Arc<Parts>>, OwnForm(form): OwnForm) -> Result<Response, Problem> {
    let person = form.person;
    let name = person.account.name.clone();
    let field = |name| form.fields.text(name).map(Option::unwrap_or_default);
    let (current, new, again) = (field("current")?, field("new")?, field("again")?);
    if new != again {
        return again_with(&parts, &person, "again", "This is not what you wrote above.").await;
    }
    if let Err(weak) = password::judge(new, &name) {
        return again_with(&parts, &person, "new", weak).await;
    }
    if new == current {
        return again_with(&parts, &person, "new", "This is the password you have: choose another.").await;
    }
    let now = parts.clock.now();
    let (found, browser) = match password_check::check(&parts, &person.visit, &name, current.to_owned()).await? {
        PasswordCheck::Right(found, browser) => (found, browser),
        PasswordCheck::Wrong => return again_with(&parts, &person, "current", "This is not your password.").await,
        PasswordCheck::Wait(free_at) => {
            return again_with(&parts, &person, "current", sign_in::wait_text(free_at, now)).await;
        }
    };
    let new = new.to_owned();
    let hash = in_turn(move || password::hash(&new)).await?.map_err(|_| Problem::defect())?;
    let set = NewPassword { hash, must_change: false };
    let generation = parts.store.set_password(name.clone(), set).await?;
    tracing::info!(user = name, "{name} has a new password, and is signed out everywhere else");
    let flash = Flash::done("Your password is changed, and your other sessions have ended.");
    let mut response = answer::go(&person.visit, return_path::HOME, &flash);
    if let Some(generation) = generation
        && let Some(cookie) = sign_in::begin(&parts, &person.visit, &Credential { generation, ..found }).await?
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
        response.headers_mut().append(header::SET_COOKIE, sign_in::known(&person.visit, &browser));
    }
    Ok(response)
}

async fn again_with(
    parts: &Parts,
    person: &Person,
    field: &'static str,
    why: impl std::fmt::Display,
) -> Result<Response, Problem> {
    page(parts, person, StatusCode::UNPROCESSABLE_ENTITY, Some((field, why.to_string()))).await
}

async fn page(
    parts: &Parts,
    person: &Person,
    status: StatusCode,
    wrong: Option<(&'static str, String)>,
) -> Result<Response, Problem> {
    let mut frame = Frame::of(parts, person, return_path::PASSWORD).await;
    // An auditor may change the own password; only the mode prevents it.
    frame.held = frame.held.filter(|_| frame.mode != "off");
    frame.barred = None;
    let page = Password { frame, must_change: person.account.must_change, fields: fields(wrong) };
    answer::show_as(status, &person.visit, &page)
}

fn fields(wrong: Option<(&'static str, String)>) -> [Field; 3] {
    let hint = format!("At least {} characters: a few words are easy to remember.", password::MIN_CHARS);
    let field = |id, label, autocomplete, hint| {
        let wrong = wrong.clone().filter(|(field, _)| *field == id).map(|(_, why)| why);
        Field { id, label, autocomplete, hint, wrong }
    };
    [
        field("current", "Current password", "current-password", String::new()),
        field("new", "New password", "new-password", hint),
        field("again", "New password, again", "new-password", String::new()),
    ]
}
