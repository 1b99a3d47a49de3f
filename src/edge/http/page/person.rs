//! Who is signed in: what every page asks for first.
//!
//! A page that shows something takes a [`Person`]; one that changes something takes a [`Form`](super::form::Form), which is
//! made of a person and a checked form. A `Person` is refused to a request that is not GET or HEAD, so that no page can write and
//! forget the form.

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

/// No cookie of ours is longer by far; more is not even hashed.
const MAX_SECRET: usize = 128;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Name, role and the rest.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// What every form must carry as its hidden field `csrf`.
    pub csrf: String,
    /// The request.
    pub visit: Visit,
}

impl Person {
    /// May this person change things?
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

/// The person behind a request; who is not signed in is led to where one signs in.
///
/// # Errors
/// The answer that leads there, or 503 without a store.
pub async fn admit(parts: &Parts, visit: Visit) -> Result<Person, Response> {
    let Some(person) = identify(parts, &visit).await.map_err(IntoResponse::into_response)? else {
        let wanted = if visit.is_reading { visit.target.as_str() } else { "" };
        return Err(answer::lead(&visit, &return_path::to_sign_in(wanted)));
    };
    Ok(person)
}

/// Who is signed in, if anybody.
///
/// # Errors
/// 503 without a store.
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
        // Reading pages goes on while the disk is full.
        tracing::warn!(%error, "When a session was last seen could not be kept: {error}");
    }
    Ok(Some(Person { account, session, csrf: csrf::form_token(secret), visit: visit.clone() }))
}
