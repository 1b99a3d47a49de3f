//! `/admin/users`: the users who may sign in. A new user's password is generated here, shown once,
//! and must be changed at the first sign-in.

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::Frame;
use super::password_check::in_turn;
use super::person::Person;
use crate::domain::id::Id;
use crate::domain::password;
use crate::domain::person::{Role, read_name};
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use crate::store::person::{Account, Last, Removal};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/users";

#[derive(Template)]
#[template(path = "users.html")]
struct Users {
    frame: Frame,
    me: String,
    accounts: Vec<Account>,
    roles: &'static [Role],
    made: Option<Made>,
    wrong: Option<String>,
    typed: String,
}

/// A user who was just created.
struct Made {
    name: String,
    password: String,
}

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    page(&parts, &person, None, None).await
}

/// `POST`.
pub async fn add(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let typed = form.fields.text("name")?.unwrap_or_default();
    let role = form.fields.word("role", Role::ALL)?.unwrap_or(Role::Auditor);
    let name = match read_name(typed) {
        Ok(name) => name,
        Err(error) => return page(&parts, &form.person, None, Some((typed, error.to_string()))).await,
    };
    let password = password::mint().map_err(|error| {
        tracing::error!(%error, "No password can be made: {error}");
        Problem::defect()
    })?;
    let given = password.clone();
    let hash = in_turn(move || password::hash(&given)).await?.map_err(|_| Problem::defect())?;
    let now = parts.clock.now();
    let id = Id::mint(now);
    let account = Account { id, name: name.clone(), role, must_change: true, created_at: now, signed_in_at: None };
    if !parts.store.create_account(account, hash).await? {
        let taken = format!("There is a user called {name}: choose another name.");
        return page(&parts, &form.person, None, Some((&name, taken))).await;
    }
    tracing::info!(user = name, by = form.person.account.name, "{name} may sign in now, as {role}");
    page(&parts, &form.person, Some(Made { name, password }), None).await
}

/// `POST /admin/users/remove`.
pub async fn remove(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let name = form.fields.text("name")?.unwrap_or_default().to_owned();
    let flash = match parts.store.remove_account(name.clone(), Last::Keep).await? {
        Removal::Done => {
            tracing::info!(user = name, by = form.person.account.name, "{name} was removed");
            Flash::done(format!("{name} is removed, and signed out everywhere."))
        }
        Removal::Missing => Flash::refused("There is no such user any more."),
        Removal::LastAdministrator => Flash::refused(format!(
            "{name} is the last administrator, without whom nobody could change anything: make another one first."
        )),
    };
    Ok(answer::go(&form.person.visit, HERE, &flash))
}

async fn page(
    parts: &Parts,
    person: &Person,
    made: Option<Made>,
    wrong: Option<(&str, String)>,
) -> Result<Response, Problem> {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (typed, wrong) = wrong.map_or_else(Default::default, |(typed, why)| (typed.to_owned(), Some(why)));
    let page = Users {
        frame: Frame::of(parts, person, HERE).await,
        me: person.account.name.clone(),
        accounts: parts.store.list_accounts().await?,
        roles: &[Role::Auditor, Role::Administrator],
        made,
        wrong,
        typed,
    };
    answer::show_as(status, &person.visit, &page)
}
