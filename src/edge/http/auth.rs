//! API authentication: the token in `PRIVATE-TOKEN` or `Authorization: Bearer`, never in the query
//! and never in a cookie.
//!
//! A handler names its required scope with its first argument ([`Caller`]), so that 401 and 403
//! come before any other check of the request. Secrets are compared as hashes, in constant time,
//! and never logged.

use super::Parts;
use super::place::{Occupant, Standing};
use super::problem::Problem;
use crate::domain::secret;
use crate::store::access::{Scope, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use std::marker::PhantomData;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Longest secret that is hashed. Every Postern secret is far shorter.
const MAX_SECRET: usize = 512;

/// The scope that a route requires.
pub trait Wanted: Send {
    /// The scope.
    const SCOPE: Scope;
}

/// The route requires scope `api`.
pub struct Api;
/// The route requires scope `read_api`.
pub struct ReadApi;
/// The route requires scope `enqueue`.
pub struct Enqueue;

impl Wanted for Api {
    const SCOPE: Scope = Scope::Api;
}
impl Wanted for ReadApi {
    const SCOPE: Scope = Scope::ReadApi;
}
impl Wanted for Enqueue {
    const SCOPE: Scope = Scope::Enqueue;
}

/// A caller with a token that covers the scope `W`.
pub struct Caller<W> {
    /// The caller's token.
    pub token: Token,
    _wanted: PhantomData<W>,
}

impl<W: Wanted> FromRequestParts<Arc<Parts>> for Caller<W> {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut RequestParts, parts: &Arc<Parts>) -> Result<Self, Problem> {
        let token = identify(parts, &request.headers, request.extensions.get()).await?.ok_or_else(unauthorized)?;
        if token.scope.covers(W::SCOPE) {
            return Ok(Self { token, _wanted: PhantomData });
        }
        Err(too_narrow(W::SCOPE, token.scope))
    }
}

fn too_narrow(wanted: Scope, scope: Scope) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, format!("This needs a token of scope {wanted}; this one has scope {scope}."))
}

/// A caller of a route that needs no token. An invalid token is still refused.
pub struct Anybody(pub Option<Token>);

impl Anybody {
    /// Succeeds if the caller's token grants read access.
    ///
    /// # Errors
    /// 401 without a token, 403 with a token of another scope.
    pub fn reader(&self) -> Result<(), Problem> {
        match &self.0 {
            None => Err(unauthorized()),
            Some(token) if token.scope.covers(Scope::ReadApi) => Ok(()),
            Some(token) => Err(too_narrow(Scope::ReadApi, token.scope)),
        }
    }
}

impl FromRequestParts<Arc<Parts>> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(request: &mut RequestParts, parts: &Arc<Parts>) -> Result<Self, Problem> {
        identify(parts, &request.headers, request.extensions.get()).await.map(Self)
    }
}

/// Whether the token or session in these headers still grants read access.
pub async fn may_read(parts: &Parts, headers: &HeaderMap) -> bool {
    identify(parts, headers, None).await.is_ok_and(|token| Anybody(token).reader().is_ok())
}

/// The request's token, or `None` without one. It also tells the connection's place who the caller
/// is.
///
/// # Errors
/// 401 when the token is not valid, 503 when the store is unavailable.
pub async fn identify(
    parts: &Parts,
    headers: &HeaderMap,
    occupant: Option<&Occupant>,
) -> Result<Option<Token>, Problem> {
    let Some(secret) = presented(headers)? else { return Ok(None) };
    let hash = secret::hash(secret);
    let found = parts.store.find_token(hash).await?;
    let valid = found.filter(|(token, kept)| bool::from(kept.ct_eq(&hash)) && token.revoked_at.is_none());
    let (token, _) = valid.ok_or_else(unauthorized)?;
    let standing = if token.scope == Scope::Api { Standing::Privileged } else { Standing::Known };
    occupant.iter().for_each(|occupant| occupant.identify(standing));
    Ok(Some(token))
}

/// The secret in the headers. Two different secrets are refused, because it is not clear which one
/// counts.
fn presented(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let private = headers.get_all("private-token").iter().map(|value| value.to_str().ok());
    let bearer = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| match value.to_str() {
        Ok(text) => text
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, secret)| Some(secret)),
        Err(_) => Some(None),
    });
    let mut secrets = private.chain(bearer).map(|secret| secret.map(str::trim));
    let Some(first) = secrets.next() else { return Ok(None) };
    let first = first.filter(|secret| !secret.is_empty() && secret.len() <= MAX_SECRET).ok_or_else(unauthorized)?;
    if secrets.any(|other| other != Some(first)) { Err(unauthorized()) } else { Ok(Some(first)) }
}

fn unauthorized() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "401 Unauthorized: send a valid token in PRIVATE-TOKEN or Authorization: Bearer (one in the query is not read).",
    )
    .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}
