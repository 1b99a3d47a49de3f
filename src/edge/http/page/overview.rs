//! `/admin`: where one arrives.

use super::answer;
use super::frame::Frame;
use super::person::Person;
use crate::edge::http::Parts;
use crate::edge::http::problem::Problem;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
}

/// `GET /admin`.
pub async fn show(State(parts): State<Arc<Parts>>, person: Person) -> Result<Response, Problem> {
    let frame = Frame::of(&parts, &person, "/admin").await;
    answer::show(&person.visit, &Overview { frame })
}
