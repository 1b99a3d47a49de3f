//! Token secrets: how they are generated, and the hash under which they are stored. A secret is
//! shown once and never stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The prefix of every secret, by which people and secret scanners recognise one.
const PREFIX: &str = "ptn_";

/// The system provided no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gives no random bytes ({0}): make /dev/urandom readable")]
pub struct NoRandomness(getrandom::Error);

/// Not a valid token name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token's name has 1 to 100 characters, on one line")]
pub struct NotALabel;

/// Parses the name of a token.
///
/// # Errors
/// When it is empty, too long, or holds control characters.
pub fn read_label(text: &str) -> Result<String, NotALabel> {
    let label = text.trim();
    let is_fit = !label.is_empty() && label.chars().count() <= 100 && !label.chars().any(char::is_control);
    if is_fit { Ok(label.to_owned()) } else { Err(NotALabel) }
}

/// A new secret: `ptn_` and 256 random bits in base64url (43 characters).
///
/// # Errors
/// When the system provides no random bytes.
pub fn mint() -> Result<String, NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(NoRandomness)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// SHA-256 of a secret, the form in which tokens are stored and looked up. A plain hash is enough:
/// 256 random bits cannot be guessed.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_256_bits_and_never_comes_twice() {
        let (one, other) = (mint().unwrap(), mint().unwrap());
        assert_eq!((one.len(), &one[..4]), (47, "ptn_"));
        assert!(one != other && hash(&one) != hash(&other));
    }
}
