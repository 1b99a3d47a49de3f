//! The API under `/api/v4`, one resource a file.

pub mod batch;
pub mod deliverability;
pub mod drain;
pub mod example;
pub mod history;
pub mod incoming;
pub mod maintenance;
pub mod notification;
pub mod queue;
pub mod settings;
pub mod suppressed;

use super::openapi::Described;
use utoipa_axum::routes;

/// The routes of the API; each says its method and path above its handler.
#[must_use]
pub fn routes() -> Described {
    Described::default()
        .with(routes!(settings::show, settings::change))
        .with(routes!(maintenance::show))
        .with(routes!(history::list))
        .with(routes!(notification::enqueue))
        .with(routes!(notification::show))
        .with(routes!(deliverability::show))
        .with(routes!(suppressed::list))
        .with(routes!(suppressed::show))
        .with(routes!(incoming::list))
        .with(routes!(incoming::show))
        .with(routes!(queue::list))
        .with(routes!(queue::retry))
        .with(routes!(queue::cancel))
        .with(routes!(queue::release))
}
