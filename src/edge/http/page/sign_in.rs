//! `/users/sign_in` and `/users/sign_out`.
//!
//! A session always begins with a new secret and ignores the browser's old one, so a planted secret
//! opens nothing (session fixation). The sign-in form has a token too, so no other site can sign a
//! browser in to another account unnoticed (login CSRF).

use super::agent;
use super::answer;
use super::csrf;
use super::flash::Flash;
use super::form::{self, OwnForm};
use super::frame::Frame;
use super::password_check::{self, PasswordCheck};
use super::person;
use super::return_path;
use super::visit::{BROWSER, SESSION, SIGN_IN, Visit};
use crate::domain::id::Id;
use crate::domain::person::read_name;
use crate::edge::http::Parts;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use crate::store::person::{Credential, KNOWN, NewSession};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    csrf: String,
    name: String,
    return_to: String,
    wrong: Option<String>,
}

/// `GET /users/sign_in`.
pub async fn show(State(parts): State<Arc<Parts>>, visit: Visit, params: Params) -> Result<Response, Problem> {
    let return_to = params.text("return_to").ok().flatten().and_then(return_path::back).unwrap_or_default();
    if person::identify(&parts, &visit).await?.is_some() {
        return Ok(answer::lead(&visit, if return_to.is_empty() { return_path::HOME } else { return_to }));
    }
    form(&parts, &visit, StatusCode::OK, "", return_to, None).await
}

/// `POST /users/sign_in`.
pub async fn enter(State(parts): State<Arc<Parts>>, visit: Visit, request: Request) -> Result<Response, Problem> {
    form::check_origin(&visit)?;
    let (head, body) = request.into_parts();
    let fields = form::read(&parts, &head, body).await?;
    form::check_token(&visit, SIGN_IN, &fields)?;
    let typed = fields.text("username")?.unwrap_or_default();
    // A malformed name belongs to no user; it is treated like an unknown one.
    let name = read_name(typed).unwrap_or_else(|_| typed.to_lowercase());
    let password = fields.text("password")?.unwrap_or_default().to_owned();
    let return_to = fields.text("return_to")?.and_then(return_path::back).unwrap_or_default();
    let now = parts.clock.now();
    match password_check::check(&parts, &visit, &name, password).await? {
        PasswordCheck::Right(found, browser) => match begin(&parts, &visit, &found).await? {
            Some(cookie) => {
                let wanted = first_page(&parts, &found, return_to).await;
                Ok(welcome(&visit, &found, wanted, cookie, &browser))
            }
            None => wrong(&parts, &visit, &name, return_to).await,
        },
        PasswordCheck::Wrong => wrong(&parts, &visit, &name, return_to).await,
        PasswordCheck::Wait(free_at) => {
            let text = wait_text(free_at, now);
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut response = form(&parts, &visit, status, &name, return_to, Some(text)).await?;
            response.headers_mut().insert(header::RETRY_AFTER, seconds(free_at, now).into());
            Ok(response)
        }
    }
}

/// `POST /users/sign_out`.
pub async fn leave(State(parts): State<Arc<Parts>>, OwnForm(form): OwnForm) -> Result<Response, Problem> {
    let person = form.person;
    parts.store.end_session(person.session.id).await?;
    tracing::info!(user = person.account.name, "{} signed out", person.account.name);
    let mut response = answer::go(&person.visit, return_path::SIGN_IN, &Flash::done("You are signed out."));
    response.headers_mut().append(header::SET_COOKIE, person.visit.unset(SESSION));
    Ok(response)
}

/// Begins a session after a correct password, ends the browser's previous one, and returns the
/// cookie; `None` if the password was changed meanwhile.
///
/// # Errors
/// 503 when the store is unavailable.
pub async fn begin(parts: &Parts, visit: &Visit, found: &Credential) -> Result<Option<HeaderValue>, Problem> {
    if let Some(before) = person::identify(parts, visit).await? {
        parts.store.end_session(before.session.id).await?;
    }
    let (secret, now) = (csrf::mint()?, parts.clock.now());
    let session = NewSession {
        id: Id::mint(now),
        account_id: found.account.id,
        generation: found.generation,
        client: visit.client.masked(),
        agent: agent::words(&visit.agent),
        created_at: now,
    };
    let has_begun = parts.store.open_session(session, Sha256::digest(secret.as_bytes()).into()).await?;
    // The browser keeps the cookie until it closes; the store decides how long the session is
    // valid.
    Ok(has_begun.then(|| visit.set(SESSION, &secret, None)))
}

/// The header that sets the cookie of a known browser.
#[must_use]
pub fn known(visit: &Visit, browser: &str) -> HeaderValue {
    visit.set(BROWSER, browser, Some(KNOWN.as_secs()))
}

/// The message while passwords for this name are not checked.
#[must_use]
pub fn wait_text(free_at: Timestamp, now: Timestamp) -> String {
    let wait = super::moment::span(seconds(free_at, now));
    format!(
        "Too many passwords were wrong: the next one is looked at in {wait}. On the server, `postern user password NAME` sets another."
    )
}

fn seconds(free_at: Timestamp, now: Timestamp) -> i64 {
    free_at.duration_since(now).as_secs().max(0).saturating_add(1)
}

/// The page after signing in: the requested one, or first the password page if the password was
/// generated. While the mode is on no password can be changed, so the step is skipped; every page
/// then shows a reminder until the password is changed.
async fn first_page<'a>(parts: &Parts, found: &Credential, return_to: &'a str) -> &'a str {
    match return_to {
        _ if found.account.must_change && !parts.watch.look().await.is_on() => return_path::PASSWORD,
        "" => return_path::HOME,
        wanted => wanted,
    }
}

fn welcome(visit: &Visit, found: &Credential, wanted: &str, session: HeaderValue, browser: &str) -> Response {
    tracing::info!(user = found.account.name, client = %visit.client, "{} signed in", found.account.name);
    let mut response = answer::lead(visit, wanted);
    for cookie in [session, known(visit, browser), visit.unset(SIGN_IN)] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn wrong(parts: &Parts, visit: &Visit, name: &str, return_to: &str) -> Result<Response, Problem> {
    let text = "The name or the password is wrong.".to_owned();
    form(parts, visit, StatusCode::UNPROCESSABLE_ENTITY, name, return_to, Some(text)).await
}

async fn form(
    parts: &Parts,
    visit: &Visit,
    status: StatusCode,
    name: &str,
    return_to: &str,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    // All sign-in forms that are open in this browser share one secret.
    let secret = match visit.cookie(SIGN_IN).filter(|secret| secret.len() == 43) {
        Some(secret) => secret.to_owned(),
        None => csrf::mint()?,
    };
    let page = SignIn {
        frame: Frame::stranger(parts, visit).await,
        csrf: csrf::form_token(&secret),
        name: name.chars().take(64).collect(),
        return_to: return_to.to_owned(),
        wrong,
    };
    let mut response = answer::show_as(status, visit, &page)?;
    response.headers_mut().append(header::SET_COOKIE, visit.set(SIGN_IN, &secret, None));
    Ok(response)
}
