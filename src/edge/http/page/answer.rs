//! What pages answer: a page, or the way to another one.

use super::flash::Flash;
use super::visit::{FLASH, Visit};
use crate::edge::http::problem::Problem;
use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// A page.
///
/// # Errors
/// 500 when the template fails, which only a defect makes it do.
pub fn show(visit: &Visit, page: &impl Template) -> Result<Response, Problem> {
    show_as(StatusCode::OK, visit, page)
}

/// A page with a status of its own, such as 422 for a form that is shown again with what is wrong.
///
/// # Errors
/// 500 when the template fails, which only a defect makes it do.
pub fn show_as(status: StatusCode, visit: &Visit, page: &impl Template) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "A page cannot be written: {error}");
        Problem::defect()
    })?;
    let mut response = (status, Html(text)).into_response();
    if visit.cookie(FLASH).is_some() {
        // It was said.
        response.headers_mut().append(header::SET_COOKIE, visit.unset(FLASH));
    }
    Ok(response)
}

/// The way to another page, which says `flash` first. For what was done by a form: loading that page anew does nothing again.
#[must_use]
pub fn go(visit: &Visit, path: &str, flash: &Flash) -> Response {
    let mut response = lead(visit, path);
    response.headers_mut().append(header::SET_COOKIE, flash.keep(visit));
    response
}

/// The way to another page.
#[must_use]
pub fn lead(visit: &Visit, path: &str) -> Response {
    let Ok(path) = HeaderValue::try_from(path) else { return Problem::defect().into_response() };
    if visit.is_partial {
        // Otherwise the script follows by itself, and puts the other page into a part of this one.
        return (StatusCode::OK, [(HX_REDIRECT, path)]).into_response();
    }
    (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
}
