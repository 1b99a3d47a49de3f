//! The API under `/api/v4`, one resource per file.

pub mod background_jobs;
pub mod banner;
pub mod batch;
pub mod deliverability;
pub mod drain;
pub mod events;
pub mod example;
pub mod history;
pub mod incoming;
pub mod maintenance;
pub mod notification;
pub mod queue;
pub mod settings;
pub mod summary;
pub mod suppressed;
pub mod window;

use super::openapi::Described;
use axum::middleware::from_fn;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

/// The routes of the API. Each handler's attribute names its method and path.
#[must_use]
pub fn routes() -> Described {
    Described::default()
        .with(routes!(settings::show, settings::change))
        .with(routes!(maintenance::show))
        .with(routes!(banner::show).layer(from_fn(banner::readable_anywhere)))
        .with_list(routes!(history::list))
        .with_list(routes!(window::list, window::schedule))
        .with(routes!(window::show, window::cancel))
        .with_list(routes!(events::stream))
        .with(routes!(notification::enqueue))
        .with(routes!(notification::show))
        .with(routes!(deliverability::show))
        .with_list(routes!(suppressed::list))
        .with_list(routes!(summary::suppressed))
        .with(routes!(suppressed::show))
        .with_list(routes!(incoming::list))
        .with_list(routes!(summary::incoming))
        .with(routes!(incoming::show))
        .with_list(routes!(background_jobs::list))
        .with(routes!(background_jobs::change))
        .with_list(routes!(queue::list))
        .with(routes!(queue::retry))
        .with(routes!(queue::cancel))
        .with(routes!(queue::release))
}
