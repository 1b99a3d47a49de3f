//! The pages for people. The server renders them completely; they work without scripts and share
//! one style.
//!
//! A page is one file here and one template in `templates/`. It takes a [`Person`](person::Person)
//! or a [`Form`](form::Form), builds its [`Frame`](frame::Frame), and responds through [`answer`].
//! Pages accept no token, and the API accepts no cookie. `error_page` turns an error into a page,
//! and `security_headers` adds headers to every page. The templates escape all text; no page
//! contains an inline script or style.

mod agent;
pub mod answer;
pub mod asset;
mod cause;
mod chart;
mod csrf;
pub mod error_page;
pub mod escape;
mod facet;
pub mod flash;
pub mod form;
pub mod frame;
pub mod general;
mod history;
mod incoming;
mod jobs;
mod live;
pub mod moment;
pub mod overview;
mod password;
mod password_check;
pub mod person;
mod query;
mod queues;
pub mod return_path;
mod search;
pub mod security_headers;
mod sessions;
mod sign_in;
mod suppressed;
mod tokens;
mod users;
pub mod visit;
pub mod words;

use super::Parts;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// The routes of the pages.
pub fn routes() -> Router<Arc<Parts>> {
    Router::new()
        .route("/assets/{name}", get(asset::serve))
        .route("/users/sign_in", get(sign_in::show).post(sign_in::enter))
        .route("/users/sign_out", post(sign_in::leave))
        .route("/users/password", get(password::show).post(password::change))
        .route("/admin", get(overview::show))
        .route("/admin/standing", get(overview::standing))
        .route("/admin/events", get(live::stream))
        .route("/admin/suppressed_mails", get(suppressed::list))
        .route("/admin/suppressed_mails.csv", get(suppressed::csv))
        .route("/admin/suppressed_mails.ndjson", get(suppressed::ndjson))
        .route("/admin/suppressed_mails/{id}", get(suppressed::show))
        .route("/admin/incoming_mails", get(incoming::list))
        .route("/admin/incoming_mails.csv", get(incoming::csv))
        .route("/admin/incoming_mails.ndjson", get(incoming::ndjson))
        .route("/admin/incoming_mails/{id}", get(incoming::show))
        .route("/admin/background_jobs", get(jobs::show))
        .route("/admin/background_jobs/pause", post(jobs::pause))
        .route("/admin/background_jobs/resume", post(jobs::resume))
        .route("/admin/queues", get(queues::list))
        .route("/admin/queues/{id}", get(queues::show))
        .route("/admin/queues/retry", post(queues::retry))
        .route("/admin/queues/cancel", post(queues::cancel))
        .route("/admin/queues/release", post(queues::release))
        .route("/admin/queues/all/{action}", get(queues::all::review).post(queues::all::confirm))
        .route("/admin/maintenance/history", get(history::show))
        .route("/admin/application_settings/general", get(general::show).post(general::change))
        .route("/admin/application_settings/general/preview", get(general::preview))
        .route("/admin/users", get(users::show).post(users::add))
        .route("/admin/users/remove", post(users::remove))
        .route("/admin/sessions", get(sessions::show))
        .route("/admin/sessions/revoke", post(sessions::revoke))
        .route("/admin/tokens", get(tokens::show).post(tokens::create))
        .route("/admin/tokens/revoke", post(tokens::revoke))
}
