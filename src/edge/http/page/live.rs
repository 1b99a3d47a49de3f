//! `/admin/events`: the events of the API for pages, by the session. A page only takes them as a sign to look again.

use super::person::Person;
use crate::edge::http::Parts;
use crate::edge::http::api::events::{self, Places};
use crate::edge::http::problem::Problem;
use crate::edge::http::server::Stopping;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

/// `GET`.
pub async fn stream(
    State(parts): State<Arc<Parts>>,
    _: Person,
    Extension(places): Extension<Places>,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    events::open(parts, places, stopping.map(|Extension(stopping)| stopping), &headers).await
}
