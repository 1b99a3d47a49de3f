//! The description of the API (OpenAPI 3.1), made from the routes themselves and served at `/api/v4/openapi.json`.
//!
//! A route and its description come from one place, the `#[utoipa::path]` above its handler, and join the door through
//! [`Described`], which takes nothing else: what is served is described, and what is described is served.
//!
//! What the answers hold is described here and not where it is declared: floors below know nothing of HTTP, and readers outside need
//! other words than readers of the code. [`shape`] takes each such struct apart, so that a description with a
//! member more, less or of another type does not compile.
//! `tests/openapi` holds the running gateway to this document.

pub mod document;
pub mod notification;
pub mod param;
pub mod refusal;
pub mod report;
pub mod request;
pub mod shape;
pub mod standing;
pub mod window;
pub mod word;

use super::Parts;
use super::param::Known;
use axum::response::{IntoResponse, Response};
use axum::routing::Router;
use axum::{Extension, Json};
use std::sync::Arc;
use url::Url;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::{OpenApi, RefOr};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

/// Routes with their descriptions; there is no way to add one without.
pub struct Described(OpenApiRouter<Arc<Parts>>);

impl Default for Described {
    fn default() -> Self {
        Self(OpenApiRouter::with_openapi(document::begin()))
    }
}

impl Described {
    /// One path with all its methods, from `routes!`.
    #[must_use]
    pub fn with(self, route: UtoipaMethodRouter<Arc<Parts>>) -> Self {
        Self(self.0.routes(route))
    }

    /// The same for a list, whose `GET` refuses the query parameters that its description does not name.
    #[must_use]
    pub fn with_list(self, (schemas, paths, router): UtoipaMethodRouter<Arc<Parts>>) -> Self {
        let reading = paths.paths.values().filter_map(|path| path.get.as_ref());
        let parameters = reading.flat_map(|operation| operation.parameters.iter().flatten());
        let in_query = parameters.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => (parameter.parameter_in == ParameterIn::Query).then(|| parameter.name.clone()),
            RefOr::Ref(_) => None,
        });
        let known = Known(in_query.collect());
        self.with((schemas, paths, router.layer(Extension(known))))
    }

    /// All of `other` too.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// The routes, and one more that answers the document.
    pub fn publish(self, external_url: &Url) -> Router<Arc<Parts>> {
        let (router, mut document) = self.with(routes!(show)).0.split_for_parts();
        document::finish(&mut document, external_url);
        router.layer(Extension(Arc::new(document)))
    }
}

/// This document.
///
/// The description of every route, in OpenAPI 3.1: for reading, for generating clients, for testing.
#[utoipa::path(
    get, path = "/api/v4/openapi.json", operation_id = "show_openapi", tag = "about", security(()),
    responses((status = 200, description = "The document.", body = Object)),
)]
pub async fn show(Extension(document): Extension<Arc<OpenApi>>) -> Response {
    Json(document.as_ref()).into_response()
}
