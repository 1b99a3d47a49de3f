//! `/admin/tokens`: access for programs. The response to the form that creates a token is the only
//! one that shows it.

use super::answer;
use super::flash::Flash;
use super::form::Form;
use super::frame::Frame;
use super::person::Person;
use crate::domain::id::TokenId;
use crate::domain::secret;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use crate::store::access::{Scope, Token};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// The page's path.
const HERE: &str = "/admin/tokens";

#[derive(Template)]
#[template(path = "tokens.html")]
struct Tokens {
    frame: Frame,
    live: Vec<Token>,
    revoked: Vec<Token>,
    scopes: &'static [(Scope, &'static str)],
    made: Option<Made>,
    wrong: Option<String>,
    typed: String,
}

/// A token that was just created.
struct Made {
    name: String,
    secret: String,
}

/// The purpose of each scope, the narrowest first. Scopes that give access to nothing yet are not
/// offered.
const SCOPES: &[(Scope, &str)] = &[
    (Scope::Enqueue, "hand in notifications and ask about them: the application's"),
    (Scope::ReadApi, "read everything"),
    (Scope::Api, "everything, the mode included"),
];

/// `GET`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    page(&parts, &person, None, None).await
}

/// `POST`.
pub async fn create(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let typed = form.fields.text("name")?.unwrap_or_default();
    let scope = form.fields.word("scope", Scope::ALL)?.ok_or_else(|| Problem::field("scope", "is missing"))?;
    let name = match secret::read_label(typed) {
        Ok(name) => name,
        Err(error) => return page(&parts, &form.person, None, Some((typed, error.to_string()))).await,
    };
    let minted = secret::mint().map_err(|error| {
        tracing::error!(%error, "No token can be made: {error}");
        Problem::defect()
    })?;
    let now = parts.clock.now();
    let token = Token { id: TokenId::mint(now), name: name.clone(), scope, created_at: now, revoked_at: None };
    if !parts.store.create_token(token, secret::hash(&minted)).await? {
        let taken = format!("There is a token called {name}: revoke it first, or choose another name.");
        return page(&parts, &form.person, None, Some((&name, taken))).await;
    }
    tracing::info!(token.name = name, by = form.person.account.name, "The token {name} may do: {scope}");
    page(&parts, &form.person, Some(Made { name, secret: minted }), None).await
}

/// `POST /admin/tokens/revoke`.
pub async fn revoke(State(parts): State<Arc<Parts>>, form: Form) -> Result<Response, Problem> {
    let id = form.fields.text("id")?.and_then(TokenId::parse).ok_or_else(|| Problem::missing("token"))?;
    let flash = if parts.store.revoke_token(id.to_string(), parts.clock.now()).await? {
        tracing::info!(token.id = %id, by = form.person.account.name, "A token was revoked");
        Flash::done("The token opens nothing any more.")
    } else {
        Flash::refused("This token was revoked already.")
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
    let tokens = parts.store.list_tokens().await?;
    let (live, revoked) = tokens.into_iter().partition(|token| token.revoked_at.is_none());
    let frame = Frame::of(parts, person, HERE).await;
    let page = Tokens { frame, live, revoked, scopes: SCOPES, made, wrong, typed };
    answer::show_as(status, &person.visit, &page)
}
