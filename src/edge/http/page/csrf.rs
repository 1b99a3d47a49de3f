//! CSRF protection: a secret in a cookie, and a token for it in each form.
//!
//! The token is an HMAC under the cookie's secret. A site that cannot read the cookie cannot
//! compute it, and the store keeps nothing for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::edge::http::problem::Problem;

/// A new secret: 256 random bits in base64url.
///
/// # Errors
/// 500 when the operating system provides no random bytes.
pub fn mint() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "The machine gives no random bytes: {error}");
        Problem::defect()
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The token that a form carries for the secret in a cookie.
#[must_use]
pub fn form_token(secret: &str) -> String {
    // HMAC accepts a key of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(b"form");
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether `given` is the token for the secret in a cookie. Compares in constant time.
#[must_use]
pub fn is_token_for(secret: &str, given: &str) -> bool {
    let right = form_token(secret);
    !right.is_empty() && bool::from(right.as_bytes().ct_eq(given.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forms_token_is_for_its_own_cookie_only() {
        let (one, other) = (mint().unwrap(), mint().unwrap());
        assert_eq!(one.len(), 43);
        assert!(is_token_for(&one, &form_token(&one)));
        assert!(!is_token_for(&other, &form_token(&one)) && !is_token_for(&one, "") && !is_token_for(&one, &one));
    }
}
