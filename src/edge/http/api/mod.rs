//! The API under `/api/v4`, one resource a file.

pub mod background_jobs;
pub mod banner;
pub mod batch;
pub mod deliverability;
pub mod drain;
pub mod events;
pub mod history;
pub mod incoming;
pub mod maintenance;
pub mod notification;
pub mod queue;
pub mod settings;
pub mod summary;
pub mod suppressed;
pub mod window;

use super::Parts;
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use std::sync::Arc;

/// The routes of the API.
pub fn routes() -> Router<Arc<Parts>> {
    Router::new()
        .route("/api/v4/application/settings", get(settings::show).put(settings::change))
        .route("/api/v4/maintenance", get(maintenance::show))
        .route("/api/v4/maintenance/banner", get(banner::show))
        .route("/api/v4/maintenance/history", get(history::list))
        .route("/api/v4/maintenance/windows", get(window::list).post(window::schedule))
        .route("/api/v4/maintenance/windows/{id}", get(window::show).delete(window::cancel))
        .route("/api/v4/maintenance/events", get(events::stream).layer(Extension(events::Places::default())))
        .route("/api/v4/internal/notifications", post(notification::enqueue))
        .route("/api/v4/internal/notifications/{id}", get(notification::show))
        .route("/api/v4/internal/deliverability", get(deliverability::show))
        .route("/api/v4/suppressed_mails", get(suppressed::list))
        .route("/api/v4/suppressed_mails/summary", get(summary::suppressed))
        .route("/api/v4/suppressed_mails/{id}", get(suppressed::show))
        .route("/api/v4/incoming_mails", get(incoming::list))
        .route("/api/v4/incoming_mails/summary", get(summary::incoming))
        .route("/api/v4/incoming_mails/{id}", get(incoming::show))
        .route("/api/v4/background_jobs", get(background_jobs::list))
        .route("/api/v4/background_jobs/{name}", put(background_jobs::change))
        .route("/api/v4/queue", get(queue::list))
        .route("/api/v4/queue/{id}/retry", post(queue::retry))
        .route("/api/v4/queue/{id}/cancel", post(queue::cancel))
        .route("/api/v4/queue/{id}/release", post(queue::release))
}
