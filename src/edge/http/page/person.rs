//! The signed-in person, which every page requires first.
//!
//! A page that shows something takes a [`Person`]. A page that changes something takes a
//! [`Form`](super::form::Form), which contains a person and a checked form. A `Person` is available
//! only for GET and HEAD requests, so no page can write without checking the form.

use super::answer;
use super::csrf;
use super::return_path;
use super::visit::{SESSION, Visit};
use crate::domain::person::Role;
use crate::edge::http::Parts;
use crate::edge::http::place::Standing;
use crate::edge::http::problem::Problem;
use crate::store::person::{Account, SEEN_STEP, Session};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts as RequestParts;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Longest cookie that is hashed. Every cookie of Postern's is far shorter.
const MAX_SECRET: usize = 128;

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Person {
    /// The person's account: name, role and the rest.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// The value of the hidden field `csrf` in every form.
    pub csrf: String,
    /// The request.
    pub visit: Visit,
}

impl Person {
    /// Whether this person may change things.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.account.role == Role::Administrator
    }
}

impl FromRequestParts<Arc<Parts>> for Person {
    type Rejection = Response;

    async fn from_request_parts(request: &mut RequestParts, parts: &Arc<Parts>) -> Result<Self, Response> {
        let visit = Visit::of(parts, request);
        if !visit.is_reading {
            return Err(Problem::of_status(StatusCode::METHOD_NOT_ALLOWED).into_response());
        }
        admit(parts, visit).await
    }
}

/// The person behind a request. Without a session the request is redirected to the sign-in page.
///
/// # Errors
/// The redirect, or 503 when the store is unavailable.
pub async fn admit(parts: &Parts, visit: Visit) -> Result<Person, Response> {
    let Some(person) = identify(parts, &visit).await.map_err(IntoResponse::into_response)? else {
        let wanted = if visit.is_reading { visit.target.as_str() } else { "" };
        return Err(answer::lead(&visit, &return_path::to_sign_in(wanted)));
    };
    Ok(person)
}

/// The signed-in person, if any.
///
/// # Errors
/// 503 when the store is unavailable.
pub async fn identify(parts: &Parts, visit: &Visit) -> Result<Option<Person>, Problem> {
    let Some(secret) = visit.cookie(SESSION).filter(|secret| !secret.is_empty() && secret.len() <= MAX_SECRET) else {
        return Ok(None);
    };
    let hash: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    let now = parts.clock.now();
    let found = parts.store.find_session(hash, now).await?;
    let Some((session, account, _)) = found.filter(|(.., kept)| bool::from(kept.ct_eq(&hash))) else {
        return Ok(None);
    };
    let standing = if account.role == Role::Administrator { Standing::Privileged } else { Standing::Known };
    visit.occupant.iter().for_each(|occupant| occupant.identify(standing));
    if now.duration_since(session.seen_at) >= SEEN_STEP
        && let Err(error) = parts.store.touch_session(session.id, now).await
    {
        // Pages must stay readable while the disk is full.
        tracing::warn!(%error, "When a session was last seen could not be kept: {error}");
    }
    Ok(Some(Person { account, session, csrf: csrf::form_token(secret), visit: visit.clone() }))
}
