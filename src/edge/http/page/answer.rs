//! Responses of pages: a page, or a redirect to another one.

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
/// 500 when the template fails, which only a defect can cause.
pub fn show(visit: &Visit, page: &impl Template) -> Result<Response, Problem> {
    show_as(StatusCode::OK, visit, page)
}

/// A page with its own status, such as 422 for a form that is shown again with its errors.
///
/// # Errors
/// 500 when the template fails, which only a defect can cause.
pub fn show_as(status: StatusCode, visit: &Visit, page: &impl Template) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "A page cannot be written: {error}");
        Problem::defect()
    })?;
    let mut response = (status, Html(text)).into_response();
    if visit.cookie(FLASH).is_some() {
        // The flash message has been shown; clear its cookie.
        response.headers_mut().append(header::SET_COOKIE, visit.unset(FLASH));
    }
    Ok(response)
}

/// Redirects to another page, which shows `flash`. After a form this way, reloading the page does
/// not repeat the action.
#[must_use]
pub fn go(visit: &Visit, path: &str, flash: &Flash) -> Response {
    let mut response = lead(visit, path);
    response.headers_mut().append(header::SET_COOKIE, flash.keep(visit));
    response
}

/// Redirects to another page.
#[must_use]
pub fn lead(visit: &Visit, path: &str) -> Response {
    let Ok(path) = HeaderValue::try_from(path) else { return Problem::defect().into_response() };
    if visit.is_partial {
        // htmx would follow a redirect itself, and insert the other page into a part of this one.
        return (StatusCode::OK, [(HX_REDIRECT, path)]).into_response();
    }
    (StatusCode::SEE_OTHER, [(header::LOCATION, path)]).into_response()
}
