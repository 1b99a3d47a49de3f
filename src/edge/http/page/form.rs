//! Forms: what changes something comes from a page of ours, by somebody signed in who may change things.
//!
//! Checked in this order, before anything of it is believed: the browser's own word on where it comes from, who is signed in,
//! the token in the hidden field `csrf` (in constant time), the role.

use super::csrf;
use super::person::{self, Person};
use super::visit::{SESSION, Visit};
use crate::edge::http::Parts;
use crate::edge::http::body;
use crate::edge::http::param::Params;
use crate::edge::http::problem::Problem;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use url::form_urlencoded;

/// The longest form.
const MAX_BYTES: usize = 64 * 1024;
/// The hidden field.
const CSRF: &str = "csrf";

/// A form that an administrator sent.
pub struct Form {
    /// Who sent it.
    pub person: Person,
    /// Its fields, read as strictly as parameters of a query.
    pub fields: Params,
}

/// A form about one's own affairs (password, signing out), which everybody who is signed in may send.
pub struct OwnForm(pub Form);

impl FromRequest<Arc<Parts>> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, parts: &Arc<Parts>) -> Result<Self, Response> {
        let (head, body) = request.into_parts();
        let visit = Visit::of(parts, &head);
        check_origin(&visit).map_err(IntoResponse::into_response)?;
        let person = person::admit(parts, visit).await?;
        let fields = read(parts, &head, body).await.map_err(IntoResponse::into_response)?;
        check_token(&person.visit, SESSION, &fields).map_err(IntoResponse::into_response)?;
        Ok(Self(Form { person, fields }))
    }
}

impl FromRequest<Arc<Parts>> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, parts: &Arc<Parts>) -> Result<Self, Response> {
        let OwnForm(form) = OwnForm::from_request(request, parts).await?;
        if form.person.is_administrator() {
            return Ok(form);
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "An auditor may read everything and change nothing: ask an administrator.",
        )
        .into_response())
    }
}

/// Reads a form's fields.
///
/// # Errors
/// 413, 408 or 415.
pub async fn read(parts: &Parts, head: &axum::http::request::Parts, body: Body) -> Result<Params, Problem> {
    let bytes = body::whole(&parts.room, &head.headers, body, MAX_BYTES).await?;
    if body::media_type(&head.headers) != "application/x-www-form-urlencoded" {
        return Err(body::unsupported("application/x-www-form-urlencoded"));
    }
    let pairs = form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Params { path: head.uri.path().to_owned(), pairs })
}

/// Refuses what another site made a browser send.
///
/// # Errors
/// 403.
pub fn check_origin(visit: &Visit) -> Result<(), Problem> {
    if visit.is_ours() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "This form was sent from another site, so nothing was done. Behind a proxy, set [http] external_url to what people type.",
    ))
}

/// Refuses a form that does not carry the token for the secret in the cookie `name`.
///
/// # Errors
/// 403.
pub fn check_token(visit: &Visit, name: &str, fields: &Params) -> Result<(), Problem> {
    let given = fields.text(CSRF).ok().flatten().unwrap_or("");
    if visit.cookie(name).is_some_and(|secret| csrf::is_token_for(secret, given)) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "This form is too old, or the browser keeps no cookies, so nothing was done: go back, load the page anew, and send it again.",
    ))
}
