//! The outermost layer of a request: its id, the log line, the headers of every response, and the
//! rendering of problems (as a page where a person asks).
//!
//! The log line never contains the query (people put secrets there), a header or a body.

use super::Parts;
use super::client::{Client, Peer};
use super::head::Fault;
use super::page::visit::Visit;
use super::page::{error_page, security_headers};
use super::place;
use super::problem::Problem;
use crate::domain::id::AnyId;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest request id that is accepted from a client, in characters.
const MAX_REQUEST_ID: usize = 64;

/// The request's id: the client's own if it has only plain characters, else a new one.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The route that matched the request, for the log.
#[derive(Debug, Clone)]
struct Route(MatchedPath);

/// Handles a request around all other layers.
pub async fn exchange(State(parts): State<Arc<Parts>>, mut request: Request, next: Next) -> Response {
    let began = parts.clock.instant();
    let id = accepted(request.headers()).unwrap_or_else(|| AnyId::mint(parts.clock.now()).to_string());
    let peer = request.extensions().get::<Peer>().copied();
    let client = Client::behind(peer, request.headers(), &parts.settings.trusted_proxies);
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(client);
    let (head, body) = request.into_parts();
    let visit = error_page::wants_page(&head).then(|| Visit::of(&parts, &head));
    let admitted = match head.extensions.get::<Fault>() {
        Some(Fault(problem)) => Err(problem.clone()),
        None => place::admit(&parts, &head, client).await,
    };
    let response = match admitted {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(problem) => problem.into_response(),
    };
    let response = as_page(&parts, visit, response, &id).await;
    let mut response = finish(response, &id);
    let status = response.status().as_u16();
    let route = response.extensions_mut().remove::<Route>();
    let route = route.as_ref().map_or("-", |route| route.0.as_str());
    let duration_ms =
        u64::try_from(parts.clock.instant().saturating_duration_since(began).as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        http.method = %method, http.route = route, http.status = status, duration_ms, %client, request_id = id,
        "{method} {route} answered {status}"
    );
    metrics::counter!("postern_http_requests_total", "status" => status.to_string()).increment(1);
    response
}

/// Records the matched route; runs inside the router.
pub async fn note_route(matched: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(matched) = matched {
        response.extensions_mut().insert(Route(matched));
    }
    response
}

/// The response when a handler panicked.
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("A request handler panicked: please report this");
    Problem::defect().into_response()
}

fn accepted(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let is_plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (is_plain && (1..=MAX_REQUEST_ID).contains(&id.len())).then(|| id.to_owned())
}

/// Replaces an error response by a page where a person asks. API responses stay unchanged.
async fn as_page(parts: &Parts, visit: Option<Visit>, mut response: Response, id: &str) -> Response {
    let status = response.status();
    let Some(visit) = visit
        .filter(|_| (status.is_client_error() || status.is_server_error()) && !security_headers::is_page(&response))
    else {
        return response;
    };
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem::of_status(status));
    match error_page::page(parts, &visit, &problem, id).await {
        Err(worse) => worse.into_response(),
        Ok(mut page) => {
            // Keep the response's other headers and extensions: Allow, Retry-After, the route for
            // the log.
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().remove(header::CONTENT_LENGTH);
            for (name, value) in page.headers() {
                response.headers_mut().append(name.clone(), value.clone());
            }
            *response.body_mut() = std::mem::take(page.body_mut());
            response
        }
    }
}

fn finish(mut response: Response, id: &str) -> Response {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    if (status.is_client_error() || status.is_server_error()) && !security_headers::is_page(&response) {
        let problem = problem.unwrap_or_else(|| Problem::of_status(status));
        *response.body_mut() = Body::from(problem.render(id).to_string());
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.remove(header::CONTENT_LENGTH);
    }
    security_headers::add(&mut response);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
