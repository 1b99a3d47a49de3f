//! Error pages: used on the paths of pages, and wherever a browser asks for HTML outside the API.

use super::answer;
use super::flash::Flash;
use super::frame::Frame;
use super::person;
use super::return_path;
use super::visit::Visit;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use askama::Template;
use axum::http::request::Parts as RequestParts;
use axum::http::{StatusCode, header};
use axum::response::Response;

#[derive(Template)]
#[template(path = "error_page.html")]
struct ErrorPage<'a> {
    frame: Frame,
    title: &'static str,
    detail: &'a str,
    back: &'a str,
    request_id: &'a str,
}

/// Whether the response to this request should be a page.
#[must_use]
pub fn wants_page(request: &RequestParts) -> bool {
    let path = request.uri.path();
    let is_inside =
        |folder: &str| path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    if ["/admin", "/users"].into_iter().any(is_inside) {
        return true;
    }
    let accept = request.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
    !["/api", "/-", "/assets"].into_iter().any(is_inside) && accept.to_ascii_lowercase().contains("text/html")
}

/// The page for `problem`. A signed-in person keeps the navigation, except when the store is
/// unavailable.
///
/// # Errors
/// When the template fails.
pub async fn page(parts: &Parts, visit: &Visit, problem: &Problem, request_id: &str) -> Result<Response, Problem> {
    let found = person::identify(parts, visit).await.ok().flatten();
    let mut frame = match &found {
        Some(person) => Frame::of(parts, person, "").await,
        None => Frame::stranger(parts, visit).await,
    };
    let (message, detail) = problem.said();
    // The sentence stands first, in the place where other pages show a flash message.
    frame.flash = (message != detail).then(|| Flash::refused(message));
    let detail = match problem.status() {
        // The API's text names a link that is not a page.
        StatusCode::NOT_FOUND if problem.is_of_status() => "The address may be mistyped, or what stood here is gone.",
        StatusCode::METHOD_NOT_ALLOWED => "This page can be looked at, and does nothing else.",
        _ => detail,
    };
    let back = if found.is_some() { return_path::HOME } else { return_path::SIGN_IN };
    let page = ErrorPage { frame, title: title(problem.status()), detail, back, request_id };
    answer::show_as(problem.status(), visit, &page)
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::FORBIDDEN => "Not allowed now",
        StatusCode::SERVICE_UNAVAILABLE => "Not available now",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        status if status.is_server_error() => "Something went wrong",
        _ => "This cannot be answered",
    }
}
