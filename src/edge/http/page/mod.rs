//! Pages: what people see in a browser. Written on the server, whole without scripts, in one style.
//!
//! A page is one file here and one template in `templates/`: it takes a [`Person`](person::Person) or a
//! [`Form`](form::Form), makes its [`Frame`](frame::Frame), and answers by [`answer`]. Pages take no token and the API takes
//! no cookie. What is no success becomes a page in `mishap`; every page goes out with the headers of `dress`. Text from anywhere
//! is escaped by the templates; there is no script and no style inside a page.

mod agent;
pub mod answer;
pub mod asset;
pub mod dress;
pub mod flash;
pub mod form;
pub mod frame;
mod knock;
pub mod mishap;
pub mod moment;
mod overview;
mod password;
pub mod person;
mod seal;
mod sessions;
mod sign_in;
mod tokens;
mod users;
pub mod visit;
pub mod way;

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
        .route("/admin/users", get(users::show).post(users::add))
        .route("/admin/users/remove", post(users::remove))
        .route("/admin/sessions", get(sessions::show))
        .route("/admin/sessions/revoke", post(sessions::revoke))
        .route("/admin/tokens", get(tokens::show).post(tokens::create))
        .route("/admin/tokens/revoke", post(tokens::revoke))
}
