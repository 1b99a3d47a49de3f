//! Forms: a change must come from one of Postern's own pages, sent by a signed-in person with the
//! right to change things.
//!
//! The checks run in this order, before any field is used: the origin that the browser reports, the
//! session, the token in the hidden field `csrf` (in constant time), the role.

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

/// Longest form in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// The name of the hidden field.
const CSRF: &str = "csrf";

/// A form that an administrator sent.
pub struct Form {
    /// The administrator.
    pub person: Person,
    /// The fields, read as strictly as query parameters.
    pub fields: Params,
}

/// A form about the person's own account (password, signing out), which every signed-in person may
/// send.
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
/// 413 when it is too long, 408 when it does not arrive, 415 for another content type.
pub async fn read(parts: &Parts, head: &axum::http::request::Parts, body: Body) -> Result<Params, Problem> {
    let bytes = body::whole(&parts.room, &head.headers, body, MAX_BYTES).await?;
    if body::media_type(&head.headers) != "application/x-www-form-urlencoded" {
        return Err(body::unsupported("application/x-www-form-urlencoded"));
    }
    let pairs = form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Params { path: head.uri.path().to_owned(), pairs })
}

/// Refuses a request that another site made the browser send.
///
/// # Errors
/// 403 when the request comes from another site.
pub fn check_origin(visit: &Visit) -> Result<(), Problem> {
    if visit.is_ours() {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "This form was sent from another site, so nothing was done. Behind a proxy, set [http] external_url to what people type.",
    ))
}

/// Refuses a form without the token for the secret in the cookie `name`.
///
/// # Errors
/// 403 when the token is missing or wrong.
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
