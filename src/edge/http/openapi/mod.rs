//! The API description (OpenAPI 3.1), generated from the routes and served at
//! `/api/v4/openapi.json`.
//!
//! A route and its description have one source, the `#[utoipa::path]` above its handler. They reach
//! the router only through [`Described`], so every served route is described, and every described
//! route is served.
//!
//! The contents of responses are described where they are declared, in [`crate::shown`]; here are the
//! requests, the parameters and the error responses. `tests/openapi` checks the running gateway
//! against this document.

pub mod document;
pub mod param;
pub mod refusal;
pub mod request;
pub mod window;

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

/// Routes with their descriptions. No route can be added without one.
pub struct Described(OpenApiRouter<Arc<Parts>>);

impl Default for Described {
    fn default() -> Self {
        Self(OpenApiRouter::with_openapi(document::begin()))
    }
}

impl Described {
    /// Adds one path with all its methods, from `routes!`.
    #[must_use]
    pub fn with(self, route: UtoipaMethodRouter<Arc<Parts>>) -> Self {
        Self(self.0.routes(route))
    }

    /// Adds a list. Its `GET` refuses the query parameters that its description does not name.
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

    /// Adds all routes of `other`.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    /// The routes, and one more that serves the document.
    pub fn publish(self, external_url: &Url) -> Router<Arc<Parts>> {
        let (router, mut document) = self.with(routes!(show)).0.split_for_parts();
        document::finish(&mut document, external_url);
        router.layer(Extension(Arc::new(document)))
    }
}

/// Show this document.
///
/// The description of every route, in OpenAPI 3.1: for reading, for generating clients, for
/// testing.
#[utoipa::path(
    get, path = "/api/v4/openapi.json", operation_id = "show_openapi", tag = "about", security(()),
    responses((status = 200, description = "The document.", body = Object)),
)]
pub async fn show(Extension(document): Extension<Arc<OpenApi>>) -> Response {
    Json(document.as_ref()).into_response()
}
