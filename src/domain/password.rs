//! Passwords: their length limits, how they are generated, and the Argon2id hash under which they
//! are stored (RFC 9106).
//!
//! Hashing takes 19 MiB and tens of milliseconds on purpose: callers limit how many run at once,
//! and run them on a few dedicated threads. A password itself is never stored, logged or shown
//! again.

use super::secret::{self, NoRandomness};
use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use std::cell::RefCell;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;

/// The shortest password, in characters.
pub const MIN_CHARS: usize = 12;
/// The longest, in bytes: a longer one is no safer, and every byte is hashed.
pub const MAX_BYTES: usize = 256;
/// The length of a generated password; each character is one of 64.
pub const GENERATED_CHARS: usize = 24;

/// Why a password is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// Too few characters.
    #[error("a password has at least {MIN_CHARS} characters: a few words are easy to remember")]
    Short,
    /// Too many bytes.
    #[error("a password has at most {MAX_BYTES} bytes")]
    Long,
    /// An obvious guess.
    #[error("this password is too easy to guess: it repeats itself, or is mostly the user's name")]
    Guessable,
}

/// A password cannot be hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the password cannot be hashed ({0}): please report this")]
pub struct NotHashed(String);

/// Checks whether `password` is strong enough for the user `name`.
///
/// # Errors
/// The reason why it is not.
pub fn judge(password: &str, name: &str) -> Result<(), Weak> {
    if password.len() > MAX_BYTES {
        return Err(Weak::Long);
    }
    if password.chars().count() < MIN_CHARS {
        return Err(Weak::Short);
    }
    let lower = password.to_lowercase();
    let beside_name = if name.is_empty() { lower.clone() } else { lower.replace(name, "") };
    let mut different: Vec<char> = lower.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 || beside_name.chars().count() < MIN_CHARS / 2 {
        return Err(Weak::Guessable);
    }
    Ok(())
}

/// A digest of `bytes` as slow as a password's: a reader of the digest cannot guess the bytes by
/// trial. `None` without enough memory.
#[must_use]
pub fn slow_digest(bytes: &[u8], salt: &[u8]) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    Argon2::default().hash_password_into(bytes, salt, &mut digest).ok()?;
    Some(digest)
}

/// A new random password.
///
/// # Errors
/// When the system provides no random bytes.
pub fn mint() -> Result<String, NoRandomness> {
    Ok(secret::mint()?.trim_start_matches("ptn_").chars().take(GENERATED_CHARS).collect())
}

/// The hash to store, as a PHC string with its own salt.
///
/// # Errors
/// When the system provides no random bytes for the salt.
pub fn hash(password: &str) -> Result<String, NotHashed> {
    let failed = |error: &dyn std::fmt::Display| NotHashed(error.to_string());
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| failed(&error))?;
    let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, Params::default());
    let kept = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).map_err(|error| failed(&error))?,
        salt: Some(Salt::new(&salt).map_err(|error| failed(&error))?),
        hash: None,
    };
    let digest = digest(password, &salt, Argon2::new(algorithm, version, params)).map_err(|error| failed(&error))?;
    let digest = Output::new(&digest).map_err(|error| failed(&error))?;
    Ok(PasswordHash { hash: Some(digest), ..kept }.to_string())
}

/// Runs Argon2 in memory that the thread keeps. Allocated anew each time, these large aligned
/// blocks spread across the heap, and a few dozen sign-ins hold hundreds of megabytes.
fn digest(password: &str, salt: &[u8], argon2: Argon2<'_>) -> Result<[u8; Params::DEFAULT_OUTPUT_LEN], argon2::Error> {
    thread_local! {
        static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
    }
    let mut digest = [0; Params::DEFAULT_OUTPUT_LEN];
    MEMORY.with_borrow_mut(|memory| {
        memory.resize(argon2.params().block_count(), Block::default());
        argon2.hash_password_into_with_memory(password.as_bytes(), salt, &mut digest, memory)
    })?;
    Ok(digest)
}

/// Whether `password` matches the stored hash. Without a stored hash (no such user) the same work
/// is done anyway, so that the response time does not reveal which names exist.
#[must_use]
pub fn matches(password: &str, kept: Option<&str>) -> bool {
    /// A hash that no user's password matches, for the comparison without a stored hash.
    static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash(&mint().ok()?).ok());
    let compared = kept.or(NOBODYS.as_deref()).unwrap_or("");
    let is_long = password.len() > MAX_BYTES;
    let is_right = is_of(if is_long { "" } else { password }, compared).unwrap_or(false);
    is_right && kept.is_some() && !is_long
}

/// `None` when `kept` is not a hash that this module makes.
fn is_of(password: &str, kept: &str) -> Option<bool> {
    let kept = PasswordHash::new(kept).ok()?;
    let algorithm = Algorithm::try_from(kept.algorithm.as_str()).ok()?;
    let version = Version::try_from(kept.version?).ok()?;
    let params = Params::try_from(&kept).ok()?;
    let digest = digest(password, kept.salt?.as_ref(), Argon2::new(algorithm, version, params)).ok()?;
    Some(kept.hash?.as_bytes().ct_eq(&digest).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_and_nothing_else() {
        let kept = hash("correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$") && kept != hash("correct horse battery").unwrap());
        assert!(matches("correct horse battery", Some(&kept)));
        assert!(!matches("correct horse batterz", Some(&kept)) && !matches("", Some(&kept)));
        assert!(!matches("correct horse battery", None) && !matches("x", Some("nonsense")));
        assert!(!matches(&"x".repeat(MAX_BYTES + 1), Some(&hash("").unwrap())), "a long one counted as an empty one");
    }

    #[test]
    fn a_hash_that_another_program_made_is_read() {
        // `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32 -e`
        let kept = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(matches("password", Some(kept)) && !matches("passwort", Some(kept)));
    }

    #[test]
    fn first_guesses_are_not_taken() {
        for (password, weak) in [
            ("short", Weak::Short),
            ("aaaaaaaaaaaaaaa", Weak::Guessable),
            ("root-root-root-root", Weak::Guessable),
            ("RootRootRoot1234", Weak::Guessable),
        ] {
            assert_eq!(judge(password, "root"), Err(weak), "{password}");
        }
        assert_eq!(judge(&"ab".repeat(200), "root"), Err(Weak::Long));
        assert_eq!(judge("correct horse battery", "root"), Ok(()));
        assert_eq!(judge(&mint().unwrap(), "root"), Ok(()));
    }
}
