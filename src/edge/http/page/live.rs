//! `/admin/events`: the API's event stream for pages, authenticated by the session. A page uses an
//! event only as a signal to reload its data.

use super::person::{self, Person};
use crate::edge::http::Parts;
use crate::edge::http::api::events::place::{Listener, Places};
use crate::edge::http::api::events::{self, Right};
use crate::edge::http::client::Client;
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
    person: Person,
    client: Client,
    Extension(places): Extension<Places>,
    stopping: Option<Extension<Stopping>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (name, is_privileged) = (format!("person {}", person.account.id), person.is_administrator());
    let place = places.take(Listener::new(client, &parts.settings.trusted_proxies, name, is_privileged))?;
    let (asked, visit) = (Arc::clone(&parts), person.visit);
    let right: Right = Box::new(move || {
        let (parts, visit) = (Arc::clone(&asked), visit.clone());
        Box::pin(async move { person::identify(&parts, &visit).await.is_ok_and(|person| person.is_some()) })
    });
    events::open(parts, place, stopping.map(|Extension(stopping)| stopping), &headers, right).await
}
